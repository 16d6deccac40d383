"""Runs beneath runs: started at once or made for later, in one process or several, and found again."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

import runlog
from runlog import Experiment, Run, Workspace
from runlog.errors import RunExistsError, RunStateError, WrongTypeError, WrongValueError

log = logging.getLogger("train")


@pytest.fixture
def run(workspace):
    logging.getLogger().setLevel(logging.DEBUG)
    return Experiment(workspace, "sweep").start_logging(outputs=False)


def ids(runs):
    return [one.id for one in runs]


def elsewhere(run):
    """The run as another part of the program finds it, with nothing remembered."""
    return Run.attach(Experiment(Workspace(run.experiment.workspace.location), run.experiment.name), run.id)


def messages(run):
    return [record.message for record in run.records() if record.logger == "train"]


# -- a child that is started at once -----------------------------------------------------------------------------------


def test_a_child_is_a_run_of_its_own_in_the_experiment_of_its_parent(run):
    with run.child_run("alpha=0.1", tags={"alpha": 0.1}) as child:
        child.log("loss", 0.5)
    assert (child.name, child.experiment, child.tags) == ("alpha=0.1", run.experiment, {"alpha": "0.1"})
    assert child.get_metrics() == {"loss": [0.5]}
    assert run.get_metrics() == {}


def test_a_childs_parent_is_the_very_run_that_started_it(run):
    child = run.child_run()
    assert child.parent is run
    assert run.parent is None


def test_the_parent_is_looked_up_once(run):
    child = elsewhere(run.child_run())
    assert child.parent is child.parent
    assert child.parent == run


def test_the_id_of_a_child_can_be_chosen_once(run):
    assert run.child_run(run_id="fold-1").id == "fold-1"
    with pytest.raises(RunExistsError, match="fold-1"):
        run.child_run(run_id="fold-1")


def test_children_are_listed_newest_first(run):
    made = [run.child_run(f"fold {number}") for number in range(3)]
    assert ids(run.get_children()) == ids(reversed(made))
    assert ids(elsewhere(run).get_children()) == ids(reversed(made))


def test_children_of_children_are_listed_where_asked_for(run):
    child = run.child_run()
    grandchild = child.child_run()
    assert ids(run.get_children()) == [child.id]
    assert ids(run.get_children(recursive=True)) == [grandchild.id, child.id]
    assert elsewhere(grandchild).parent.parent == run


def test_children_end_as_they_end_and_not_as_their_parent_does(run):
    failed, open_one = run.child_run(), run.child_run()
    failed.fail("no luck")
    run.complete()
    assert (run.status, failed.status, open_one.status) == ("Completed", "Failed", "Running")
    open_one.complete()
    assert elsewhere(open_one).status == "Completed"


def test_children_are_chosen_by_tags_type_and_status(run):
    good = run.child_run(tags={"fold": 1}, run_type="evaluation")
    bad = run.child_run(tags={"fold": 2, "old": None})
    good.complete()
    bad.fail("x")
    assert ids(run.get_children(tags={"fold": "1"})) == [good.id]
    assert ids(run.get_children(tags="old")) == [bad.id]
    assert ids(run.get_children(tags=["fold"])) == [bad.id, good.id]
    assert ids(run.get_children(status="Failed")) == [bad.id]
    assert ids(run.get_children(type="evaluation")) == [good.id]
    assert ids(run.get_children(properties="none")) == []
    assert (good.type, bad.type) == ("evaluation", None)


@pytest.mark.parametrize("tags", [3, [1, 2]])
def test_tags_that_can_not_be_asked_for_are_refused(run, tags):
    with pytest.raises(WrongTypeError, match="tags="):
        run.get_children(tags=tags)


def test_children_do_not_become_the_current_run(run):
    child = run.child_run()
    assert runlog.current() is run
    log.info("to the parent")
    with child:
        assert runlog.current() is child
        log.info("to the child")
    assert runlog.current() is run
    log.info("to the parent again")
    assert messages(child) == ["to the child"]
    assert messages(run) == ["to the parent", "to the parent again"]


def test_the_end_of_a_child_outside_its_block_leaves_the_current_run_alone(run):
    with run.child_run() as inner:
        run.child_run().complete()
        assert runlog.current() is inner


def test_children_in_threads_keep_their_records_apart(run):
    def work(number):
        with run.child_run(f"fold {number}") as child:
            for _ in range(20):
                log.info("%d", number)
            child.log("number", number)
        return child

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(work, range(24)))
    assert [messages(child) for child in made] == [[str(number)] * 20 for number in range(24)]
    assert len(run.get_children()) == 24
    assert runlog.current() is run
    assert messages(run) == []


def test_a_child_that_is_open_when_the_process_ends_ends_like_its_parent(run_script):
    run_script(
        "import runlog\nrun = runlog.start('ends')\nchild = run.child_run('left open')\nrun.complete()\n1 / 0\n",
        check=False,
    )
    (run,) = Workspace.from_config().runs()[1:]
    (child,) = run.get_children()
    assert (run.status, child.status) == ("Completed", "Failed")
    assert child.state().error.type == "ZeroDivisionError"


def test_the_crash_of_a_parent_leaves_its_children_readable(run_script):
    run_script(
        """
        import os, runlog
        run = runlog.start("crashes")
        with run.child_run("one") as child:
            child.log("loss", 1.0)
        run.child_run("two").log("loss", 2.0)
        os._exit(1)
        """,
        check=False,
    )
    run = next(one for one in Workspace.from_config().runs() if one.parent is None)
    assert run.status == "Crashed"
    assert [(child.name, child.status) for child in run.get_children()] == [("two", "Crashed"), ("one", "Completed")]
    assert list(run.get_metrics(recursive=True).values()) == [{"loss": [1.0]}, {"loss": [2.0]}]


def test_a_child_is_started_from_another_process_and_logs_to_its_parent(run, run_script):
    run_script(
        """
        import sys
        from runlog import Workspace
        with Workspace.from_config().get_run(sys.argv[1]).child_run("elsewhere") as child:
            child.log("loss", 0.5)
            for fold in range(3):
                child.parent.log("score", fold)
        """,
        run.id,
    )
    (child,) = run.get_children()
    assert (child.name, child.status) == ("elsewhere", "Completed")
    assert run.get_metrics() == {"score": [0, 1, 2]}
    assert run.status == "Running"


# -- children that are made now and started later ----------------------------------------------------------------------


def test_made_children_have_not_started_and_are_numbered(run):
    made = run.create_children(count=3)
    assert [child.status for child in made] == ["NotStarted"] * 3
    assert [child.tags for child in made] == [{"azureml.batch_child_number": str(number)} for number in range(3)]
    assert ids(run.get_children(status="NotStarted")) == ids(reversed(made))
    assert made[0].parent is run


def test_made_children_have_the_tag_values_they_were_made_for(run):
    made = run.create_children(tag_key="alpha", tag_values=[0.1, 0.2])
    assert [child.tags for child in made] == [{"alpha": "0.1"}, {"alpha": "0.2"}]


def test_more_than_a_hundred_children_are_made_at_once(run):
    assert len(run.create_children(count=101)) == len(run.get_children()) == 101


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, WrongValueError),
        ({"count": 2, "tag_key": "a", "tag_values": [1]}, WrongValueError),
        ({"tag_key": "a"}, WrongValueError),
        ({"count": -1}, WrongTypeError),
        ({"count": "2"}, WrongTypeError),
        ({"tag_key": "a", "tag_values": "abc"}, WrongTypeError),
    ],
)
def test_children_that_can_not_be_made_are_refused(run, arguments, error):
    with pytest.raises(error):
        run.create_children(**arguments)
    assert len(run.get_children()) == 0


def test_a_made_child_runs_from_its_start_to_its_end(run):
    (child,) = run.create_children(count=1)
    child.start()
    assert elsewhere(child).status == "Running"
    child.log("loss", 0.5)
    child.complete()
    assert (elsewhere(child).status, child.get_metrics()) == ("Completed", {"loss": [0.5]})


def test_a_block_starts_a_made_child(run):
    (child,) = run.create_children(count=1)
    with child:
        assert runlog.current() is child
        assert child.status == "Running"
    assert (elsewhere(child).status, elsewhere(child).tags["azureml.batch_child_number"]) == ("Completed", "0")


def test_a_child_is_started_once(run):
    (child,) = run.create_children(count=1)
    child.start()
    with pytest.raises(RunStateError, match="it is Running"):
        elsewhere(child).start()
    child.complete()
    with pytest.raises(RunStateError, match="it is Completed"):
        child.start()


def test_a_run_that_was_not_made_for_later_can_not_be_started(run):
    with pytest.raises(RunStateError, match="create_children"):
        run.start()


def test_a_guest_that_ends_a_made_child_decides_its_status(run):
    """Azure ML's examples log to made children and complete them without a start."""
    (child,) = run.create_children(count=1)
    child.log("loss", 0.5)
    assert child.status == "Running"
    child.complete()
    assert (elsewhere(child).status, child.get_metrics()) == ("Completed", {"loss": [0.5]})


