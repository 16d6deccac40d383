"""`runlog doctor -- PROGRAM` and `runlog explain ... -- PROGRAM`, where the program is several processes."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

import runlog
from support.waiting import until

METHODS = ["fork", "spawn", "forkserver"]
WORKERS = """
import logging, multiprocessing, sys
def loud():
    logging.getLogger("w").setLevel("DEBUG")
    logging.basicConfig(level="DEBUG", force=True)
def quiet():
    logging.getLogger("w").setLevel("ERROR")
if __name__ == "__main__":
    logging.basicConfig(level="INFO")
    context = multiprocessing.get_context(sys.argv[1])
    for work in (loud, loud, quiet):
        process = context.Process(target=work)
        process.start()
        process.join()
"""


@pytest.fixture
def diagnosed(own_folder, run_command):
    """`diagnosed(code, *arguments, command=)`: what `runlog doctor`, or another command, said of a program."""

    def run(code, *arguments, command=("doctor",), env=None):
        (own_folder / "program.py").write_text(code)
        return run_command(*command, "--", sys.executable, "program.py", *arguments, env=env)

    return run


EXPLAIN = ("explain", "w", "DEBUG")


def without_numbers(text):
    return re.sub(r"process \d+", "process N", text)


@pytest.mark.parametrize("method", METHODS)
def test_explain_answers_for_the_program_as_a_whole_and_then_says_which_process_is_which(diagnosed, method):
    done = diagnosed(WORKERS, method, command=EXPLAIN)
    assert done.returncode == 0, done.stderr
    name = {"fork": "Fork", "spawn": "Spawn", "forkserver": "ForkServer"}[method] + "Process"
    whole, main, loud, quiet = without_numbers(done.stderr).strip().split("\n\n")
    assert whole.splitlines() == [
        "w DEBUG -> in the program as a whole:",
        "  run log: NO in the program and 3 processes that it started",
        "  console: NO in the program and a process that it started; yes in 2 processes that it started",
    ]
    assert re.match(rf"in the program \(.*program.py {method}, process N\):\nw DEBUG -> ", main)
    started = f"in 2 processes that it started ({name}-1, process N; {name}-2, process N):"
    assert loud.splitlines()[0] == started
    assert loud.splitlines()[-1] == "w DEBUG -> console: yes"
    assert quiet.startswith(f"in a process that it started ({name}-3, process N):\n")
    assert "logger 'w' has level ERROR" in quiet


@pytest.mark.parametrize("method", METHODS)
def test_doctor_calls_the_process_that_was_started_the_program(diagnosed, method):
    done = diagnosed(WORKERS, method)
    told = [line for line in without_numbers(done.stderr).splitlines() if line.startswith("logging was configured")]
    assert re.fullmatch(rf"logging was configured in the program \(.* {method}, process N\) by:", told[0])
    assert [line.partition(" (")[0].removeprefix("logging was configured in ") for line in told[1:]] == [
        "2 processes that it started",
        "a process that it started",
    ]
    assert done.stderr.index("program.py, line 9") < done.stderr.index("program.py, line 4")


def test_processes_that_agree_are_told_of_once(diagnosed):
    code = "import os, logging\nlogging.basicConfig(level='DEBUG')\nif os.fork(): os.wait()\n"
    done = diagnosed(code, command=EXPLAIN)
    assert done.stderr.count("console: yes") == 1
    assert "as a whole" not in done.stderr


def test_a_process_of_multiprocessing_itself_is_none_of_the_program_s(diagnosed):
    """The tracker of resources would answer that no run is open and nothing is configured."""
    code = (
        "import logging\nfrom multiprocessing import resource_tracker\n"
        "resource_tracker.ensure_running()\nlogging.basicConfig(level='DEBUG')\n"
    )
    done = diagnosed(code, command=EXPLAIN)
    assert (done.stderr.count("w DEBUG -> console"), "as a whole" in done.stderr) == (1, False)


def test_a_program_behind_a_shell_is_still_the_program(own_folder, run_command):
    (own_folder / "inner.py").write_text("import logging\nlogging.getLogger('w').setLevel('ERROR')\n")
    done = run_command("doctor", "--", "sh", "-c", f"{sys.executable} inner.py; true")
    assert "logging was configured in the program by:\n  inner.py, line 2: level of w is ERROR" in done.stderr


def test_what_a_program_did_before_it_replaced_itself_is_no_part_of_it(diagnosed):
    code = (
        "import logging, os, sys\nlogging.getLogger(f'argument{len(sys.argv)}').setLevel(10)\n"
        "if len(sys.argv) == 1: os.execv(sys.executable, [sys.executable, *sys.argv, 'again'])\n"
    )
    done = diagnosed(code)
    assert ("level of argument2" in done.stderr, "level of argument1" in done.stderr) == (True, False)


def test_a_killed_process_is_named_and_the_others_are_explained(diagnosed):
    code = WORKERS.replace("def quiet():", "def quiet():\n    import os; os.kill(os.getpid(), 9)\ndef nothing():")
    done = diagnosed(code, "spawn", command=EXPLAIN)
    last = without_numbers(done.stderr).strip().splitlines()[-1]
    assert re.fullmatch(
        r"runlog: a process that it started \(\S*python\S* .*, process N\) could not be asked: killed, .*", last
    )
    assert "w DEBUG -> console: yes" in done.stderr


def test_json_says_which_process_is_which(diagnosed):
    done = diagnosed(WORKERS, "spawn", command=("doctor", "--json"))
    main, *others = json.loads(done.stderr)["processes"]
    assert [one["name"] for one in others] == [f"SpawnProcess-{number}" for number in (1, 2, 3)]
    assert {one["parent"] for one in others} == {main["pid"]}


OUTLIVES = """
import logging, os, sys, time
if os.fork():
    os._exit(0)
