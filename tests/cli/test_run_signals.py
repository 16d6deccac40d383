"""A signal that `runlog run`, `doctor --` or `explain --` gets is its program's."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

import runlog
from support import deprived
from support.scripts import clean_environment
from support.terminal import Terminal
from support.waiting import until

MAIN = "from runlog.cli import main\nmain()\n"
TELLS = """
import os, signal, sys, time
def tell(number, frame):
    os.write(1, f"got {signal.Signals(number).name if number < 34 else number}\\n".encode())
    if number == signal.SIGTERM:
        saving()
def saving():
    while not os.path.exists("saved"):
        time.sleep(0.01)
    os.write(1, b"saved\\n")
    os._exit(int(os.environ.get("CODE", "0")))
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGTSTP}:
    signal.signal(number, tell)
os.write(1, b"on\\n")
while True:
    time.sleep(0.01)
"""
"""A command that says which signals it gets, and at SIGTERM takes its time, until there is a file called saved."""


@pytest.fixture
def wrapped(start_script, workspace, own_folder):
    """`wrapped(code, *options, command="run")`: a wrapper around Python code that has printed `on`."""
    (own_folder / "program.py").write_text(TELLS)

    def start(code=None, *options, command="run", **others):
        program = [str(own_folder / "program.py")] if code is None else ["-c", code]
        words = {"explain": ["explain", "root", "INFO"]}.get(command, [command])
        process = start_script(MAIN, *words, *options, "--", sys.executable, "-u", *program, **others)
        assert process.stdout.readline() == "on\n"
        return process

    return start


def wait_for(process, line):
    """Read on to a line; SIGCONT, which goes with what asks for the end, may be told of before it."""
    assert line in iter(process.stdout.readline, "")


def latest():
    return runlog.Workspace.from_config().runs()[0]


def lines(run):
    return [record.message for record in run.records(logger="runlog.sources.subprocess")]


HANDED_ON = [
    *("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGWINCH", "SIGCONT", "SIGPWR"),
    *("SIGABRT", "SIGXCPU", "SIGVTALRM", "SIGPROF", "SIGIO", "SIGURG"),
]


def is_gone(pid):
    """Whether a process has ended, though nobody may have asked for its exit status yet."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def test_every_signal_reaches_the_command_at_once(wrapped, own_folder):
    process = wrapped()
    for name in HANDED_ON:
        process.send_signal(getattr(signal, name))
        assert process.stdout.readline() == f"got {name}\n"
    process.send_signal(signal.SIGRTMIN + 3)
    assert process.stdout.readline() == f"got {signal.SIGRTMIN + 3}\n"
    process.terminate()
    wait_for(process, "got SIGTERM\n")
    (own_folder / "saved").touch()
    assert process.wait() == 0
    assert latest().status == "Canceled"
    assert lines(latest())[-2:] == ["saved", "the command exited with 0"]


def test_a_command_that_saves_its_work_has_its_time_and_its_exit_code_counts(wrapped, own_folder):
    process = wrapped(None, "--grace", "1000", env={"CODE": "7"})
    process.terminate()
    process.terminate()
    wait_for(process, "got SIGTERM\n")
    (own_folder / "saved").touch()
    assert process.wait() == 7
    assert latest().status == "Canceled"


STUBBORN = """
import os, signal, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: os.write(1, f"no {signal.Signals(number).name}\\n".encode()))
os.write(1, b"on\\n")
while True:
    time.sleep(0.01)
"""


@pytest.mark.parametrize("by", ["--grace", "RUNLOG_GRACE"])
def test_a_command_that_does_not_end_is_killed_when_its_time_is_over(wrapped, by):
    given = {"env": {by: "0.2"}} if by == "RUNLOG_GRACE" else {}
    process = wrapped(STUBBORN, *([] if given else [by, "0.2"]), **given)
    process.terminate()
    assert process.stdout.readline() == "no SIGTERM\n"
    assert process.wait() == 128 + signal.SIGKILL
    assert latest().status == "Canceled"
    assert lines(latest())[-1] == "the command was ended by SIGKILL"


def test_each_further_ctrl_c_is_harder(wrapped):
    process = wrapped(STUBBORN)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "no SIGINT\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "no SIGTERM\n"
    process.send_signal(signal.SIGINT)
    assert process.wait() == 128 + signal.SIGKILL
    assert latest().status == "Canceled"


def test_a_time_that_is_none_is_refused(run_script):
    done = run_script(MAIN, "run", "--", "true", env={"RUNLOG_GRACE": "soon"}, check=False)
    assert (done.returncode, "RUNLOG_GRACE='soon'" in done.stderr) == (1, True)


def test_a_signal_that_ends_the_command_gives_the_exit_code(wrapped):
    process = wrapped("import os, time; os.write(1, b'on\\n'); time.sleep(600)")
    process.send_signal(signal.SIGHUP)
    assert process.wait() == 128 + signal.SIGHUP
    assert latest().status == "Canceled"
    assert lines(latest())[-1] == "the command was ended by SIGHUP"


