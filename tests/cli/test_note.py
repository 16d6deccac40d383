"""`runlog note`."""

from __future__ import annotations

import io


def test_a_note_is_written_and_shown(call, start):
    with start("noted"):
        pass
    assert call("note", "latest", "too *high*\na learning rate", "--author", "Ada").code == 0
    shown = call("show", "latest").out
    assert ", Ada\n  too *high*\n  a learning rate\n" in shown
    assert "not kept" not in shown


def test_a_note_may_come_from_stdin(call, start, monkeypatch):
    with start("noted"):
        pass
    monkeypatch.setattr("sys.stdin", io.StringIO("from a file\n"))
    call("note", "latest", "-")
    assert "  from a file\n" in call("show", "latest").out


def test_a_note_does_not_change_how_a_run_stands(call, start):
    run = start("running")
    call("note", run.id, "goes well")
    run.log("loss", 1.0)
    assert run.state().status == "Running"
    run.fail("broke")
    call("note", run.id, "see above")
    assert run.state().status == "Failed"
    assert [note.text for note in run.notes] == ["goes well", "see above"]


def test_a_run_that_was_killed_stays_crashed(call, run_script, workspace):
    run_script(
        """
        import os
        from runlog import Experiment, Workspace
        Experiment(Workspace("."), "killed").start_logging(run_id="killed", outputs=False)
        os._exit(9)
        """,
        check=False,
    )
    call("note", "killed", "out of memory?")
    assert workspace.get_run("killed").status == "Crashed"


def test_an_empty_note_is_a_fault(call, start):
    with start("noted"):
        pass
    ended = call("note", "latest", " ")
    assert (ended.code, ended.err.count("\n")) == (1, 1)


def test_control_characters_of_a_note_do_not_reach_the_terminal(call, start):
    with start("noted") as run:
        run.note("red \x1b[31m")
    assert "\x1b" not in call("show", "latest").out
