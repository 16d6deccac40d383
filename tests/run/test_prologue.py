"""Records that belong to no run, and how they become the prologue of the first run that their process starts."""

from __future__ import annotations

import logging

import pytest

import runlog
from runlog import Workspace

SCRIPT = """
import logging, os, sys, runlog
logging.basicConfig(level="DEBUG", handlers=[runlog.RunLogHandler()])
log = logging.getLogger("train")
"""


def messages(run) -> list[tuple[str, bool]]:
    return [(record.message, record.prologue) for record in run.records(logger="train")]


def test_what_was_logged_before_the_first_run_stands_before_its_own_records(run_script, own_folder):
    run_script(
        SCRIPT + "log.info('before')\nwith runlog.start('first'): log.info('within')\nlog.info('between')\n"
        "with runlog.start('second'): log.info('again')\n"
    )
    second, first = Workspace.from_config().runs()
    assert messages(first) == [("before", True), ("within", False)]
    assert messages(second) == [("again", False)]


def test_the_process_keeps_them_too(run_script, own_folder):
    run_script(SCRIPT + "log.info('before')\nwith runlog.start('first'): pass\nlog.info('behind')\n")
    backend = Workspace.from_config().backend
    (process,) = backend.process_ids()
    from runlog.reading.log_filter import LogFilter
    from runlog.reading.log_records import read_records

    kept = [record.message for record in read_records(backend.process_journal(process), LogFilter())]
    assert kept == ["before", "behind"]


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="there is no fork here")
@pytest.mark.parametrize("parent_had_a_run", [True, False])
def test_of_a_forked_child_only_its_own_records_become_its_first_runs(run_script, own_folder, parent_had_a_run):
    run_script(
        SCRIPT
        + f"""
if {parent_had_a_run}:
    runlog.start("parent").complete()
log.info("the parent's")
child = os.fork()
if child == 0:
    log.info("the child's")
    with runlog.start("child") as run:
        log.info("within")
    os._exit(0)
os.waitpid(child, 0)
"""
    )
    (run,) = [run for run in Workspace.from_config().runs() if run.experiment.name == "child"]
    assert messages(run) == [("the child's", True), ("within", False)]


def test_a_process_that_logs_nothing_makes_nothing(run_script, own_folder):
    run_script(SCRIPT)
    assert not (own_folder / ".runlog").exists()


def test_a_configuration_that_cant_be_used_costs_no_record(run_script, own_folder):
    run_script(SCRIPT + "log.info('kept')\n", env={"RUNLOG_URI": "ftp://example.org/x"})
    assert len(Workspace(own_folder).backend.process_ids()) == 1


def test_records_can_be_asked_for_around_a_moment(workspace):
    logging.getLogger().setLevel(logging.DEBUG)
    log = logging.getLogger("train")
    with runlog.start("around") as run:
        for step in range(3):
            run.log("loss", float(step), step=step)
            log.info("step %d", step)
    best = run.series("loss").argmax()
    assert [record.message for record in run.records(around=best, seconds=60)] == ["step 0", "step 1", "step 2"]
    assert [record.message for record in run.records(around=best.time, seconds=60, level="INFO")] != []
    assert list(run.records(around=best.time_ns / 1e9 - 3600, seconds=5)) == []
    (last,) = [record for record in run.records() if record.message == "step 2"]
    assert [record.message for record in run.records(around=last, seconds=0)] == ["step 2"]
    with pytest.raises(runlog.errors.WrongTypeError, match="a moment is"):
        list(run.records(around="yesterday"))
