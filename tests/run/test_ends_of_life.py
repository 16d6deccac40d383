"""What a run ends as, for each way in which its process ends. Every process here is a real one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest

import runlog
from runlog import Workspace
from support.scripts import clean_environment

BEGIN = "import os, signal, sys, threading, runlog\nrun = runlog.start('ends')\nrun.log('loss', 1.0)\n"


def ended(code: str) -> runlog.Run:
    """Run a program that starts a run, to its end, and give back the run."""
    with open("program.py", "w") as file:
        file.write(BEGIN + textwrap.dedent(code))
    subprocess.run([sys.executable, "program.py"], env=clean_environment(), capture_output=True, check=False)
    (run,) = Workspace.from_config().runs()
    return run


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("pass", "Completed"),
        ("sys.exit()", "Completed"),
        ("sys.exit(0)", "Completed"),
        ("exit(0)", "Completed"),
        ("sys.exit(3)", "Failed"),
        ("sys.exit('no data')", "Failed"),
        ("quit(2)", "Failed"),
        ("raise ValueError('bad')", "Failed"),
        ("raise KeyboardInterrupt", "Canceled"),
        ("signal.raise_signal(signal.SIGINT)", "Canceled"),
        ("signal.raise_signal(signal.SIGTERM)", "Canceled"),
        ("os._exit(0)", "Crashed"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "Crashed"),
    ],
)
def test_each_end_of_the_process_gives_its_status(code, status):
    run = ended(code)
    assert run.status == status
    assert run.get_metrics() == {"loss": [1.0]}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("with run: pass", "Completed"),
        ("with run: sys.exit(0)", "Completed"),
        ("with run: raise SystemExit", "Completed"),
        ("with run: raise SystemExit(4)", "Failed"),
        ("with run: raise ValueError('bad')", "Failed"),
        ("with run: raise KeyboardInterrupt", "Canceled"),
        ("run.complete(); sys.exit(3)", "Completed"),
        ("run.fail('no data')", "Failed"),
        ("run.cancel()", "Canceled"),
    ],
)
def test_an_end_inside_the_program_counts_before_that_of_the_process(code, status):
    assert ended(code).status == status


def test_a_caught_exit_does_not_fail_the_run():
    assert ended("try: sys.exit(3)\nexcept SystemExit: pass\n").status == "Completed"


def test_an_exit_in_another_thread_does_not_fail_the_run():
    assert (
        ended("thread = threading.Thread(target=sys.exit, args=(3,)); thread.start(); thread.join()").status
        == "Completed"
    )


def test_an_exit_raised_by_hand_is_failed_and_says_why():
    run = ended("raise SystemExit(0)")
    assert run.status == "Failed"
    assert "can't be seen" in run.state().error.message


def test_an_uncaught_exception_is_kept_with_type_message_and_traceback():
    error = ended("def train():\n    raise ValueError('bad batch')\ntrain()\n").state().error
    assert (error.type, error.message) == ("ValueError", "bad batch")
    assert "in train" in error.traceback


def test_the_code_of_an_exit_is_kept():
    assert "3" in ended("sys.exit(3)").state().error.message


def test_a_process_that_is_terminated_dies_by_the_signal(start_script):
    process = start_script(
        "import runlog, signal\nrun = runlog.start('x')\nprint(run.id, flush=True)\nsignal.pause()\n"
    )
    run_id = process.stdout.readline().strip()
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    assert Workspace.from_config().get_run(run_id).status == "Canceled"


def test_termination_while_outputs_are_copied_still_gives_a_status(start_script):
    process = start_script(
        """
        import os, pathlib, runlog
        run = runlog.start('x', outputs='made')
        keep = run._outputs.keep_changed
        def keep_changed(recorder):
            print('copying', flush=True)
            while True:  # a signal may come before a call that waits for one
                __import__('time').sleep(0.01)
        run._outputs.keep_changed = keep_changed
        run.complete()
        """
    )
    assert process.stdout.readline().strip() == "copying"
    process.terminate()
    process.wait()
    (run,) = Workspace.from_config().runs()
    assert run.status == "Canceled"


def test_a_handler_of_the_programs_own_keeps_sigterm():
    run = ended("signal.signal(signal.SIGTERM, lambda *_: None)\nsignal.raise_signal(signal.SIGTERM)\n")
    assert run.status == "Completed"


def test_hooks_are_put_back_when_the_last_run_ends(workspace):
    before = sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM)
    first = runlog.start("a")
    second = runlog.start("b")
    assert (sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM)) != before
    first.complete()
    second.complete()
    assert (sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM)) == before


def test_the_programs_excepthook_is_still_called():
    with open("program.py", "w") as file:
        file.write("import sys, runlog\nsys.excepthook = lambda *a: print('mine')\nrunlog.start('x')\n1 / 0\n")
    done = subprocess.run(
        [sys.executable, "program.py"], env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.stdout == "mine\n"


def test_a_hook_that_was_wrapped_meanwhile_stays(workspace, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    run = runlog.start("a")
    inner = sys.excepthook
    outer = lambda *args: inner(*args)  # noqa: E731, PLW0108 - another function than the hook itself
    sys.excepthook = outer
    run.complete()
    assert sys.excepthook is outer


def test_exit_hooks_registered_after_the_start_still_log_to_the_run():
    run = ended("import atexit\natexit.register(lambda: run.log('last', 1))")
    assert run.get_metrics("last") == {"last": [1]}
    assert len(run.state().writers) == 1


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize(("body", "status"), [("pass", "Completed"), ("1 / 0", "Failed"), ("sys.exit(3)", "Failed")])
def test_a_run_started_in_a_child_process_ends_with_it(run_script, method, body, status):
    run_script(
        f"""
        import multiprocessing, sys, runlog

        def work():
            run = runlog.start('child')
            run.log('loss', 1.0)
            {body}

        if __name__ == '__main__':
            process = multiprocessing.get_context({method!r}).Process(target=work)
            process.start()
            process.join()
        """
    )
    (run,) = Workspace.from_config().runs()
    assert run.status == status
    error = run.state().error
    assert (error and error.type) == {"pass": None, "1 / 0": "ZeroDivisionError", "sys.exit(3)": "SystemExit"}[body]


def test_a_killed_parent_is_reported_dead_though_a_child_lives(start_script):
    process = start_script(
        """
        import os, signal, sys, runlog
        run = runlog.start('x')
        run.log('a', 1)
        if os.fork() == 0:
            run.log('a', 2)
            print(os.getpid(), flush=True)
            signal.pause()
        signal.pause()
        """
    )
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    try:
        (run,) = Workspace.from_config().runs()
        assert run.status == "Crashed"
        assert run.get_metrics()["a"] == [1, 2]
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_forked_child_that_exits_does_not_end_the_run(workspace):
    run = runlog.start("x")
    child = os.fork()
    if child == 0:
        run.log("from child", 1.0)
        run.complete()
        os._exit(0)
    os.waitpid(child, 0)
    assert Workspace.from_config().get_run(run.id).state().status == "Running"
    run.log("from parent", 2.0)
    run.complete()
    assert run.get_metrics() == {"from child": [1.0], "from parent": [2.0]}


def test_the_shutdown_of_a_kernel_completes_the_run(own_folder):
    jupyter_client = pytest.importorskip("jupyter_client")
    pytest.importorskip("ipykernel")
    manager = jupyter_client.KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(own_folder), env=clean_environment({"IPYTHONDIR": str(own_folder / "ipython")}))
    try:
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        reply = client.execute_interactive(
            "import runlog; run = runlog.start('notebook'); run.log('loss', 1.0)",
            timeout=60,
            output_hook=lambda _: None,
        )
        assert reply["content"]["status"] == "ok", json.dumps(reply["content"])
        reply = client.execute_interactive("1 / 0", timeout=60, output_hook=lambda _: None)
        assert reply["content"]["status"] == "error"
        client.stop_channels()
    finally:
        manager.shutdown_kernel(now=False)
        manager.cleanup_resources()
    (run,) = Workspace.from_config().runs()
    assert run.status == "Completed"
