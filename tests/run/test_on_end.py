"""`run.on_end`: functions called when this process ends its run."""

from __future__ import annotations

import os
import sys

import pytest

import runlog
from runlog.errors import RunStateError, WrongTypeError

SCRIPT = """
import os, signal, sys, runlog
run = runlog.start("x", run_id="it")

@run.on_end
def tell(run, status):
    run.log("told", 1)
    print(run.id, status, runlog.Workspace.from_config().get_run(run.id).status, flush=True)
"""


def test_a_callback_is_called_once_with_the_run_and_its_status(workspace):
    run = runlog.start("x")
    calls = []
    run.on_end(lambda *given: calls.append(given))
    run.complete()
    run.fail()
    assert calls == [(run, "Completed")]


def test_the_last_callback_registered_is_called_first(workspace):
    calls = []
    with runlog.start("x") as run:
        run.on_end(lambda *_: calls.append("first"))
        run.on_end(lambda *_: calls.append("second"))
    assert calls == ["second", "first"]


def test_a_callback_that_raises_is_told_of_and_keeps_no_other_from_its_call(workspace, heard):
    calls = []
    with runlog.start("x") as run:
        run.on_end(lambda *_: calls.append("other"))
        run.on_end(lambda *_: 1 / 0)
        run.on_end(lambda *_: sys.exit(3))
    assert calls == ["other"]
    assert run.status == "Completed"
    assert sum("callback of run.on_end failed" in one for one in heard.messages) == 2


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("", "Completed"),
        ("1 / 0", "Failed"),
        ("sys.exit(3)", "Failed"),
        ("raise KeyboardInterrupt", "Canceled"),
        ("os.kill(os.getpid(), signal.SIGTERM)\nsignal.pause()", "Canceled"),
    ],
)
def test_a_callback_is_called_however_the_process_ends_and_sees_the_status_written(run_script, end, status):
    assert run_script(SCRIPT + end, check=False).stdout == f"it {status} {status}\n"
    (run,) = runlog.Workspace.from_config().runs()
    assert run.get_metrics() == {"told": [1]}
    assert len(run.state().writers) == 1


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(0)"])
def test_a_callback_is_not_called_where_nothing_can_be(run_script, end):
    assert run_script(SCRIPT + end, check=False).stdout == ""


def test_a_forked_child_does_not_call_what_its_parent_registered(workspace):
    run = runlog.start("x")
    calls = []
    run.on_end(lambda *_: calls.append(os.getpid()))
    child = os.fork()
    if child == 0:
        run.complete()
        os._exit(len(calls))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    run.complete()
    assert calls == [os.getpid()]


def test_a_run_of_another_process_takes_no_callback(workspace, run_script):
    run_script("import runlog; runlog.start('x', run_id='it')")
    with pytest.raises(RunStateError, match="runlog watch"):
        workspace.get_run("it").on_end(print)


def test_an_ended_run_takes_no_callback(workspace):
    run = runlog.start("x")
    run.complete()
    with pytest.raises(RunStateError, match="Completed"):
        run.on_end(print)


def test_what_can_not_be_called_is_no_callback(workspace):
    with runlog.start("x") as run, pytest.raises(WrongTypeError, match="str"):
        run.on_end("print")
