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


CHILD = """
done = subprocess.run([sys.real, "-c", "import os; os.write(1, b'from a child\\\\n')"])
os.write(1, b"from C\\n")
print("from python")
print("ended", done.returncode, file=sys.stderr)
run.complete()
os.write(1, b"after\\n")
"""


def begin_where(change):
    """A program that finds its surroundings otherwise when the run begins."""
    return BEGIN.replace("run = ", f"sys.real = sys.executable\n{change}\nrun = ")


@pytest.mark.parametrize(
    "change",
    [
        "sys.frozen = True",
        "sys.frozen, sys.executable = 'macosx_app', '/bin/sh'",
        "sys.executable = '/bin/false'",
        "sys.executable = ''",
        "sys.executable = None",
        "sys.executable = os.path.abspath('python')",
        "import __main__; __main__.__compiled__ = True",
    ],
)
def test_without_a_plain_interpreter_nothing_is_started_and_descriptors_lead_where_they_led(
    run_script, own_folder, change
):
    (own_folder / "python").write_text("#!/bin/sh\necho started >> started\nexit 3\n")
    (own_folder / "python").chmod(0o755)
    begin = begin_where(change).replace('"descriptors"', '"descriptors", capture_system=False')
    done = run_script(begin + CHILD)
    assert sorted(done.stdout.splitlines()) == ["after", "from C", "from a child", "from python"]
    assert printed() == ["from python"]
    assert "ended 0" in done.stderr
    assert [done.stderr.count(f"{name}'s file descriptor can't be captured") for name in ("stdout", "stderr")] == [1, 1]
    assert "Traceback" not in done.stderr
    if "abspath" in change:  # one of that name was tried, once for each stream, and said nothing
        assert (own_folder / "started").read_text() == "started\n" * 2


def test_a_program_that_never_says_that_it_relays_is_given_up(run_script, own_folder):
    (own_folder / "python").write_text("#!/bin/sh\nexec sleep 1000\n")
    (own_folder / "python").chmod(0o755)
    change = "from runlog.capturing import relay_process; relay_process._STARTING = 0.1\n"
    done = run_script(begin_where(change + "sys.executable = os.path.abspath('python')") + CHILD)
    assert sorted(done.stdout.splitlines()) == ["after", "from C", "from a child", "from python"]
    assert done.stderr.count("can't be captured") == 2


def test_what_is_started_keeps_nothing_should_it_be_the_program_itself(run_script):
    run_script(
        BEGIN
        + """
from runlog.interpreter import environment_of_child
assert environment_of_child()["RUNLOG_MODE"] == "disabled"
"""
    )


KILL = """
import signal, threading
from runlog.capturing.sources import _streams
def relay(name):
    return _streams[name]._descriptor._relay._process
def kill(name):
    reader = _streams[name]._descriptor
    os.kill(relay(name).pid, signal.SIGKILL)
    relay(name).wait()
    while not reader._is_relaying:
        time.sleep(0.01)
"""


def test_where_the_relay_is_killed_the_descriptor_leads_where_it_led(run_script):
    done = run_script(
        BEGIN
        + KILL
        + """
os.write(1, b"before\\n")
while "before" not in [one.message for one in run.records(logger="runlog.stdout")]:
    time.sleep(0.01)
kill("stdout")
done = subprocess.run(["echo", "child after"])
os.write(1, b"C after\\n")
print("python after")
print("ended", done.returncode, file=sys.stderr)
""",
    )
    assert done.stdout.splitlines()[0] == "before"
    assert sorted(done.stdout.splitlines()) == ["C after", "before", "child after", "python after"]
    assert printed() == ["before", "python after"]
    assert "ended 0" in done.stderr
    assert done.stderr.count("has died") == 1


def test_a_child_that_holds_the_pipe_of_a_killed_relay_goes_on_and_is_shown_and_kept(run_script):
    done = run_script(
        BEGIN
        + KILL
        + """
code = "import os, sys; sys.stdin.readline(); os.write(1, b'x' * 200_000 + b'\\\\nlast\\\\n')"
child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
kill("stdout")
child.stdin.write(b"\\n"); child.stdin.close()
assert child.wait() == 0
"""
    )
    assert done.stdout == "x" * 200_000 + "\nlast\n"
    assert [len(line) for line in printed()] == [200_000, 4]


