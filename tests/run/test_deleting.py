"""Deleting runs: what goes, what stays, and what is refused."""

from __future__ import annotations

import pytest

from runlog import Experiment, Workspace
from runlog.errors import RunNotFoundError, RunStateError


@pytest.fixture
def experiment(workspace):
    return Experiment(workspace, "deleted")


def folders(workspace):
    return sorted(path.name for path in (workspace.backend.folder / "runs").iterdir())


def test_a_run_that_has_ended_is_deleted_with_all_its_files(experiment, workspace):
    run, other = (experiment.start_logging(outputs=False) for _ in range(2))
    run.log("loss", 0.5)
    with open("model.txt", "w") as file:
        file.write("weights")
    run.upload_file("model.txt", "model.txt")
    for one in (run, other):
        one.complete()
    run.delete()
    assert folders(workspace) == [other.id]
    assert not (workspace.backend.folder / "deleted").exists()
    with pytest.raises(RunNotFoundError):
        workspace.get_run(run.id)


def test_a_run_that_this_process_writes_is_refused(experiment, workspace):
    run = experiment.start_logging(outputs=False)
    with pytest.raises(RunStateError, match="living process"):
        run.delete()
    run.complete()
    run.delete()
    assert folders(workspace) == []


def test_a_run_that_another_process_writes_is_refused_until_it_died(workspace, start_script):
    process = start_script("import runlog\nprint(runlog.start('x').id, flush=True)\ninput()\n")
    run = Workspace.from_config().get_run(process.stdout.readline().strip())
    with pytest.raises(RunStateError, match="living process"):
        run.delete()
    process.kill()
    process.wait()
    run.delete()
    assert folders(workspace) == []


def test_a_run_that_was_tagged_or_logged_to_late_is_deleted(experiment, workspace):
    run = experiment.start_logging(outputs=False)
    run.complete()
    run.log("late", 1)
    workspace.get_run(run.id).tag("verdict", "bad")
    run.delete()
    assert folders(workspace) == []


def test_a_run_with_children_is_deleted_with_them_or_not_at_all(experiment, workspace):
    with experiment.start_logging(outputs=False) as run, run.child_run() as child, child.child_run():
        pass
    with pytest.raises(RunStateError, match="2 runs beneath"):
        run.delete()
    assert len(folders(workspace)) == 3
    run.delete(recursive=True)
    assert folders(workspace) == []


def test_nothing_is_deleted_where_a_child_is_still_written(experiment, workspace):
    run = experiment.start_logging(outputs=False)
    child = run.child_run()
    run.complete()
    with pytest.raises(RunStateError, match=child.id):
        run.delete(recursive=True)
    assert len(folders(workspace)) == 2
    child.complete()


def test_a_child_that_was_deleted_is_not_listed_any_more(experiment):
    with experiment.start_logging(outputs=False) as run:
        for name in ("bad", "good"):
            with run.child_run(name) as child:
                child.log("loss", 1)
        run.get_children()[1].delete()
        assert [one.name for one in run.get_children()] == ["good"]


def test_a_child_whose_parent_was_deleted_has_none(experiment, workspace):
    with experiment.start_logging(outputs=False) as run:
        run.child_run("left").complete()
    (child,) = run.get_children()
    workspace.backend.delete_run(run.id)
    assert workspace.get_run(child.id).parent is None


def test_a_run_can_not_be_deleted_twice(experiment, workspace):
    run = experiment.start_logging(outputs=False)
    run.complete()
    run.delete()
    with pytest.raises(RunNotFoundError, match="to delete"):
        run.delete()
