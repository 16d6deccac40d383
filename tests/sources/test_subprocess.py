"""A command whose output is the run's log."""

from __future__ import annotations

import os
import signal
import sys
import textwrap

import pytest

import runlog
from runlog.errors import WrongTypeError


@pytest.fixture
def run(workspace):
    with runlog.Experiment(workspace, "commands").start_logging(outputs=False, capture_system=False) as started:
        yield started


def python(code):
    return [sys.executable, "-c", textwrap.dedent(code)]


def records(run):
    return list(run.records(logger="runlog.sources.subprocess"))


def test_each_line_is_a_record_with_stream_level_and_pid(run):
    code = runlog.sources.subprocess(
        python("import os, sys; print(os.getpid()); sys.stdout.flush(); print('warned', file=sys.stderr)"), run
    )
    assert code == 0
    first, second, end = records(run)
    assert (first.level, first.extra) == ("INFO", {"pid": int(first.message), "stream": "stdout"})
    assert (second.level, second.message, second.extra["stream"]) == ("WARNING", "warned", "stderr")
    assert (end.message, end.extra["exit_code"]) == ("the command exited with 0", 0)


def test_both_streams_are_in_order_where_one_waits_for_the_other(run):
    """The command waits for each line to be read, which is all that can be told about the order of two pipes."""
    code = """
    import fcntl, struct, sys, termios, time
    def unread(stream):
        return struct.unpack("i", fcntl.ioctl(stream.fileno(), termios.FIONREAD, b"0000"))[0]
    for number in range(50):
        stream = (sys.stdout, sys.stderr)[number % 2]
        print(number, file=stream, flush=True)
        while unread(stream):
            time.sleep(0.0005)
    """
    assert runlog.sources.subprocess(python(code), run) == 0
    assert [record.message for record in records(run)[:-1]] == [str(number) for number in range(50)]


def test_the_exit_code_is_returned_and_recorded(run):
    assert runlog.sources.subprocess(python("raise SystemExit(7)"), run) == 7
    assert (records(run)[-1].level, records(run)[-1].extra["exit_code"]) == ("ERROR", 7)


def test_a_command_that_a_signal_ends_says_which(run):
    assert runlog.sources.subprocess(python("import os; os.kill(os.getpid(), 9)"), run) == -signal.SIGKILL
    assert records(run)[-1].message == "the command was ended by SIGKILL"


def test_a_progress_bar_counts_once(run):
    code = r"import sys; [sys.stderr.write(f'\r{n}%') for n in range(101)]; sys.stderr.write('\n')"
    runlog.sources.subprocess(python(code), run)
    assert [(record.message, record.level) for record in records(run)[:-1]] == [("100%", "INFO")]


def test_much_output_without_a_line_end_is_kept_whole(run):
    runlog.sources.subprocess(python("print('x' * 300_000, end='')"), run)
    assert records(run)[0].message == "x" * 300_000


def test_it_is_shown_as_well_where_asked_for(run, capfdbinary):
    runlog.sources.subprocess(python("print('seen')"), run, show=True)
    assert capfdbinary.readouterr().out == b"seen\n"
    assert records(run)[0].message == "seen"


def test_folder_and_environment_are_those_given(run, own_folder):
    (own_folder / "sub").mkdir()
    code = "import os; print(os.getcwd(), os.environ['X'], 'HOME' in os.environ)"
    runlog.sources.subprocess(python(code), run, cwd=own_folder / "sub", env={"X": "given"})
    assert records(run)[0].message == f"{own_folder / 'sub'} given False"


def test_ctrl_c_ends_the_command_and_all_it_started(start_script):
    process = start_script(
        """
        import sys, runlog
        inner = "import signal; print('inner', flush=True); signal.pause()"
        outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
        with runlog.start("interrupted", capture_system=False) as run:
            print(run.id, flush=True)
            runlog.sources.subprocess([sys.executable, "-c", outer], show=True)
        """
    )
    run_id = process.stdout.readline().strip()
    assert process.stdout.readline() == "inner\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    run = runlog.Workspace.from_config().get_run(run_id)
    assert run.status == "Canceled"
    pid = records(run)[0].extra["pid"]
    assert records(run)[-1].message in ("the command was ended by SIGINT", "the command exited with 1")
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)


def terminated_once_it_is_on(process):
    """The run of a process that is ended by SIGTERM as soon as its command has printed something."""
    run_id = process.stdout.readline().strip()
    assert process.stdout.readline() == "on\n"
    process.terminate()
    process.communicate(timeout=60)
    run = runlog.Workspace.from_config().get_run(run_id)
    assert run.status == "Canceled"
    return run


def test_a_run_that_is_terminated_before_the_command_was_wholly_started_ends_it_all_the_same(start_script):
    process = start_script(
        """
        import sys, threading, time, runlog
        start = threading.Thread.start

        def interrupted_start(thread):
            start(thread)
            if thread.name == "runlog.sources.subprocess":
                time.sleep(60)

        threading.Thread.start = interrupted_start
        with runlog.start("terminated", capture_system=False) as run:
            print(run.id, flush=True)
            runlog.sources.subprocess([sys.executable, "-c", "import signal; print('on', flush=True); signal.pause()"], show=True)
        """
    )
    run = terminated_once_it_is_on(process)
    assert [record.message for record in records(run)] == ["on", "the command was ended by SIGTERM"]


