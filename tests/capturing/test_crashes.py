"""A process that dies of a signal: what ``faulthandler`` says is in the run."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

import runlog

BEGIN = "import faulthandler, os, signal, sys, runlog\n"
START = BEGIN + "run = runlog.start('crash', capture={'faulthandler': True})\n"
CRASH = """
import ctypes
def train():
    ctypes.string_at(0)
train()
"""


def only_run():
    (run,) = runlog.Workspace.from_config().runs()
    return run


@pytest.mark.parametrize(
    ("code", "number", "said"),
    [
        (CRASH, signal.SIGSEGV, "Segmentation fault"),
        ("def train():\n    os.abort()\ntrain()\n", signal.SIGABRT, "Aborted"),
    ],
)
def test_the_traceback_of_a_crash_is_the_last_record_of_its_run(run_script, code, number, said):
    assert run_script(START + code, check=False).returncode == -number
    run = only_run()
    assert run.status == "Crashed"
    *_, record = run.records()
    assert (record.level, record.logger) == ("CRITICAL", "runlog.crash")
    assert record.message.startswith(f"Fatal Python error: {said}")
    assert "in train" in record.message
    assert record.path


@pytest.mark.parametrize("fork", ["", "if os.fork(): os._exit(os.waitpid(-1, 0)[1])\n"], ids=["", "a forked child"])
def test_a_crash_is_in_the_run_and_nowhere_else_where_descriptors_were_closed_and_given_to_others(run_script, fork):
    """Who closes every descriptor, as a daemon does, and opens files that get the numbers."""
    closed = """
import time
from runlog.capturing import crashes
from support.waiting import until
os.closerange(3, 4096)
victims = [os.open(f"victim-{number}", os.O_RDWR | os.O_CREAT) for number in range(900)]
run.log("loss", 0.5)
until(lambda: crashes._files[-1].is_held)
"""
    support = f"sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})\n"
    more = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (1200, 1200))\n"
    run_script(START.replace("run =", more + "run =") + support + fork + closed + CRASH, check=False)
    assert [one.name for one in Path().glob("victim-*") if one.stat().st_size] == []
    *_, record = only_run().records()
    assert "in train" in record.message


def test_a_crash_is_found_by_the_filters_of_records(run_script):
    run_script(START + CRASH, check=False)
    run = only_run()
    assert [one.logger for one in run.records(level="CRITICAL", grep="Segmentation")] == ["runlog.crash"]
    assert list(run.records(grep="nothing of the kind")) == []
    assert list(run.records(logger="train")) == []


def test_the_command_line_and_the_log_files_have_a_crash(run_script, own_folder):
    from click.testing import CliRunner

    from runlog.cli.program import program

    run_script(START + CRASH, check=False)
    run = only_run()
    for command in (["show", run.id], ["logs", run.id], ["logs", "-f", run.id]):
        shown = CliRunner().invoke(program, command)
        assert "Segmentation fault" in shown.output, (command, shown.output)
    (path,) = run.get_all_logs(str(own_folder / "logs"))
    assert "Segmentation fault" in Path(path).read_text()


def test_a_run_that_ends_leaves_no_file_and_faulthandler_off(run_script):
    run_script(START + "assert faulthandler.is_enabled()\nrun.complete()\nassert not faulthandler.is_enabled()\n")
    run = only_run()
    assert run.status == "Completed"
    assert [one for one in run.records() if one.logger == "runlog.crash"] == []
    assert list(Path(".runlog").rglob("*-crash.txt")) == []


def test_a_faulthandler_that_was_enabled_stays_where_it_is(run_script):
    done = run_script(
        BEGIN + "faulthandler.enable()\nrun = runlog.start('crash', capture={'faulthandler': True})\n" + CRASH,
        check=False,
    )
    assert "Segmentation fault" in done.stderr
    assert [one for one in only_run().records() if one.logger == "runlog.crash"] == []


def test_a_faulthandler_that_is_enabled_meanwhile_outlives_the_run(run_script):
    done = run_script(START + "faulthandler.enable()\nrun.complete()\n" + CRASH, check=False)
    assert "Segmentation fault" in done.stderr
    assert only_run().status == "Completed"


def test_of_two_runs_the_newest_open_one_has_the_crash(run_script):
    run_script(
        START + "with runlog.start('inner', capture={'faulthandler': True}): pass\n" + CRASH,
        check=False,
    )
    crashed = {
        run.experiment.name: [one.logger for one in run.records() if one.logger == "runlog.crash"]
        for run in runlog.Workspace.from_config().runs()
    }
    assert crashed == {"crash": ["runlog.crash"], "inner": []}
