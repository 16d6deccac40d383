"""SIGTERM, whoever handles it: a run is ended as Canceled where its process dies, and goes on where that does."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

import runlog
from support import deprived

RUNS = """
import asyncio, os, signal, sys, threading, time
import runlog
{before}
run = runlog.start("signals", run_id="terminated", outputs=False, capture_system=False)
run.log("loss", 1.0)
{after}
print("on", flush=True)
while True:
    time.sleep(0.01)
"""


def terminated():
    return runlog.Workspace.from_config().get_run("terminated")


def script(before="", after=""):
    return RUNS.format(before=before, after=after)


def child_of(pid: int) -> int:
    """The only child of a process."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()[0])


def test_process_1_of_a_container_ends_with_its_run(start_script):
    process = start_script(script(), before=deprived.allowed(deprived.FIRST_PROCESS))
    assert process.stdout.readline() == "on\n"
    os.kill(child_of(process.pid), signal.SIGTERM)
    assert process.wait() == 128 + signal.SIGTERM
    assert terminated().status == "Canceled"


def test_process_1_that_ignores_the_signal_goes_on_with_its_run(start_script):
    code = script(before="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    process = start_script(code, before=deprived.allowed(deprived.FIRST_PROCESS))
    assert process.stdout.readline() == "on\n"
    os.kill(child_of(process.pid), signal.SIGTERM)
    time.sleep(0.2)
    assert process.poll() is None
    assert terminated().status == "Running"


IGNORED = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
OWN = """
def stop(*_):
    run.log("stopped", 1.0)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_program_that_ignores_the_signal_goes_on_with_its_run(start_script, when):
    process = start_script(script(**{when: IGNORED}))
    assert process.stdout.readline() == "on\n"
    process.terminate()
    time.sleep(0.2)
    assert process.poll() is None
    assert terminated().status == "Running"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_handler_of_the_program_s_own_decides(start_script, when):
    process = start_script(script(**{when: OWN}))
    assert process.stdout.readline() == "on\n"
    process.terminate()
    assert process.wait() == 0
    assert terminated().status == "Completed"
    assert terminated().get_metrics()["stopped"] == [1.0]


def test_a_handler_that_hands_on_to_the_one_before_ends_run_and_process(start_script):
    chained = """
before = signal.getsignal(signal.SIGTERM)
def stop(number, frame):
    run.log("stopped", 1.0)
    before(number, frame)
signal.signal(signal.SIGTERM, stop)
"""
    process = start_script(script(after=chained))
    assert process.stdout.readline() == "on\n"
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    assert terminated().status == "Canceled"
    assert terminated().get_metrics()["stopped"] == [1.0]


LOOP = """
async def main():
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    {inside}
    print("on", flush=True)
    await stopped.wait()
    run.log("stopped", 1.0)
asyncio.run(main())
run.complete()
raise SystemExit(0)
"""


@pytest.mark.parametrize("inside", [False, True])
def test_a_handler_of_an_event_loop_decides_whether_it_was_set_before_the_run_or_after(start_script, inside):
    start = "run = runlog.start('signals', run_id='terminated', outputs=False, capture_system=False)"
    code = "import asyncio, os, signal, sys, threading, time\nimport runlog\n"
    code += ("global_run = None\n" if inside else f"{start}\n") + LOOP.format(
        inside=f"global run; {start}" if inside else "pass"
    )
    process = start_script(code)
    assert process.stdout.readline() == "on\n"
    process.terminate()
    assert process.wait() == 0
    assert (terminated().status, terminated().get_metrics()) == ("Completed", {"stopped": [1.0]})


SERVED = {
    "a server that puts back what it found": """
found = signal.signal(signal.SIGTERM, lambda *_: caught.set())
{inside}
print("on", flush=True)
caught.wait()
run.log("stopped", 1.0)
signal.signal(signal.SIGTERM, found)
signal.raise_signal(signal.SIGTERM)
""",
    "an event loop that has closed": """
async def main():
    global run
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, caught.set)
    {inside}
    print("on", flush=True)
    while not caught.is_set():
        await asyncio.sleep(0.01)
    run.log("stopped", 1.0)
