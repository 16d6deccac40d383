"""`runlog run -- COMMAND`."""

from __future__ import annotations

import signal
import sys

import pytest

import runlog


def latest(workspace):
    return workspace.runs()[0]


def lines(run):
    return [record.message for record in run.records(logger="runlog.sources.subprocess")]


@pytest.fixture
def execute(run_script):
    """`execute(*arguments)`: the command line in a process of its own, as it changes how the process ends."""

    def call(*arguments, **options):
        return run_script("from runlog.cli import main\nmain()\n", "run", *arguments, check=False, **options)

    return call


def test_what_the_command_prints_is_shown_and_is_the_runs_log(execute, workspace):
    code = "import sys; print('out'); sys.stdout.flush(); print('err', file=sys.stderr)"
    done = execute("--name", "wrapped", "-e", "shell", "-t", "team=vision", "--", sys.executable, "-c", code)
    assert (done.returncode, done.stdout, "err\n" in done.stderr) == (0, "out\n", True)
    run = latest(workspace)
    assert lines(run) == ["out", "err", "the command exited with 0"]
    assert (run.status, run.experiment_name, run.display_name) == ("Completed", "shell", "wrapped")
    assert run.get_tags() == {"team": "vision"}


@pytest.mark.parametrize(
    ("code", "exit_code"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)]
)
def test_the_exit_code_is_the_commands_and_decides_the_status(execute, workspace, code, exit_code):
    assert execute("--", sys.executable, "-c", code).returncode == exit_code
    run = latest(workspace)
    assert run.status == "Failed"
    assert run.state().error.message in ("the command exited with 3", "the command was ended by SIGKILL")


def test_a_command_that_logs_with_runlog_logs_to_this_run(execute, workspace):
    code = "import runlog\nwith runlog.start('other') as run: run.log('loss', 0.5)"
    assert execute("--", sys.executable, "-c", code).returncode == 0
    assert len(workspace.runs()) == 1
    run = latest(workspace)
    assert (run.status, run.get_metrics()) == ("Completed", {"loss": [0.5]})


def test_options_after_the_command_are_the_commands(execute, workspace):
    done = execute(sys.executable, "-c", "import sys; print(sys.argv[1:])", "--name", "-e", "-h")
    assert done.stdout == "['--name', '-e', '-h']\n"


def test_output_that_is_not_to_be_kept_is_shown(execute, workspace):
    done = execute("--no-output", "--", sys.executable, "-c", "print('shown')")
    assert done.stdout == "shown\n"
    assert lines(latest(workspace)) == ["the command exited with 0"]


def test_a_command_that_does_not_exist_leaves_no_run_and_the_code_that_a_shell_would(execute, workspace, own_folder):
    done = execute("--", "no-such-program")
    assert (done.returncode, "'no-such-program'" in done.stderr) == (127, True)
    (own_folder / "notes.txt").write_text("no program")
    done = execute("--", "./notes.txt")
    assert (done.returncode, "not executable" in done.stderr) == (126, True)
    assert len(workspace.runs()) == 0


def test_a_program_that_the_system_refuses_fails_its_run(execute, workspace, own_folder):
    (own_folder / "broken").write_bytes(b"\x7fELF and no more")
    (own_folder / "broken").chmod(0o755)
    done = execute("--", "./broken")
    assert (done.returncode, latest(workspace).status) == (126, "Failed")


def test_ctrl_c_cancels_the_run(start_script, workspace):
    # In pieces: a signal that comes between the print and one long pause would be noticed after it.
    code = "import time; print('on', flush=True)\nwhile True: time.sleep(0.1)"
    process = start_script("from runlog.cli import main\nmain()\n", "run", "--", sys.executable, "-c", code)
    assert process.stdout.readline() == "on\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    run = latest(workspace)
    assert run.status == "Canceled"
    assert lines(run)[-1] == "the command was ended by SIGINT"


def test_a_workspace_may_be_named(execute, own_folder):
    assert execute("-w", str(own_folder / "elsewhere"), "--", sys.executable, "-c", "").returncode == 0
    assert len(runlog.Workspace(own_folder / "elsewhere").runs()) == 1
