"""What a child leaves that dies before its files are whole changes nothing about its parent's run."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

import runlog
from runlog import Workspace
from runlog.journal.liveness import Liveness
from runlog.journal.reader import RunJournal

PROGRAM = Path(__file__).resolve().parents[1] / "support" / "young_children.py"
KILLS = int(os.environ.get("RUNLOG_TEST_KILLS", "20"))
ENDS = {
    "Completed": lambda run: run.complete(),
    "Failed": lambda run: run.fail("no luck"),
    "Canceled": lambda run: run.cancel(),
}


def leave_young(run, *, header=b""):
    """What a forked child leaves that is killed within its first microseconds: a lock, and a segment of zeros."""
    folder = Path(run.experiment.workspace.location, "runs", run.id)
    (folder / "zzzzzzzzzzzz-events-000000.open").write_bytes(header.ljust(65_536, b"\0"))
    (folder / "zzzzzzzzzzzz.lock").touch()
    return folder


@pytest.mark.kill
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_of_groups_that_are_killed_just_after_a_fork_every_run_has_the_status_it_ended_with(run_script):
    seed = random.randrange(2**32)
    done = run_script(PROGRAM, str(KILLS), str(seed), timeout=60 + KILLS)
    told = [line.split() for line in done.stdout.splitlines()]
    assert len(told) == KILLS
    workspace = Workspace.from_config()
    found = {run_id: workspace.get_run(run_id).status for run_id, _ in told}
    expected = {run_id: {status} if status in ENDS else {"Crashed", "Completed"} for run_id, status in told}
    assert {run_id: status for run_id, status in found.items() if status not in expected[run_id]} == {}, seed


@pytest.mark.parametrize("status", ENDS)
def test_a_run_keeps_its_end_where_a_child_left_no_header(workspace, status):
    run = runlog.start("x", outputs=False)
    ENDS[status](run)
    leave_young(run)
    state = workspace.get_run(run.id).state()
    assert (state.status, [one.status for one in state.history]) == (status, [status])


def test_a_run_that_goes_on_is_running_where_a_child_left_no_header(workspace):
    run = runlog.start("x", outputs=False)
    leave_young(run)
    assert workspace.get_run(run.id).state().status == "Running"
    run.complete()


def test_a_run_that_was_found_dead_stays_so_where_a_child_left_no_header(run_script, workspace):
    run_script("import os, runlog\nrun = runlog.start('x', outputs=False)\nos._exit(0)")
    (run,) = workspace.runs()
    leave_young(run)
    assert run.state().status == "Crashed"
    assert run.wait_for_completion(raise_on_error=False)["status"] == "Crashed"


def test_a_writer_without_a_header_is_alive_while_it_holds_its_lock(workspace):
    fcntl = pytest.importorskip("fcntl")
    run = runlog.start("x", outputs=False)
    run.complete()
    folder = leave_young(run)
    (young,) = [one for one in RunJournal(folder).writers if one.writer_id == "zzzzzzzzzzzz"]
    with (folder / "zzzzzzzzzzzz.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert young.liveness() is Liveness.ALIVE
    assert young.liveness() is Liveness.CLOSED


def test_a_run_is_deleted_where_a_child_left_no_header(workspace):
    run = runlog.start("x", outputs=False)
    run.complete()
    leave_young(run)
    run.delete()
    assert list(workspace.runs()) == []