def test_a_terminated_run_ends_its_command(start_script):
    process = start_script(
        """
        import sys, runlog
        with runlog.start("terminated", capture_system=False) as run:
            print(run.id, flush=True)
            runlog.sources.subprocess([sys.executable, "-c", "import signal; print('on', flush=True); signal.pause()"], show=True)
        """
    )
    run = terminated_once_it_is_on(process)
    assert "the command was ended by SIGTERM" in [record.message for record in records(run)]


def test_what_it_leaves_running_does_not_hold_it_up_for_ever(run, monkeypatch):
    monkeypatch.setattr("runlog.sources.command.DRAIN", 0.2)
    left = (
        "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']).pid)"
    )
    assert runlog.sources.subprocess(python(left), run) == 0
    os.kill(int(records(run)[0].message), signal.SIGKILL)


def test_arguments_are_checked(run):
    for wrong in ("ls -l", [], b"ls"):
        with pytest.raises(WrongTypeError, match="command must be a list"):
            runlog.sources.subprocess(wrong, run)
    with pytest.raises(FileNotFoundError):
        runlog.sources.subprocess(["no-such-program"], run)


WRAPS = """
import os, signal, sys, time, runlog
tells = '''
import os, signal, sys, time
def tell(number, frame):
    os.write(1, b"got %d\\\\n" % number)
    if number == signal.SIGTERM:
        while not os.path.exists("saved"):
            time.sleep(0.01)
        os._exit(0)
for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, tell)
os.write(1, b"on\\\\n")
while True:
    time.sleep(0.01)
'''
signal.signal(signal.SIGUSR2, lambda *_: os.write(1, b"mine\\n"))
before = [signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGINT)]
"""


def test_signals_that_the_program_does_not_handle_itself_go_to_the_command(start_script):
    process = start_script(
        WRAPS
        + """
run = runlog.start("wraps", capture_system=False)
code = runlog.sources.subprocess([sys.executable, "-c", tells.replace("SIGUSR2)", "SIGUSR2, signal.SIGINT)")], show=True)
"""
    )
    while process.stdout.readline() != "on\n":
        pass
    process.send_signal(signal.SIGUSR2)
    assert process.stdout.readline() == "mine\n"
    process.send_signal(signal.SIGUSR1)
    assert process.stdout.readline() == f"got {int(signal.SIGUSR1)}\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == f"got {int(signal.SIGINT)}\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == f"got {int(signal.SIGTERM)}\n"
    open("saved", "w").close()
    process.communicate()
    run = runlog.Workspace.from_config().runs()[0]
    assert (run.status, process.returncode) == ("Canceled", -signal.SIGINT)


def test_sigterm_reaches_the_command_before_anything_else_and_it_has_its_time(start_script, own_folder):
    """The run's own end, which copies outputs, waits for nobody and nobody waits for it."""
    process = start_script(
        WRAPS
        + """
run = runlog.start("wraps", outputs="made", capture_system=False)
keep = run._outputs.keep_changed
def keep_changed(recorder):
    while not os.path.exists("copied"):
        time.sleep(0.01)
    keep(recorder)
run._outputs.keep_changed = keep_changed
runlog.sources.subprocess([sys.executable, "-c", tells], show=True, grace=1000)
"""
    )
    while process.stdout.readline() != "on\n":
        pass
    process.terminate()
    assert process.stdout.readline() == f"got {int(signal.SIGTERM)}\n"
    (own_folder / "copied").touch()
    (own_folder / "saved").touch()
    process.communicate()
    assert process.returncode == -signal.SIGTERM
    run = runlog.Workspace.from_config().runs()[0]
    assert run.status == "Canceled"
    assert [record.message for record in records(run)][-1] == "the command exited with 0"


def test_the_end_of_the_run_ends_the_command_after_its_time(start_script):
    process = start_script(
        WRAPS
        + """
import threading
run = runlog.start("wraps", capture_system=False)
def end():
    while not any(record.message == "on" for record in run.records(logger="runlog.sources.subprocess")):
        time.sleep(0.01)
    run.cancel()
threading.Thread(target=end).start()
print(runlog.sources.subprocess([sys.executable, "-c", tells], grace=0.2))
print([signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGINT)] == before)
"""
    )
    assert process.communicate()[0].split() == [str(-signal.SIGKILL), "True"]


def test_in_another_thread_than_the_main_one_no_handler_is_touched(run_script):
    done = run_script(
        WRAPS
        + """
import threading
run = runlog.start("wraps", capture_system=False)
seen = []
def work():
    seen.append(runlog.sources.subprocess([sys.executable, "-c", "print(1)"], run))
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(seen, [signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGINT)] == before)
"""
    )
    assert done.stdout == "[0] True\n"
