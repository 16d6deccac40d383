"""`runlog.set_level`: another level for a while."""

from __future__ import annotations

import logging

import pytest

import runlog
from runlog.errors import WrongTypeError, WrongValueError
from runlog.handlers import level_overrides
from support.waiting import until


@pytest.fixture
def logger():
    one = logging.getLogger("for.a.while")
    one.setLevel(logging.ERROR)
    yield one
    runlog.set_level("for.a.while", None)
    one.setLevel(logging.NOTSET)


def test_a_level_holds_for_its_time_and_is_put_back_by_a_thread(logger, workspace):
    with runlog.Experiment(workspace, "x").start_logging(outputs=False) as run:
        runlog.set_level("for.a.while", "DEBUG", seconds=0.6)
        until(lambda: len(levels_told_of(run)) == 2)
    assert levels_told_of(run) == ["is DEBUG for 1 s, and was ERROR", "is ERROR again"]
    assert logger.level == logging.ERROR


def levels_told_of(run):
    """What the run says of the logger's level, without what asked for it."""
    begin = "the level of logger 'for.a.while' "
    messages = [record.message for record in run.records(logger="runlog")]
    return [one.removeprefix(begin).partition(":")[0] for one in messages if one.startswith(begin)]


def test_a_level_without_a_time_holds_until_it_is_put_back(logger):
    runlog.set_level("for.a.while", logging.INFO)
    runlog.set_level("for.a.while", "DEBUG")
    assert logger.level == logging.DEBUG
    runlog.set_level("for.a.while", None)
    assert logger.level == logging.ERROR
    runlog.set_level("for.a.while", None)
    assert logger.level == logging.ERROR


def test_what_somebody_else_sets_meanwhile_stays(logger):
    runlog.set_level("for.a.while", "DEBUG", seconds=600)
    logger.setLevel(logging.CRITICAL)
    runlog.set_level("for.a.while", None)
    assert logger.level == logging.CRITICAL


def test_the_current_run_has_records_of_it(logger, workspace):
    with runlog.Experiment(workspace, "x").start_logging(outputs=False) as run:
        runlog.set_level("for.a.while", "DEBUG", seconds=600)
        runlog.set_level("for.a.while", None)
    said = [record.message for record in run.records(logger="runlog")]
    assert [one for one in said if one.startswith("the level of")] == [
        "the level of logger 'for.a.while' is DEBUG for 600 s, and was ERROR: asked for in the process",
        "the level of logger 'for.a.while' is ERROR again: asked for in the process",
    ]


def test_the_root_logger_has_a_name(logger):
    root = logging.getLogger()
    before = root.level
    runlog.set_level("root", "CRITICAL")
    assert root.level == logging.CRITICAL
    runlog.set_level("", None)
    assert root.level == before


def test_a_forked_child_puts_it_back_too(run_script):
    ran = run_script("""
        import logging, os, time, runlog
        with runlog.start("x", outputs=False) as run:
            runlog.set_level("a", "DEBUG", seconds=2)
            if (child := os.fork()) == 0:
                run.log("loss", 1.0)
                end = time.monotonic() + 60
                while logging.getLogger("a").level == logging.DEBUG and time.monotonic() < end:
                    time.sleep(0.05)
                os._exit(logging.getLogger("a").level)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert ran.stdout == "0\n"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [((3, "DEBUG"), WrongTypeError), (("a", "LOUD"), WrongValueError), (("a", "DEBUG", 0), WrongValueError)],
)
def test_a_wrong_call_raises_at_once(arguments, error):
    with pytest.raises(error):
        runlog.set_level(*arguments)
    assert "a" not in level_overrides._overrides
