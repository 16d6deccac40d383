"""Waiting for runs of other processes. Each of them is a real one."""

from __future__ import annotations

import logging
import signal

import pytest

from runlog import Experiment, Workspace
from runlog.errors import RunFailedError, RunStateError

BEGIN = """
import logging, os, sys, runlog
logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("train")
run = runlog.start("waited", outputs=False)
log.info("before")
print(run.id, flush=True)
input()
"""


@pytest.fixture
def start(start_script):
    """A process with an open run that goes on, with `code`, once it is told to; and the run."""

    def begin(code):
        process = start_script(BEGIN + code)
        return process, Workspace.from_config().get_run(process.stdout.readline().strip())

    return begin


def tell(process):
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("", "Completed"),
        ("run.complete()\ninput()", "Completed"),
        ("run.cancel()", "Canceled"),
        ("sys.exit(3)", "Failed"),
        ("os._exit(0)", "Crashed"),
    ],
)
def test_a_run_is_waited_for_to_whatever_end_it_comes(start, code, status):
    process, run = start(code)
    tell(process)
    details = run.wait_for_completion(raise_on_error=False)
    assert (details["runId"], details["status"]) == (run.id, status)
    assert run.status == status


def test_a_failure_is_raised_with_error_and_traceback(start):
    process, run = start("def step():\n    raise ValueError('bad batch')\nstep()\n")
    tell(process)
    with pytest.raises(RunFailedError, match=r"(?s)Failed.*ValueError: bad batch.*runlog logs.*in step"):
        run.wait_for_completion()


def test_a_crash_is_a_failure(start):
    process, run = start("")
    process.kill()
    process.wait()
    with pytest.raises(RunFailedError, match="Crashed"):
        run.wait_for_completion()


def test_the_records_are_printed_once_though_waited_for_twice(start, capsys):
    process, run = start("log.info('after %d', 1)\nlog.warning('last')\n")
    tell(process)
    run.wait_for_completion(show_output=True)
    first = capsys.readouterr().out
    assert [line.split(": ", 1)[-1] for line in first.splitlines() if "train: " in line] == [
        "before",
        "after 1",
        "last",
    ]
    assert first.startswith(f"RunId: {run.id}\n")
    assert "Execution Summary" in first
    assert "Completed" in first
    Workspace.from_config().get_run(run.id).wait_for_completion(show_output=True)
    assert capsys.readouterr().out == ""


def test_ctrl_c_ends_the_waiting_and_the_run_goes_on(start, start_script):
    process, run = start("log.info('after')\n")
    waiting = start_script(
        """
        import sys
        from runlog import Workspace
        Workspace.from_config().get_run(sys.argv[1]).wait_for_completion(show_output=True)
        """,
        run.id,
    )
    assert any("before" in line for line in waiting.stdout)
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate()
    assert f"not waiting any more; run {run.id} goes on" in err
    assert run.status == "Running"
    tell(process)
    assert run.wait_for_completion()["status"] == "Completed"
    assert [record.message for record in run.records(logger="train")] == ["before", "after"]


def test_a_run_of_this_process_would_be_waited_for_without_end(workspace):
    run = Experiment(workspace, "own").start_logging(outputs=False)
    with pytest.raises(RunStateError, match="without end"):
        run.wait_for_completion()
    run.complete()
    assert run.wait_for_completion(show_output=False)["status"] == "Completed"


def test_a_made_child_is_waited_for_until_somebody_took_it_and_ended_it(workspace, start_script):
    logging.getLogger().setLevel(logging.INFO)
    with Experiment(workspace, "made").start_logging(outputs=False) as run:
        (child,) = run.create_children(count=1)
        start_script(
            """
            import sys
            from runlog import Workspace
            with Workspace.from_config().get_run(sys.argv[1]) as child:
                child.log("loss", 1)
            """,
            child.id,
        )
        assert child.wait_for_completion()["status"] == "Completed"
        assert child.get_metrics() == {"loss": [1]}
