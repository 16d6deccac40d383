"""What is kept of an experiment beside its runs, and what happens when several processes change it."""

from __future__ import annotations

import shutil

import pytest

from runlog import Experiment, Workspace
from runlog.errors import ConfigurationError, ExperimentNotFoundError, RunStateError, WrongTypeError, WrongValueError


def names(experiments):
    return [one.name for one in experiments]


def with_run(workspace, name):
    experiment = Experiment(workspace, name)
    experiment.start_logging(outputs=False).complete()
    return experiment


def test_an_experiment_is_listed_from_its_first_run_on(workspace):
    experiment = Experiment(workspace, "sweep")
    assert Experiment.list(workspace) == []
    run = experiment.start_logging(outputs=False)
    assert Experiment.list(workspace) == [experiment]
    run.complete()


def test_experiments_are_listed_by_name(workspace):
    for name in ("beta", "alpha", "gamma"):
        with_run(workspace, name)
    assert names(Experiment.list(workspace)) == list(workspace.experiments) == ["alpha", "beta", "gamma"]
    assert names(Experiment.list(workspace, "beta")) == ["beta"]
    assert Experiment.list(workspace, "delta") == []


def test_experiments_are_listed_from_runs_where_their_records_are_missing(workspace):
    with_run(workspace, "one")
    with_run(workspace, "two")
    shutil.rmtree(workspace.backend.folder / "experiments")
    assert names(Experiment.list(workspace)) == ["one", "two"]


def test_an_experiments_id_follows_from_its_name(workspace):
    assert Experiment(workspace, "a").id == Experiment(workspace, "a").id != Experiment(workspace, "b").id


def test_tags_are_set_changed_and_removed(workspace):
    experiment = Experiment(workspace, "tagged")
    experiment.tag("team", "vision")
    experiment.set_tags({"year": 2026, "old": None})
    experiment.tag("team", "audio")
    experiment.remove_tags(["old", "never there"])
    assert Experiment(workspace, "tagged").tags == {"team": "audio", "year": "2026"}
    experiment.refresh()
    assert experiment.tags == {"team": "audio", "year": "2026"}


@pytest.mark.parametrize("call", [lambda one: one.set_tags("a"), lambda one: one.remove_tags("a")])
def test_tags_of_a_wrong_form_are_refused(workspace, call):
    with pytest.raises(WrongTypeError):
        call(Experiment(workspace, "tagged"))


def test_experiments_are_listed_by_their_tags(workspace):
    Experiment(workspace, "one").set_tags({"team": "vision"})
    Experiment(workspace, "two").set_tags({"team": "audio"})
    assert names(Experiment.list(workspace, tags={"team": "vision"})) == ["one"]
    assert names(Experiment.list(workspace, tags="team")) == ["one", "two"]


def test_an_archived_experiment_keeps_its_runs_and_leaves_the_list(workspace):
    experiment = with_run(workspace, "old")
    with_run(workspace, "new")
    assert experiment.archived_time is None
    experiment.archive()
    assert experiment.archived_time is not None
    assert names(Experiment.list(workspace)) == ["new"]
    assert names(Experiment.list(workspace, view_type="ArchivedOnly")) == ["old"]
    assert names(Experiment.list(workspace, view_type="All")) == ["new", "old"]
    assert len(experiment.get_runs()) == 1


def test_an_archived_experiment_becomes_active_by_hand_or_by_a_new_run(workspace):
    experiment = with_run(workspace, "again")
    experiment.archive()
    experiment.reactivate()
    assert experiment.archived_time is None
    experiment.archive()
    with_run(workspace, "again")
    assert experiment.archived_time is None


def test_an_experiment_keeps_its_name(workspace):
    with pytest.raises(WrongValueError, match="keeps its name"):
        Experiment(workspace, "one").reactivate(new_name="two")


def test_a_view_that_there_is_not_is_refused(workspace):
    with pytest.raises(WrongValueError, match="ActiveOnly, ArchivedOnly, All"):
        Experiment.list(workspace, view_type="Some")


def test_an_experiment_without_runs_is_deleted_by_id_or_name(workspace):
    for how in (lambda one: one.id, lambda one: one.name):
        experiment = with_run(workspace, "gone")
        with pytest.raises(RunStateError, match="1 runs"):
            Experiment.delete(workspace, how(experiment))
        for run in experiment.get_runs():
            run.delete()
        Experiment.delete(workspace, how(experiment))
        assert Experiment.list(workspace) == []


def test_an_experiment_that_there_is_not_can_not_be_deleted(workspace):
    with_run(workspace, "kept")
    with pytest.raises(ExperimentNotFoundError, match="'kept'"):
        Experiment.delete(workspace, "another")


def test_an_experiment_of_the_longest_name_has_a_record(workspace):
    name = "ä" + "x" * 254
    with pytest.raises(WrongValueError):
        Experiment(workspace, name)
    name = "x" + "ä" * 254
    Experiment(workspace, name).tag("a", "b")
    assert names(Experiment.list(workspace)) == [name]


def test_no_tag_is_lost_when_several_processes_set_them_at_once(workspace, start_script):
    code = """
        import sys
        from runlog import Experiment, Workspace
        experiment = Experiment(Workspace.from_config(), "shared")
        input()
        for number in range(25):
            experiment.tag(f"{sys.argv[1]} {number}", number)
        """
    processes = [start_script(code, str(which)) for which in range(3)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert len(Experiment(workspace, "shared").tags) == 75
    assert [path.name for path in (workspace.backend.folder / "experiments").iterdir() if path.suffix == ".tmp"] == []


def test_fields_of_another_version_stay_when_a_record_is_changed(workspace):
    experiment = with_run(workspace, "one")
    (path,) = (workspace.backend.folder / "experiments").glob("one.json")
    path.write_text(path.read_text().replace('"name"', '"later": [1, 2],\n  "name"'))
    experiment.tag("a", "b")
    assert '"later"' in path.read_text()
    assert experiment.tags == {"a": "b"}


def test_a_record_that_can_not_be_read_is_named(workspace):
    experiment = with_run(workspace, "one")
    (workspace.backend.folder / "experiments" / "one.json").write_text("not json")
    with pytest.raises(ConfigurationError, match=r"experiments/one\.json"):
        _ = experiment.tags


def test_a_run_starts_where_its_experiments_record_can_not_be_read(workspace, heard):
    with_run(workspace, "one")
    (workspace.backend.folder / "experiments" / "one.json").write_text("not json")
    assert with_run(workspace, "one").get_runs()[0].status == "Completed"
    assert any("the run itself goes on" in message for message in heard.messages)


def test_an_experiment_is_the_same_in_another_workspace_object(workspace):
    Experiment(workspace, "one").tag("a")
    assert Experiment(Workspace(workspace.location), "one").tags == {"a": None}


def test_records_of_a_shared_workspace_are_its_groups_to_change(own_folder):
    workspace = Workspace.create("shared", location=own_folder / "shared", shared=True)
    Experiment(workspace, "one").tag("a", "b")
    folder = workspace.backend.folder / "experiments"
    assert folder.stat().st_mode & 0o070 == 0o070
    assert (folder / "one.json").stat().st_mode & 0o060 == 0o060


def test_a_list_of_runs_can_be_asked_for_the_next_run_as_azure_mls_generator(workspace):
    first, second = with_run(workspace, "one"), with_run(workspace, "one")
    runs = second.get_runs()
    assert [next(runs).id, next(runs).id] == [run.id for run in runs]
    with pytest.raises(StopIteration):
        next(runs)
    assert len(first.get_runs()) == 2