def test_what_stood_in_the_pipe_of_a_killed_relay_is_shown_and_kept(run_script):
    done = run_script(
        BEGIN
        + KILL
        + """
os.kill(relay("stdout").pid, signal.SIGSTOP)
os.write(1, b"in the pipe\\n")
kill("stdout")
"""
    )
    assert done.stdout == "in the pipe\n"
    assert printed() == ["in the pipe"]


def test_a_child_that_outlives_the_run_of_a_killed_relay_is_still_shown(run_script):
    done = run_script(
        BEGIN
        + KILL
        + """
code = "import os, sys; sys.stdin.readline(); os.write(1, b'late\\\\n')"
child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
kill("stdout")
run.complete()
child.stdin.write(b"\\n"); child.stdin.close()
assert child.wait() == 0
for thread in threading.enumerate():
    if thread.name == "runlog-descriptor-1":
        thread.join()
"""
    )
    assert done.stdout == "late\n"
    assert printed() == []


DAEMON = """
victims = []
os.closerange(3, 4096)
while len(victims) < 1100:  # more than enough for every number that was ours
    try:
        victims.append(os.open(f"victim-{len(victims)}", os.O_RDWR | os.O_CREAT))
    except OSError:
        break
"""
UNTOUCHED = """
assert [os.fstat(one).st_size for one in victims] == [0] * len(victims)  # open, and nothing in them
"""


@pytest.mark.parametrize(
    "fork", ["", "\nif os.fork():\n    os.wait()\n    os._exit(0)\n"], ids=["", "in a forked child"]
)
def test_nothing_is_written_to_what_gets_the_numbers_of_our_descriptors(run_script, own_folder, fork):
    program = BEGIN.replace("logging.getLogger().set", "logging.lastResort = None\nlogging.getLogger().set") + fork
    program = program.replace(
        "run = ", "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (1200, 1200))\nrun = "
    )
    done = run_script(
        program
        + DAEMON
        + """
print("python after")
sys.stdout.buffer.write(b"bytes after\\n"); sys.stdout.flush()
os.write(1, b"C after\\n")
subprocess.run(["echo", "child after"])
held = runlog.capturing.streams.sys.__stdout__
print("held after", file=held, flush=True)
"""
        + UNTOUCHED
        + "os._exit(0)\n"
    )
    lines = ["C after", "bytes after", "child after", "held after", "python after"]
    assert sorted(done.stdout.splitlines()) == lines


def test_a_capture_that_ends_after_its_descriptors_were_closed_closes_nobody_else_s(run_script, own_folder):
    run_script(
        """
        import os, resource, runlog
        resource.setrlimit(resource.RLIMIT_NOFILE, (1200, 1200))
        run = runlog.start("x", capture_system=False)
        capture = runlog.capture(stdout="fd", stderr="fd")
        """
        + DAEMON.replace("\n", "\n        ").replace("os.closerange(3, 4096)", "os.closerange(700, 4096)")
        + """
        capture.close()
        os.write(1, b"after")
        """
        + UNTOUCHED.replace("\n", "\n        ")
    )


def test_a_program_in_a_zip_file_has_a_relay(own_folder, repository):
    """What is installed beside it, as compiled modules can't be in one."""
    import shutil
    import zipapp

    source = own_folder / "source"
    shutil.copytree(repository / "runlog", source / "runlog", ignore=shutil.ignore_patterns("__pycache__"))
    (source / "__main__.py").write_text(
        "import os, subprocess, sys\nimport runlog\nassert 'program.pyz' in runlog.__file__\n"
        "with runlog.start('zip', capture={'stdout': 'fd'}):\n"
        "    print('ended', subprocess.run(['echo', 'child']).returncode)\n"
    )
    zipapp.create_archive(source, own_folder / "program.pyz")
    done = subprocess.run(
        [sys.executable, own_folder / "program.pyz"], capture_output=True, text=True, check=True, cwd=own_folder
    )
    assert sorted(done.stdout.splitlines()) == ["child", "ended 0"]
    assert sorted(printed()) == ["child", "ended 0"]