asyncio.run(main())
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(60)
""",
}


@pytest.mark.parametrize("inside", [False, True], ids=["before it serves", "while it serves"])
@pytest.mark.parametrize("served", SERVED.values(), ids=SERVED)
def test_a_signal_that_is_left_to_the_system_again_ends_the_run(start_script, served, inside):
    """As uvicorn's workers do: they serve to the end, and then die by the signal that they caught."""
    start = "run = runlog.start('signals', run_id='terminated', outputs=False, capture_system=False)"
    code = "import asyncio, os, signal, threading, time\nimport runlog\ncaught = threading.Event()\n"
    code += ("" if inside else f"{start}\n") + served.format(inside=start if inside else "pass")
    process = start_script(code)
    assert process.stdout.readline() == "on\n"
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    assert (terminated().status, terminated().get_metrics()) == ("Canceled", {"stopped": [1.0]})


def test_a_forked_child_may_leave_the_signal_to_the_system(start_script):
    """The run is its parent's."""
    forked = """
if (child := os.fork()) == 0:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    os.kill(os.getpid(), signal.SIGTERM)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
"""
    process = start_script(script(after=forked))
    assert process.stdout.readline() == "on\n"
    assert terminated().status == "Running"


def test_what_sets_handlers_is_as_it_was_after_the_run(run_script):
    run_script("""
        import signal, runlog
        function, handler = signal.signal, signal.getsignal(signal.SIGTERM)
        with runlog.start("signals", outputs=False, capture_system=False):
            before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
            assert signal.signal(signal.SIGTERM, before) is signal.SIG_IGN
            assert signal.signal(signal.SIGTERM, signal.SIG_DFL) is before
            assert signal.signal(signal.SIGUSR1, signal.SIG_DFL) is signal.SIG_DFL
            assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL
            for wrong in (signal.SIGKILL, 1000):
                try:
                    signal.signal(wrong, signal.SIG_DFL)
                except (OSError, ValueError):
                    continue
                raise AssertionError(wrong)
        assert (signal.signal, signal.getsignal(signal.SIGTERM)) == (function, handler)
    """)


def test_a_wake_up_descriptor_of_the_program_is_still_written_to(start_script):
    pipe = """
import socket
reading, writing = socket.socketpair()
writing.setblocking(False)
signal.set_wakeup_fd(writing.fileno())
def tell():
    os.write(1, b"woken %d\\n" % reading.recv(1)[0])
threading.Thread(target=tell, daemon=True).start()
"""
    process = start_script(script(after=pipe))
    assert process.stdout.readline() == "on\n"
    process.terminate()
    assert process.stdout.readline() == f"woken {int(signal.SIGTERM)}\n"
    assert process.wait() == -signal.SIGTERM
    assert terminated().status == "Canceled"


def test_the_signal_may_come_while_other_threads_work_and_the_main_one_waits(start_script):
    busy = """
def work():
    number = 0
    while True:
        run.log("busy", float(number := number + 1))
threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
for one in threads: one.start()
print("on", flush=True)
threads[0].join()
"""
    process = start_script(script(after=busy))
    assert process.stdout.readline() == "on\n"
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    assert terminated().status == "Canceled"


def test_at_the_limit_of_threads_the_status_is_written_all_the_same(start_script):
    """No thread can be started that would end the run: it is ended where the signal came."""
    limit = """
import _thread
def refuse(*_):
    raise RuntimeError("can't start new thread")
_thread.start_new_thread = refuse
"""
    process = start_script(script(after=limit))
    assert process.stdout.readline() == "on\n"
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    assert terminated().status == "Canceled"


def test_a_run_in_a_thread_leaves_the_signal_to_the_system(start_script):
    """Only the main thread can handle signals: the process dies as it would have, and readers say so."""
    process = start_script("""
        import threading, time, runlog
        def work():
            runlog.start("signals", run_id="terminated", outputs=False, capture_system=False)
            print("on", flush=True)
            time.sleep(60)
        threading.Thread(target=work, daemon=True).start()
        while True:
            time.sleep(0.01)
    """)
    assert process.stdout.readline() == "on\n"
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    assert terminated().status == "Crashed"
