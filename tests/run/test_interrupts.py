"""Ctrl-C while a run ends: the run has a true status all the same, and the program gets its KeyboardInterrupt."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

import runlog
from runlog import Workspace

PROGRAM = Path(__file__).resolve().parents[1] / "support" / "interrupted_end.py"
KILLS = int(os.environ.get("RUNLOG_TEST_KILLS", "8"))
STEPS = {"complete": 31, "leave": 37, "fail": 41}
COPYING = """
    import os, signal, sys
    import runlog
    run = runlog.start("x", run_id="copied", outputs="outputs", capture_system=False)
    run.log("loss", 1.0)
    for name in "abc":
        with open(f"outputs/{name}", "w") as file:
            file.write(name)
    to_come = [signal.SIGINT]

    def interrupt(event, arguments):
        if event == "open" and str(arguments[0]).endswith("outputs/b") and to_come:
            signal.raise_signal(to_come.pop())

    sys.addaudithook(interrupt)
"""


def copied():
    return Workspace.from_config().get_run("copied")


@pytest.mark.parametrize("way", STEPS)
def test_a_run_whose_end_is_interrupted_at_any_place_has_a_true_status_and_can_be_ended_again(run_script, way):
    """At each n-th place, from another one on each time; `first=1, step=1` takes them all."""
    first = random.randrange(1, STEPS[way])
    found = json.loads(run_script(PROGRAM, way, str(first), str(STEPS[way])).stdout)
    assert found["wrong"] == [], (first, STEPS[way])
    assert found["places"] > 20


def test_a_run_whose_start_is_interrupted_at_any_place_is_known_to_its_process_or_is_not_there(run_script):
    first = random.randrange(1, 67)
    found = json.loads(run_script(PROGRAM.with_name("interrupted_start.py"), str(first), "67").stdout)
    assert found["wrong"] == [], first
    assert found["places"] > 20


def test_a_second_complete_ends_what_an_interrupted_one_did_not(run_script):
    done = run_script(
        COPYING
        + """
    try:
        run.complete()
    except KeyboardInterrupt:
        print("interrupted", run.status)
    run.log("loss", 2.0)
    run.complete()
    print(run.status)
    """
    )
    assert done.stdout.splitlines() == ["interrupted Running", "Completed"]
    assert (copied().status, copied().get_metrics()) == ("Completed", {"loss": [1.0, 2.0]})
    assert copied().get_file_names() == ["outputs/a", "outputs/b", "outputs/c"]


@pytest.mark.parametrize("end", ["run.complete()", "run.cancel()", "pass"])
def test_an_interrupt_that_nobody_catches_cancels_the_run(run_script, end):
    done = run_script(f"{COPYING}\n    {end}", check=False)
    assert copied().status == "Canceled"
    assert copied().get_file_names() == ["outputs/a"]
    assert "was broken off" in done.stderr
    assert copied().dropped == 1


def test_an_interrupt_at_the_end_of_a_block_cancels_the_run_and_leaves_the_block(run_script):
    done = run_script(
        COPYING
        + """
    try:
        with run:
            pass
    except KeyboardInterrupt:
        print("interrupted", run.status)
    """
    )
    assert done.stdout == "interrupted Canceled\n"
    assert copied().status == "Canceled"


def test_an_error_under_way_is_what_an_interrupted_run_ended_by(run_script):
    done = run_script(
        COPYING
        + """
    try:
        with run:
            raise ValueError("bad batch")
    except KeyboardInterrupt as error:
        print("interrupted", run.status, repr(error.__context__))
    """
    )
    assert done.stdout == "interrupted Failed ValueError('bad batch')\n"
    assert (copied().status, copied().state().error.message) == ("Failed", "bad batch")
    assert "ValueError: bad batch" in copied().state().error.traceback


def test_termination_while_the_end_of_a_failed_run_goes_on_keeps_its_error(run_script):
    run_script(
        COPYING.replace("SIGINT]", "SIGTERM]") + "\n    with run:\n        raise ValueError('bad batch')", check=False
    )
    assert (copied().status, copied().state().error.message) == ("Failed", "bad batch")


def test_waiting_for_facts_about_the_system_can_be_interrupted(start_script):
    process = start_script("""
        import runlog
        from runlog.system.capture import SystemCapture
        finish = SystemCapture.finish
        def finish_late(self, seconds):
            print("waiting", flush=True)
            while seconds > 0:
                __import__("time").sleep(0.01)
            finish(self, seconds)
        SystemCapture.finish = finish_late
        run = runlog.start("x", outputs=False)
        with run:
            pass
    """)
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    assert process.wait() == -signal.SIGINT
    (run,) = Workspace.from_config().runs()
    assert run.status == "Canceled"


@pytest.mark.kill
def test_a_loop_that_is_interrupted_twice_in_quick_succession_is_canceled(start_script):
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(KILLS):
        process = start_script(f"""
            import time, runlog
            run = runlog.start("x", outputs=False, capture_system={chance.random() < 0.5})
            print(run.id, flush=True)
            {"with run:" if chance.random() < 0.5 else "if True:"}
                while True:
                    run.log("loss", 1.0)
        """)
        run_id = process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)
        time.sleep(chance.uniform(0, 0.08))
        process.send_signal(signal.SIGINT)
        process.wait()
        assert Workspace.from_config().get_run(run_id).status == "Canceled", seed


def test_a_handler_of_the_program_s_own_is_called_at_once_and_is_there_afterwards(workspace):
    came = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    own = signal.getsignal(signal.SIGINT)
    try:
        run = runlog.start("x", outputs=False)
        run.on_end(lambda *_: (signal.raise_signal(signal.SIGINT), came.append("callback")))
        run.complete()
        assert came == [signal.SIGINT, "callback"]
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_in_a_callback_skips_no_other_one_and_reaches_the_program_at_the_end(workspace):
    called = []
    run = runlog.start("x", outputs=False)
    run.on_end(lambda *_: called.append("first"))
    run.on_end(lambda *_: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        run.complete()
    assert called == ["first"]
    assert (run.status, workspace.get_run(run.id).state().status) == ("Completed", "Completed")


def test_a_guest_whose_end_is_interrupted_has_ended(workspace):
    with runlog.start("x", outputs=False) as run:
        guest = workspace.get_run(run.id)
        guest.log("loss", 1.0)
        guest.complete()
        assert not guest.is_open
    assert run.status == "Completed"
