"""A run that was deleted is not made anew by what still logs to it: that is told, and counted."""

from __future__ import annotations

import io
import os
import shutil

import pytest

import runlog
from runlog import Workspace

CALLS = {
    "log": lambda run: run.log("loss", 1.0),
    "log_metrics": lambda run: run.log_metrics({"loss": 1.0}),
    "log_list": lambda run: run.log_list("losses", [1.0, 2.0]),
    "log_row": lambda run: run.log_row("row", a=1),
    "log_table": lambda run: run.log_table("table", {"a": [1]}),
    "log_text": lambda run: run.log_text("text", "words"),
    "log_params": lambda run: run.log_params({"lr": 1}),
    "tag": lambda run: run.tag("verdict", "bad"),
    "set_tags": lambda run: run.set_tags({"verdict": "bad"}),
    "add_properties": lambda run: run.add_properties({"a": "b"}),
    "note": lambda run: run.note("a note"),
    "display_name": lambda run: setattr(run, "display_name", "other"),
    "upload_file": lambda run: run.upload_file("text", io.BytesIO(b"content")),
    "complete": lambda run: run.complete(),
    "flush": lambda run: run.flush(),
}
NOTHING_TO_LOSE = {"complete", "flush"}


def runs():
    return list(Workspace.from_config().backend.run_ids())


def deleted(run, who, run_script):
    if who == "this process":
        run.delete()
    elif who == "another object of this process":
        Workspace.from_config().get_run(run.id).delete()
    elif who == "another process":
        run_script("import sys, runlog\nrunlog.Workspace.from_config().get_run(sys.argv[1]).delete()", run.id)
    else:
        shutil.rmtree(f".runlog/runs/{run.id}")


@pytest.mark.parametrize("who", ["this process", "another object of this process", "another process", "a person"])
@pytest.mark.parametrize("call", CALLS)
def test_a_run_that_was_deleted_is_not_made_anew(workspace, run_script, heard, call, who):
    run = runlog.start("x", outputs=False, capture_system=False)
    run.complete()
    guest = workspace.get_run(run.id)
    deleted(run, who, run_script)
    heard.records.clear()
    for one in (run, guest):
        CALLS[call](one)
        if call not in NOTHING_TO_LOSE:
            assert one.dropped > 0
    assert runs() == []
    assert not [message for message in heard.messages if "this is kept" in message]
    if call not in NOTHING_TO_LOSE:
        assert [one for one in heard.messages if f"run {run.id}: not everything can be kept" in one]


def test_what_comes_is_counted_one_by_one_and_told_with_what_happened(workspace, heard):
    run = runlog.start("x", outputs=False)
    run.complete()
    run.delete()
    for number in range(5):
        run.log("loss", number)
        run.tag("number", number)
    assert run.dropped == 10
    (told,) = [one for one in heard.messages if "not everything can be kept" in one]
    assert "the run was deleted" in told
    assert "start another run" in told


def test_a_run_that_was_logged_to_late_before_it_was_deleted_is_not_made_anew(workspace):
    run = runlog.start("x", outputs=False)
    run.complete()
    run.log("late", 1.0)
    run.delete()
    run.log("later", 2.0)
    assert (runs(), run.dropped) == ([], 1)


def test_a_guest_of_a_run_that_another_process_deleted_meanwhile_does_not_make_it_anew(workspace, run_script):
    run_script("import os, runlog\nrunlog.start('x', run_id='gone', outputs=False)\nos._exit(0)")
    guest = workspace.get_run("gone")
    guest.log("loss", 1.0)
    shutil.rmtree(".runlog/runs/gone")
    guest.log_row("row", a=1)
    guest.upload_file("text", io.BytesIO(b"content"))
    guest.complete()
    guest.log("loss", 2.0)
    assert runs() == []
    assert guest.dropped > 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_that_was_forked_before_does_not_make_its_parent_s_run_anew(workspace):
    run = runlog.start("x", outputs=False)
    shutil.rmtree(f".runlog/runs/{run.id}")
    child = os.fork()
    if child == 0:
        run.log("child", 1.0)
        os._exit(run.dropped > 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert runs() == []
    run.complete()


def test_a_new_run_of_the_id_of_a_deleted_one_is_kept(workspace):
    runlog.start("x", run_id="again", outputs=False).complete()
    workspace.get_run("again").delete()
    with runlog.start("x", run_id="again", outputs=False) as run:
        run.log("loss", 1.0)
    assert (run.dropped, workspace.get_run("again").get_metrics()) == (0, {"loss": [1.0]})


def test_a_late_record_is_still_told_of_once_it_is_kept(workspace, heard):
    run = runlog.start("x", outputs=False)
    run.complete()
    run.tag("verdict", "good")
    assert not [one for one in heard.messages if "after its end" in one]
    run.log("late", 1.0)
    run.log("late", 2.0)
    assert len([one for one in heard.messages if "after its end" in one]) == 1
