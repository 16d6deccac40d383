"""`runlog.watch`: a function called when a metric meets a condition."""

from __future__ import annotations

import threading

import pytest

import runlog
from runlog.errors import WrongTypeError, WrongValueError


def test_the_function_is_called_once_while_the_run_goes_on(workspace):
    called, calls = threading.Event(), []
    with runlog.start("x") as run:
        watch = runlog.watch(run, "loss > 10", lambda *given: (calls.append(given), called.set()))
        for step in range(20):
            run.log("loss", float(step), step=step)
        assert called.wait(60)
        assert watch.alert is not None
    ((given, alert),) = calls
    assert given is run
    assert (alert.metric, alert.value, alert.step) == ("loss", 11.0, 11)


def test_what_was_logged_last_is_looked_at_as_the_run_ends(workspace):
    calls = []
    with runlog.start("x") as run:
        runlog.watch(run, "loss is nan", lambda run, alert: calls.append(alert.value))
        run.log("loss", float("nan"))
    assert len(calls) == 1


def test_a_condition_that_is_not_met_calls_nothing(workspace):
    calls = []
    with runlog.start("x") as run:
        watch = runlog.watch(run, "loss > 10", lambda *given: calls.append(given))
        run.log("loss", 1)
    assert (calls, watch.alert) == ([], None)


def test_a_watch_that_is_stopped_calls_nothing(workspace):
    calls = []
    with runlog.start("x") as run:
        runlog.watch(run, "loss > 10", lambda *given: calls.append(given)).stop()
        run.log("loss", 11)
    assert calls == []


def test_the_function_may_end_the_run(workspace):
    run = runlog.start("x")
    ended = threading.Event()
    run.on_end(lambda *_: ended.set())
    runlog.watch(run, "loss > 10", lambda run, alert: run.fail(alert.text))
    run.log("loss", 11)
    assert ended.wait(60)
    assert workspace.get_run(run.id).status == "Failed"


def test_a_function_that_raises_is_told_of(workspace, heard):
    with runlog.start("x") as run:
        runlog.watch(run, "loss > 10", lambda *_: 1 / 0)
        run.log("loss", 11)
    assert run.status == "Completed"
    assert any("a watch of runlog.watch failed" in one for one in heard.messages)


def test_a_run_of_another_process_is_watched_too(workspace, start_script):
    process = start_script(
        """
        import runlog, sys
        with runlog.start("x", run_id="it") as run:
            print("up", flush=True)
            sys.stdin.readline()
            run.log("loss", 11.0, step=3)
        """
    )
    assert process.stdout.readline() == "up\n"
    called, steps = threading.Event(), []
    runlog.watch(workspace.get_run("it"), "loss > 10", lambda run, alert: (steps.append(alert.step), called.set()))
    process.stdin.write("\n")
    process.stdin.flush()
    assert called.wait(60)
    assert steps == [3]


def test_no_thread_is_left_when_the_run_has_ended(workspace):
    before = set(threading.enumerate())
    with runlog.start("x") as run:
        runlog.watch(run, "loss > 10", print)
    left = [one for one in set(threading.enumerate()) - before if one.name == "runlog-watch"]
    for thread in left:
        thread.join(60)
    assert not any(thread.is_alive() for thread in left)


@pytest.mark.parametrize(
    ("condition", "callback", "error"),
    [("loss >", print, WrongValueError), (3, print, WrongTypeError), ("loss > 3", "print", WrongTypeError)],
)
def test_what_is_no_condition_or_no_function_raises(workspace, condition, callback, error):
    with runlog.start("x") as run, pytest.raises(error):
        runlog.watch(run, condition, callback)
