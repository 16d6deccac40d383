"""Metrics as log records: made where somebody asked, by whichever way and whenever, and never kept twice."""

from __future__ import annotations

import io
import logging
import logging.config

import pytest

import runlog
from runlog.handlers.metrics_logger import OFF

LEVELS = {"version": 1, "disable_existing_loggers": False, "loggers": {"runlog.metrics": {"level": "METRIC"}}}


@pytest.fixture
def metrics_logger(monkeypatch):
    logger = logging.getLogger("runlog.metrics")
    logger.setLevel(OFF)
    return logger


def points(heard):
    return [record for record in heard.records if record.name == "runlog.metrics"]


def set_level():
    logging.getLogger("runlog.metrics").setLevel(runlog.METRIC)


def set_level_by_name():
    logging.getLogger("runlog.metrics").setLevel("METRIC")


def set_level_by_dictconfig():
    logging.config.dictConfig(LEVELS)


ASKING = [set_level, set_level_by_name, set_level_by_dictconfig]


def test_nobody_asks_by_default_even_with_root_at_debug(workspace, metrics_logger, heard):
    with runlog.start("silent") as run:
        run.log("loss", 0.5)
        assert run.log is run._recorder().log  # the journal's closure itself
    assert points(heard) == []


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize("before", [True, False], ids=["before the start", "after the start"])
def test_a_level_for_the_logger_of_metrics_makes_records(workspace, metrics_logger, heard, ask, before):
    if before:
        ask()
    with runlog.start("asked") as run:
        if not before:
            ask()
        run.log("loss", 0.5, step=3)
        run.log_metrics({"lr": 0.1, "norm": 2})
    first, second = points(heard)
    assert (first.levelno, first.getMessage(), first.metrics, first.step) == (15, "step 3: loss=0.5", {"loss": 0.5}, 3)
    assert (second.getMessage(), second.metrics, second.step) == ("lr=0.1 norm=2", {"lr": 0.1, "norm": 2}, None)
    assert run.get_metrics() == {"loss": [0.5], "lr": [0.1], "norm": [2]}


def test_such_a_record_names_the_line_that_logged(workspace, metrics_logger, heard):
    set_level()
    with runlog.start("place") as run:
        run.log("loss", 0.5)
        run.log_metrics({"loss": 0.25})
    assert {(record.funcName, record.filename) for record in points(heard)} == {
        ("test_such_a_record_names_the_line_that_logged", "test_metric_records.py")
    }


def test_the_run_keeps_the_point_and_not_the_record(workspace, metrics_logger):
    logging.getLogger().setLevel(logging.DEBUG)
    set_level()
    with runlog.start("once") as run:
        run.log("loss", 0.5)
    assert list(run.records()) == []
    assert run.get_metrics() == {"loss": [0.5]}


def test_a_level_taken_back_gives_the_short_way_back(workspace, metrics_logger, heard):
    with runlog.start("back") as run:
        set_level()
        run.log("loss", 0.5)
        metrics_logger.setLevel(OFF)
        run.log("loss", 0.25)
        assert run.log is run._recorder().log
    assert [record.getMessage() for record in points(heard)] == ["loss=0.5"]


def test_a_guest_follows_the_level_too(workspace, metrics_logger, heard):
    runlog.start("ended").complete()
    guest = runlog.Run(workspace.runs()[0].experiment, workspace.runs()[0].id)
    guest.log("loss", 0.5)
    set_level()
    guest.log("loss", 0.25)
    assert [record.getMessage() for record in points(heard)] == ["loss=0.25"]


def test_a_console_that_asks_shows_them_on_one_line_a_second(workspace, metrics_logger):
    shown = io.StringIO()
    console = runlog.ConsoleHandler(shown, level="WARNING", metrics=True)
    logging.getLogger().addHandler(console)
    with runlog.start("shown") as run:
        for step in range(1000):
            run.log("loss", 1 / (step + 1), step=step)
    console.close()
    lines = shown.getvalue().splitlines()
    assert 1 <= len(lines) <= 10
    assert lines[-1].endswith("step 999: loss=0.001")
    assert run.get_metrics()["loss"][-1] == 0.001


def test_a_wrong_value_makes_no_record(workspace, metrics_logger, heard):
    set_level()
    with runlog.start("wrong") as run, pytest.raises(runlog.errors.WrongTypeError):
        run.log("loss", [0.5])
    assert points(heard) == []