def test_a_stopped_command_can_still_be_ended(wrapped):
    process = wrapped("import os, time; os.write(1, b'on\\n'); time.sleep(600)")
    pid = latest_pid()
    os.kill(pid, signal.SIGSTOP)
    process.terminate()
    assert process.wait() == 128 + signal.SIGTERM


def latest_pid():
    """The command's process id, which its records bear."""
    return next(iter(latest().records(logger="runlog.sources.subprocess"))).extra["pid"]


def test_what_a_shell_started_has_its_time_too(wrapped, own_folder):
    """The shell dies at once; the training that it started saves its work."""
    shell = f"import subprocess, sys; subprocess.Popen([sys.executable, {str(own_folder / 'program.py')!r}]); import time; time.sleep(600)"
    process = wrapped(shell)
    process.terminate()
    wait_for(process, "got SIGTERM\n")
    assert process.poll() is None
    (own_folder / "saved").touch()
    assert process.wait() == 128 + signal.SIGTERM
    assert "saved" in lines(latest())


def test_what_a_shell_started_and_does_not_end_is_killed_when_the_time_is_over(wrapped, own_folder):
    inner = f"import os; open('pid', 'w').write(str(os.getpid()))\n{STUBBORN}"
    (own_folder / "inner.py").write_text(inner)
    shell = f"import subprocess, sys, time; subprocess.Popen([sys.executable, {str(own_folder / 'inner.py')!r}]); time.sleep(600)"
    process = wrapped(shell, "--grace", "0.3")
    process.terminate()
    assert process.wait() == 128 + signal.SIGTERM
    pid = int((own_folder / "pid").read_text())
    until(lambda: is_gone(pid))


LAUNCHER = f"""
import subprocess, sys
worker = subprocess.Popen([sys.executable, "-u", "-c", {STUBBORN!r}], start_new_session=True, stdout=subprocess.PIPE)
worker.stdout.readline()
open("worker", "w").write(str(worker.pid))
{STUBBORN}
"""
"""A program whose worker leads a session of its own; both go on whatever comes."""


@pytest.mark.parametrize("command", ["run", "doctor", "explain"])
def test_a_kill_is_for_workers_in_sessions_of_their_own_too(wrapped, command):
    process = wrapped(LAUNCHER, command=command, env={"RUNLOG_GRACE": "0.3"})
    process.terminate()
    process.communicate()
    assert process.returncode == 128 + signal.SIGKILL
    until(lambda: is_gone(int(Path("worker").read_text())))


@pytest.mark.parametrize("inner", [["run"], ["doctor"]], ids=lambda inner: inner[0])
def test_a_wrapper_within_a_wrapper_hands_everything_on(wrapped, inner):
    (program := Path("program.py")).write_text(f"import os; open('pid', 'w').write(str(os.getpid()))\n{STUBBORN}")
    words = [sys.executable, "-m", "runlog", *inner, "--", sys.executable, "-u", str(program)]
    process = wrapped(f"import os, sys; os.execv({words[0]!r}, {words!r})")
    for told in ("no SIGINT\n", "no SIGTERM\n"):
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == told
    process.send_signal(signal.SIGINT)
    assert process.wait() == 128 + signal.SIGKILL
    until(lambda: is_gone(int(Path("pid").read_text())))


def test_a_signal_that_comes_before_the_command_is_started_keeps_it_from_being_started(run_script, workspace):
    code = """
import signal
from runlog.experiment import Experiment
start = Experiment.start_logging
def started(*args, **kwargs):
    run = start(*args, **kwargs)
    signal.raise_signal(signal.SIGTERM)
    return run
Experiment.start_logging = started
from runlog.cli import main
main()
"""
    done = run_script(code, "run", "--", sys.executable, "-c", "print('started')", check=False)
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "")
    assert latest().status == "Canceled"


def test_a_signal_that_comes_after_the_command_has_ended_is_for_the_wrapper(run_script, workspace):
    code = """
import signal
from runlog.run import Run
complete = Run.complete
def completed(*args, **kwargs):
    signal.raise_signal(signal.SIGTERM)
Run.complete = completed
from runlog.cli import main
main()
"""
    done = run_script(code, "run", "--", sys.executable, "-c", "print('ended')", check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "ended\n")
    assert latest().status == "Canceled"


def test_signals_that_are_ignored_are_ignored_by_the_command_too(wrapped):
    process = wrapped(
        "import os, signal, time; os.write(1, b'on\\n'); os.write(1, f'{signal.getsignal(signal.SIGHUP)!r}\\n'.encode())",
        before=["nohup"],
    )
    assert process.stdout.readline() == f"{signal.SIG_IGN!r}\n"