def test_several_processes_share_the_made_children_among_themselves(run, start_script):
    run.create_children(count=12)
    code = """
        import sys
        from runlog import Workspace
        from runlog.errors import RunStateError
        input()
        for child in Workspace.from_config().get_run(sys.argv[1]).get_children(status="NotStarted"):
            try:
                child.start()
            except RunStateError:
                continue
            child.log("taken", 1)
            child.complete()
        """
    processes = [start_script(code, run.id) for _ in range(3)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.wait() for process in processes] == [0, 0, 0]
    metrics = run.get_metrics(recursive=True)
    assert list(metrics.values()) == [{"taken": [1]}] * 12
    assert {child.status for child in run.get_children()} == {"Completed"}


def test_a_made_child_that_a_process_took_and_died_with_is_crashed(run, run_script):
    (child,) = run.create_children(count=1)
    run_script(
        """
        import os, sys
        from runlog import Workspace
        Workspace.from_config().get_run(sys.argv[1]).start()
        os._exit(1)
        """,
        child.id,
        check=False,
    )
    assert child.status == "Crashed"


# -- metrics of a family, and the index --------------------------------------------------------------------------------


def test_metrics_of_a_run_and_those_beneath_it_come_by_run(run):
    run.log("best", 0.1)
    child = run.child_run(run_type="evaluation")
    child.log("loss", 0.5)
    grandchild = child.child_run()
    grandchild.log("loss", 0.25)
    run.child_run()
    assert run.get_metrics(recursive=True) == {
        run.id: {"best": [0.1]},
        child.id: {"loss": [0.5]},
        grandchild.id: {"loss": [0.25]},
    }
    assert run.get_metrics("loss", recursive=True) == {child.id: {"loss": [0.5]}, grandchild.id: {"loss": [0.25]}}
    assert list(run.get_metrics(recursive=True, run_type="evaluation")) == [run.id, child.id]


