"""`runlog note` on runs that a server keeps: it says what became of the note."""

from __future__ import annotations

import pytest

from runlog import Workspace
from support.machines import Machine


@pytest.fixture
def run(server, own_folder):
    Machine(own_folder / "trained").run(
        'import runlog\nrunlog.start("study", run_id="noted", outputs=False).complete()'
    )
    return Workspace(server.folder).get_run("noted")


def test_a_note_is_on_the_server_when_the_command_ends(server, run, own_folder):
    done = Machine(own_folder / "other").call("note", "latest", "hello")
    assert (done.returncode, done.stderr) == (0, "")
    assert [one.text for one in run.notes] == ["hello"]


def test_a_token_that_may_only_read_is_refused_and_nothing_is_left_to_be_sent(server, run, own_folder):
    machine = Machine(own_folder / "other", RUNLOG_TOKEN=server.tokens["reader"])
    done = machine.call("note", "latest", "hello")
    assert (done.returncode, "lets a reader only read" in done.stderr) == (1, True)
    assert list(machine.outbox.unsent()) == []
    assert run.notes == []


def test_a_note_while_the_server_is_away_is_refused_as_nobody_can_tell_which_run_is_meant(server, run, own_folder):
    machine = Machine(own_folder / "other")
    server.kill()
    done = machine.call("note", "noted", "later")
    assert (done.returncode, "can't be reached" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
    assert list(machine.outbox.unsent()) == []
