"""What C code and child processes print, captured by file descriptor. Each program here is a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import runlog

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors are captured on POSIX")

BEGIN = """
import ctypes, logging, os, subprocess, sys, time, runlog
logging.getLogger().setLevel("DEBUG")
libc = ctypes.CDLL(None)
run = runlog.start("descriptors", capture={"stdout": "fd", "stderr": "fd", "uncaught": True})
"""


def printed(logger="runlog.stdout"):
    (run,) = runlog.Workspace.from_config().runs()
    return [record.message for record in run.records(logger=logger)]


def test_every_way_of_printing_is_recorded_once_and_shown(run_script):
    done = run_script(
        BEGIN
        + """
print("python")
os.write(1, b"descriptor\\n")
libc.printf(b"C\\n")
subprocess.run(["echo", "child"])
subprocess.run(["echo", "child of stdout"], stdout=sys.stdout)
os.write(2, b"to stderr\\n")
"""
    )
    lines = ["C", "child", "child of stdout", "descriptor", "python"]
    assert sorted(printed()) == lines
    assert sorted(done.stdout.splitlines()) == lines
    assert printed("runlog.stderr") == ["to stderr"]
    assert "to stderr" in done.stderr


def test_what_logging_handlers_print_is_not_recorded_again(run_script):
    done = run_script(
        """
        import logging, sys
        early = logging.StreamHandler(sys.stdout)
        """
        + BEGIN.replace("\n", "\n        ")
        + """
        logging.getLogger().addHandler(early)
        logging.getLogger().addHandler(logging.StreamHandler(sys.__stdout__))
        logging.getLogger().addHandler(runlog.ConsoleHandler())
        logging.info("a record")
        os.write(1, b"printed\\n")
        """
    )
    assert done.stdout.splitlines().count("a record") == 2
    assert printed() == ["printed"]
    assert printed("runlog.stderr") == []


def test_the_descriptors_lead_where_they_led_after_the_run(run_script):
    done = run_script(
        """
        import os, sys
        def seen():
            return [(os.fstat(n).st_ino, s.fileno(), s.isatty(), s.name, getattr(s.buffer, "raw", s.buffer).fileno())
                    for n, s in ((1, sys.stdout), (2, sys.stderr))]
        before = seen()
        stdout = sys.stdout
        """
        + BEGIN.replace("\n", "\n        ")
        + """
        assert [one[1:4] for one in seen()] == [one[1:4] for one in before]
        assert os.fstat(1).st_ino != before[0][0]
        run.complete()
        assert seen() == before, (seen(), before)
        assert sys.stdout is stdout
        print("after"); os.write(1, b"after\\n")
        """
    )
    assert done.stdout == "after\nafter\n" or done.stdout.split() == ["after", "after"]
    assert printed() == []


def test_a_flood_that_never_lets_python_run_does_not_stop_the_program(run_script):
    """C code that holds the interpreter's lock while it prints more than a pipe takes."""
    done = run_script(
        BEGIN
        + """
line = b"x" * 1023 + b"\\n"
flood = ctypes.PyDLL(None).write
assert flood(1, line * 4096, len(line) * 4096) == len(line) * 4096
""",
        timeout=60,
    )
    assert len(done.stdout) == 4 << 20
    assert len(printed()) == 4096


def test_a_child_that_outlives_the_program_can_still_print(own_folder):
    script = own_folder / "program.py"
    script.write_text(
        BEGIN
        + "subprocess.Popen([sys.executable, '-c', 'import sys, time; sys.stdin.read(); print(42, flush=True)'])\n"
    )
    done = subprocess.run(
        ["bash", "-c", f"{{ {sys.executable} {script}; echo ended; }} < <(sleep 0.1) | cat"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert sorted(done.stdout.split()) == ["42", "ended"]


def test_a_killed_program_has_shown_everything(run_script):
    done = run_script(BEGIN + "os.write(1, b'last words\\n' * 1000)\nos.kill(os.getpid(), 9)\n", check=False)
    assert done.returncode == -signal.SIGKILL
    assert done.stdout == "last words\n" * 1000


def test_forked_children_print_on(run_script):
    done = run_script(
        BEGIN
        + """
if os.fork() == 0:
    os.write(1, b"from the child\\n")
    run.complete()
    os._exit(0)
os.wait()
os.write(1, b"from the parent\\n")
"""
    )
    assert sorted(done.stdout.splitlines()) == ["from the child", "from the parent"]
    assert sorted(printed()) == ["from the child", "from the parent"]


def test_a_descriptor_that_somebody_redirected_meanwhile_is_left_alone(run_script, own_folder):
    run_script(
        BEGIN
        + """
os.dup2(os.open("elsewhere", os.O_WRONLY | os.O_CREAT), 1)
run.complete()
os.write(1, b"elsewhere")
"""
    )
    assert (own_folder / "elsewhere").read_text() == "elsewhere"


def test_without_an_interpreter_to_start_what_python_prints_is_captured_all_the_same(run_script):
    done = run_script(BEGIN.replace("run = ", "sys.executable = '/nowhere'\nrun = ") + "print('python')\n")
    assert printed() == ["python"]
    assert "can't be captured" in done.stderr


def test_it_leaves_no_process_and_no_descriptor_behind(run_script):
    run_script(
        """
        import os, runlog
        def descriptors():
            return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
        run = runlog.start("x", capture_system=False)
        counts = []
        for number in range(3):
            with runlog.capture(stdout="fd", stderr="fd"):
                os.write(1, b"x\\n")
            counts.append(descriptors())
        assert counts[0] == counts[2], counts
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            print("none left")
        else:
            raise AssertionError
        """
    )


def test_a_terminal_stays_one_for_python(own_folder):
    import pty

    script = own_folder / "program.py"
    script.write_text(BEGIN + "print('isatty', sys.stdout.isatty(), sys.__stdout__.isatty())\n")
    terminal, inner = pty.openpty()
    environment = {**os.environ, "RUNLOG_QUIET": "1"}
    process = subprocess.Popen([sys.executable, script], stdin=inner, stdout=inner, stderr=inner, env=environment)
    os.close(inner)
    shown = b""
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
    except OSError:  # how a terminal's end is told
        assert process.wait() == 0
    os.close(terminal)
    assert b"isatty True True" in shown
    assert printed() == ["isatty True True"]