def test_stdin_is_the_command_s(run_script, workspace):
    done = run_script(MAIN, "run", "--", sys.executable, "-c", "print(input() + input())", stdin="a\nb\n")
    assert done.stdout == "ab\n"


# -- in a terminal ---------------------------------------------------------------------------------------------------


@pytest.fixture
def in_terminal(own_folder, workspace):
    """`in_terminal(command, code)`: a wrapper in the foreground of a terminal."""
    opened = []

    def start(command, code):
        (own_folder / "main.py").write_text(MAIN)
        (own_folder / "code.py").write_text(code)
        words = [
            sys.executable,
            str(own_folder / "main.py"),
            *command,
            "--",
            sys.executable,
            "-u",
            str(own_folder / "code.py"),
        ]
        opened.append(Terminal(words, own_folder, clean_environment()))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


WRAPPERS = [["run"], ["doctor"], ["explain", "root", "INFO"]]


@pytest.mark.parametrize("command", WRAPPERS, ids=lambda command: command[0])
def test_ctrl_c_comes_once(in_terminal, command):
    terminal = in_terminal(
        command,
        """
import signal, time
count = 0
def interrupted(*_):
    global count
    count += 1
signal.signal(signal.SIGINT, interrupted)
print("READY")
while not count:
    time.sleep(0.01)
time.sleep(0.5)
print("count", count)
""",
    )
    terminal.wait_for("READY")
    terminal.type("\x03")
    terminal.wait_for("count 1")
    terminal.wait_for("SHELL: ended with 0")


@pytest.mark.parametrize("command", WRAPPERS, ids=lambda command: command[0])
def test_ctrl_z_stops_wrapper_and_command_and_both_go_on(in_terminal, command):
    terminal = in_terminal(
        command,
        """
import itertools, os, time
print("READY", os.getpid())
while not os.path.exists("enough"):
    time.sleep(0.01)
print("at its end")
""",
    )
    terminal.wait_for("READY ")
    pid = int(terminal.wait_for("\n"))
    terminal.type("\x1a")
    terminal.wait_for("SHELL: stopped")
    until(lambda: "State:\tT" in Path(f"/proc/{pid}/status").read_text())
    Path("enough").touch()
    terminal.type("\n")
    terminal.wait_for("at its end")
    terminal.wait_for("SHELL: ended with 0")


def test_what_is_typed_is_the_command_s(in_terminal):
    terminal = in_terminal(["run"], "print('READY')\nprint('read', input())")
    terminal.wait_for("READY")
    terminal.type("a line\n")
    terminal.wait_for("read a line")
    terminal.wait_for("SHELL: ended with 0")


def test_a_closed_terminal_ends_the_command(in_terminal, own_folder):
    terminal = in_terminal(["run"], "import time; print('READY')\nwhile True: time.sleep(0.01)")
    terminal.wait_for("READY")
    pid = latest_pid()
    terminal.hang_up()
    until(lambda: is_gone(pid))
    until(lambda: latest().status == "Canceled")


# -- doctor and explain ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["doctor", "explain"])
def test_doctor_and_explain_hand_signals_on_and_report_all_the_same(wrapped, own_folder, command):
    process = wrapped(command=command)
    process.send_signal(signal.SIGUSR1)
    assert process.stdout.readline() == "got SIGUSR1\n"
    process.terminate()
    wait_for(process, "got SIGTERM\n")
    (own_folder / "saved").touch()
    _, told = process.communicate()
    assert process.returncode == 0
    assert "runlog" in told


@pytest.mark.parametrize("command", ["doctor", "explain"])
def test_a_program_that_the_signal_ends_leaves_no_process_and_no_folder(wrapped, own_folder, command):
    (own_folder / "temporary").mkdir()
    code = "import os, time; os.write(1, b'on\\n'); os.write(1, f'{os.getpid()}\\n'.encode()); time.sleep(600)"
    process = wrapped(code, command=command, env={"TMPDIR": str(own_folder / "temporary")})
    pid = int(process.stdout.readline())
    process.terminate()
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert not Path(f"/proc/{pid}").exists()
    assert list((own_folder / "temporary").iterdir()) == []


# -- process 1 of a container -------------------------------------------------------------------------------------------


def test_as_process_1_of_a_container_it_hands_signals_on_and_waits_for_what_is_left(wrapped, own_folder):
    shell = f"import subprocess, sys, time; subprocess.Popen([sys.executable, {str(own_folder / 'program.py')!r}]); time.sleep(600)"
    process = wrapped(shell, before=deprived.allowed(deprived.FIRST_PROCESS))
    first = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
    os.kill(first, signal.SIGTERM)
    wait_for(process, "got SIGTERM\n")
    (own_folder / "saved").touch()
    assert process.wait() == 128 + signal.SIGTERM
    assert latest().status == "Canceled"