def test_listing_children_reads_no_other_runs(run, workspace):
    child = run.child_run()
    other = Experiment(workspace, "other").start_logging(outputs=False)
    other.complete()
    (folder,) = [path for path in (workspace.backend.folder / "runs").iterdir() if path.name == other.id]
    for file in folder.iterdir():
        file.write_bytes(b"not a journal")
    assert ids(elsewhere(run).get_children(recursive=True)) == [child.id]


def test_children_that_a_parent_does_not_list_are_found_again(run):
    """As after a full disk, or where a damaged journal was removed."""
    child = run.child_run()
    for one in (child, run):
        one.complete()
    folder = run.experiment.workspace.backend.folder / "runs" / run.id
    for file in folder.iterdir():
        file.unlink()
    assert ids(elsewhere(run).get_children()) == []
    assert run.experiment.workspace.reindex_children() == 1
    assert ids(elsewhere(run).get_children()) == [child.id]
    assert run.experiment.workspace.reindex_children() == 0


# -- lists of runs -----------------------------------------------------------------------------------------------------


def test_runs_of_an_experiment_are_listed_without_children_unless_asked_for(run):
    child = run.child_run(tags={"fold": 1})
    assert ids(run.experiment.get_runs()) == ids(Run.list(run.experiment)) == [run.id]
    assert ids(run.experiment.get_runs(include_children=True)) == [child.id, run.id]
    assert ids(Run.list(run.experiment, tags={"fold": "1"}, include_children=True)) == [child.id]
    assert ids(Run.list(run.experiment, status="Completed")) == []
    assert ids(Run.list(Experiment(run.experiment.workspace, "another"))) == []


def test_a_run_is_got_by_its_id(run):
    assert Run.get(run.experiment.workspace, run.id) == runlog.get_run(run.experiment, run.id) == run