os.close(1), os.close(2)
errors = open("errors", "w", buffering=1)
sys.stderr = errors
while not os.path.exists("go on"):
    time.sleep(0.01)
logging.getLogger("late").setLevel("ERROR")
open("went on", "w").close()
"""


@pytest.mark.parametrize("command", [("doctor",), EXPLAIN], ids=lambda command: command[0])
def test_a_process_that_outlives_the_program_meets_no_fault_and_leaves_no_file(diagnosed, own_folder, command):
    (own_folder / "temporary").mkdir()
    at_end = "import atexit\natexit.register(lambda: open('at its end', 'w').close())\n"
    done = diagnosed(at_end + OUTLIVES, command=command, env={"TMPDIR": str(own_folder / "temporary")})
    assert (done.returncode, os.listdir("temporary")) == (0, [])
    (own_folder / "go on").touch()
    until(lambda: Path("went on").exists() and Path("at its end").exists())
    assert Path("errors").read_text() == ""
    assert os.listdir("temporary") == []


WAITS = "import os, time\nos.write(1, b'on\\n')\ntime.sleep(600)\n"
SERVES = """
import os, signal, time
ended = []
before = signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
os.write(1, b"on\\n")
while not ended:
    time.sleep(0.01)
signal.signal(signal.SIGTERM, before)
signal.raise_signal(signal.SIGTERM)
"""
"""As servers do: a handler for as long as it serves, and then the signal once more."""


@pytest.mark.parametrize("program", [WAITS, SERVES], ids=["nobody handles it", "a server"])
def test_a_program_that_sigterm_ends_is_explained(start_script, own_folder, program):
    (own_folder / "program.py").write_text(f"import logging\nlogging.basicConfig(level='DEBUG')\n{program}")
    wrapper = start_script(
        "from runlog.cli import main\nmain()\n", *EXPLAIN, "--", sys.executable, str(own_folder / "program.py")
    )
    assert wrapper.stdout.readline() == "on\n"
    wrapper.terminate()
    _, told = wrapper.communicate()
    assert wrapper.returncode == 128 + signal.SIGTERM
    assert "w DEBUG -> console: yes" in told


def test_a_forked_child_of_a_watched_program_has_the_signal_as_the_system_does(diagnosed):
    code = """
import os, signal
if (child := os.fork()) == 0:
    print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, flush=True)
    signal.raise_signal(signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""
    assert diagnosed(code).stdout.splitlines() == ["True", str(-signal.SIGTERM), "set()"]


def test_a_run_in_a_watched_program_is_canceled_by_sigterm(start_script, own_folder):
    (own_folder / "program.py").write_text(f"import runlog\nrunlog.start('e', capture_system=False)\n{WAITS}")
    wrapper = start_script(
        "from runlog.cli import main\nmain()\n", *EXPLAIN, "--", sys.executable, str(own_folder / "program.py")
    )
    assert wrapper.stdout.readline() == "on\n"
    wrapper.terminate()
    _, told = wrapper.communicate()
    assert wrapper.returncode == 128 + signal.SIGTERM
    assert "w DEBUG -> run log: " in told
    assert [run.status for run in runlog.Workspace.from_config().runs()] == ["Canceled"]


def test_ctrl_c_waits_for_the_reports_of_workers(start_script, own_folder):
    (own_folder / "program.py").write_text(
        """
import logging, multiprocessing, os, time
def work():
    logging.getLogger("w").setLevel("ERROR")
    open("on", "w").close()
    try:
        time.sleep(600)
    except KeyboardInterrupt:
        time.sleep(0.3)
if __name__ == "__main__":
    logging.basicConfig()
    process = multiprocessing.get_context("spawn").Process(target=work, daemon=True)
    process.start()
    try:
        process.join()
    except KeyboardInterrupt:
        multiprocessing.process._children.clear()
"""
    )
    wrapper = start_script(
        "from runlog.cli import main\nmain()\n", *EXPLAIN, "--", sys.executable, str(own_folder / "program.py")
    )
    until(Path("on").exists)
    wrapper.send_signal(signal.SIGINT)
    _, told = wrapper.communicate()
    assert "report ends here" not in told
    assert "Exception ignored" not in told
    assert "in a process that it started (SpawnProcess-1" in told
