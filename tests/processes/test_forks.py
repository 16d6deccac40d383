"""What a forked child does not inherit: locks of other threads, imports that never end, a parent's way to die."""

from __future__ import annotations

import os

import pytest

from runlog import Workspace

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

HALF_IMPORTED = """
import os, pathlib, signal, sys, threading
import runlog
pathlib.Path("slow.py").write_text('''
import __main__
__main__.begun.set()
__main__.go_on.wait()
value = 7
''')
sys.path.insert(0, "")
begun, go_on = threading.Event(), threading.Event()
run = runlog.start("x")
thread = threading.Thread(target=lambda: __import__("slow"))
thread.start()
begun.wait()
child = os.fork()
if child == 0:
    signal.alarm(30)
    go_on.set()
    import slow
    run.log("imported", slow.value)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0, "the child waited for a thread that it does not have"
go_on.set()
thread.join()
"""


def test_a_module_that_another_thread_was_importing_can_be_imported_in_the_child(run_script):
    run_script(HALF_IMPORTED)
    (run,) = Workspace.from_config().runs()
    assert run.get_metrics() == {"imported": [7]}


HELD = """
import os, signal, threading
import runlog
from runlog import context
from runlog.lifecycle import ending
run = runlog.start("x")
held, done = threading.Event(), threading.Event()

def hold():
    with context._guard, ending._ending, run._recorder()._guard:
        held.set()
        done.wait()

thread = threading.Thread(target=hold)
thread.start()
held.wait()
child = os.fork()
if child == 0:
    signal.alarm(30)
    with runlog.use(run), runlog.start("own") as own:
        own.log("a", 1)
    own.log("late", 1)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
done.set()
thread.join()
"""


def test_a_lock_that_another_thread_held_does_not_hold_up_the_child(run_script):
    run_script(HELD, env={"RUNLOG_CAPTURE_SYSTEM": "0"})
    own = next(run for run in Workspace.from_config().runs() if run.experiment_name == "own")
    assert (own.status, own.get_metrics()) == ("Completed", {"a": [1], "late": [1]})


TERMINATED = """
import os, signal
import runlog
run = runlog.start("x")
signal.alarm(60)
for round in range(200):
    child = os.fork()
    if child == 0:
        while True:
            signal.pause()
    os.kill(child, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
assert signal.SIGTERM not in mask
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_child_that_is_terminated_the_moment_it_is_forked_dies_and_the_parent_keeps_its_handler(run_script):
    assert run_script(TERMINATED, check=False).returncode == -15
    (run,) = Workspace.from_config().runs()
    assert run.status == "Canceled"


def test_what_ends_runs_is_loaded_before_a_signal_can_interrupt_its_import(run_script):
    """The thread that ends the runs on SIGTERM would wait for the lock of a module that the signal found half imported."""
    run_script("""
        import sys
        import runlog
        runlog.start("x")
        assert "runlog.lifecycle.ending" in sys.modules
    """)


def test_a_run_that_a_forked_child_starts_itself_is_canceled_by_sigterm(run_script):
    run_script("""
        import os, signal
        import runlog
        runlog.start("parents")
        child = os.fork()
        if child == 0:
            runlog.start("own")
            signal.raise_signal(signal.SIGTERM)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
    """)
    assert {run.experiment_name: run.status for run in Workspace.from_config().runs()} == {
        "parents": "Completed",
        "own": "Canceled",
    }
