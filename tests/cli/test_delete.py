"""`runlog delete`."""

from __future__ import annotations

import io


def test_runs_are_deleted_once_that_is_confirmed(call, start, workspace, monkeypatch):
    for name in ("one", "two", "three"):
        start(name).complete()
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    done = call("delete", "one", "-2")
    assert done.code == 0
    assert "Delete them for good?" in done.out
    assert [run.name for run in workspace.runs()] == ["three"]


def test_nothing_is_deleted_without_a_yes(call, start, workspace, monkeypatch):
    start("one").complete()
    for answer in ("n\n", ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert call("delete", "one").code == 130
    assert len(workspace.runs()) == 1


def test_yes_is_said_beforehand_in_a_script(call, start, workspace):
    run = start("one")
    run.complete()
    done = call("delete", "--yes", "one")
    assert (done.code, done.lines) == (0, [f"deleted {run.id}"])
    assert len(workspace.runs()) == 0


def test_a_live_run_is_refused(call, start, workspace):
    start("one")
    done = call("delete", "-y", "one")
    assert done.code == 1
    assert "living process" in done.err


def test_a_run_with_children_needs_recursive(call, start, workspace):
    with start("one") as run:
        run.child_run().complete()
    assert "--recursive" in call("delete", "-y", "one").err
    assert call("delete", "-y", "-r", "one").code == 0
    assert len(workspace.runs()) == 0
