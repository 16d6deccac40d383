"""Metrics on the console: one line a second, and only where somebody asked."""

from __future__ import annotations

import gc
import io
import logging
import logging.config

import pytest

from runlog import METRIC
from runlog.handlers import ConsoleHandler
from runlog.handlers.metric_lines import MetricFold
from runlog.handlers.metrics_logger import OFF, metrics_logger


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def metric(step=None, **values):
    return logging.makeLogRecord(
        {"name": "runlog.metrics", "levelno": METRIC, "levelname": "METRIC", "msg": "", "metrics": values, "step": step}
    )


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def console(stream, clock):
    handler = ConsoleHandler(stream, level="INFO", metrics=True, format="%(levelname)s %(message)s")
    handler._fold = MetricFold(clock=clock)
    yield handler
    handler.close()


def log_metric(step=None, **values):
    metrics_logger().log(METRIC, "", extra={"metrics": values, "step": step})


def test_a_fold_has_the_latest_value_of_each_name(clock):
    fold = MetricFold(clock=clock)
    fold.add(metric(loss=0.5, step=1))
    fold.add(metric(lr=0.001, step=1))
    fold.add(metric(loss=0.25, step=2))
    assert fold.take().getMessage() == "step 2: loss=0.25 lr=0.001"


def test_a_fold_begins_anew_after_each_line(clock):
    fold = MetricFold(clock=clock)
    fold.add(metric(loss=0.5))
    fold.take()
    assert fold.take() is None
    fold.add(metric(lr=1.0))
    assert fold.take().getMessage() == "lr=1"


def test_a_fold_is_due_a_second_after_the_last_line(clock):
    fold = MetricFold(clock=clock)
    fold.add(metric(loss=0.5))
    assert fold.due
    fold.take()
    clock.now += 0.9
    fold.add(metric(loss=0.4))
    assert not fold.due
    clock.now += 0.2
    assert fold.due


def test_a_percent_sign_in_a_name_is_no_template(clock):
    fold = MetricFold(clock=clock)
    fold.add(metric(**{"100%d": 1.0}))
    assert fold.take().getMessage() == "100%d=1"


def test_a_console_shows_one_line_a_second(console, stream, clock):
    for step in range(500):
        log_metric(step, loss=1.0 / (step + 1))
        clock.now += 0.01
    assert len(stream.getvalue().splitlines()) == 5


def test_a_console_asked_for_metrics_shows_them_below_its_own_level(console, stream):
    assert console.level == logging.INFO
    log_metric(3, loss=0.5)
    assert stream.getvalue() == "METRIC step 3: loss=0.5\n"


def test_the_last_fold_is_shown_with_the_next_record_after_its_second(console, stream, clock):
    logging.getLogger("train").addHandler(console)
    log_metric(loss=0.5)
    log_metric(loss=0.25)
    logging.getLogger("train").warning("within the second")
    assert "0.25" not in stream.getvalue()
    clock.now += 1.5
    logging.getLogger("train").warning("later")
    assert stream.getvalue().splitlines()[-2:] == ["METRIC loss=0.25", "WARNING later"]


@pytest.mark.parametrize("end", ["flush", "close"])
def test_the_last_fold_is_shown_at_flush_and_close(console, stream, end):
    log_metric(loss=0.5)
    log_metric(loss=0.25)
    getattr(console, end)()
    assert stream.getvalue().splitlines()[-1] == "METRIC loss=0.25"


def test_the_last_fold_is_shown_at_exit_even_after_a_dictconfig_closed_every_handler(run_script):
    shown = run_script("""
        import logging, logging.config, runlog
        from runlog.handlers.metrics_logger import metrics_logger
        console = runlog.ConsoleHandler(metrics=True, format="%(message)s")
        logging.basicConfig(handlers=[console])
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
        logging.warning("go")
        for value in (0.5, 0.25):
            metrics_logger().log(runlog.METRIC, "", extra={"metrics": {"loss": value}, "step": None})
    """).stderr
    assert shown.splitlines() == ["go", "loss=0.5", "loss=0.25"]


def test_metrics_become_no_records_until_somebody_asks():
    logging.getLogger().setLevel(logging.DEBUG)
    assert metrics_logger().level == OFF
    assert not metrics_logger().isEnabledFor(METRIC)


def test_a_console_that_asks_turns_them_on_for_itself_alone(console, heard):
    log_metric(loss=0.5)
    assert metrics_logger().isEnabledFor(METRIC)
    assert heard.records == []


def test_when_the_console_closes_they_are_off_again(console):
    console.close()
    assert metrics_logger().level == OFF
    assert metrics_logger().propagate


def test_a_console_that_is_dropped_without_closing_does_not_linger():
    handler = ConsoleHandler(io.StringIO(), metrics=True)
    del handler
    gc.collect()
    log_metric(loss=0.5)
    assert metrics_logger().handlers == []
    assert metrics_logger().level == OFF


def test_a_level_in_a_configuration_sends_metrics_to_every_handler(heard, stream):
    logging.config.dictConfig(
        {
            "version": 1,
            "incremental": True,
            "loggers": {"runlog.metrics": {"level": "METRIC"}},
        }
    )
    console = ConsoleHandler(stream, format="%(message)s")
    logging.getLogger().addHandler(console)
    log_metric(loss=0.5)
    assert len(heard.records) == 1
    assert stream.getvalue() == "loss=0.5\n"


def test_two_consoles_show_each_metric_once(stream):
    other = io.StringIO()
    first, second = ConsoleHandler(stream, metrics=True), ConsoleHandler(other, metrics=True)
    logging.getLogger().addHandler(first)
    logging.getLogger().addHandler(second)
    log_metric(loss=0.5)
    assert stream.getvalue().count("loss=0.5") == 1
    assert other.getvalue().count("loss=0.5") == 1
    first.close()
    log_metric(loss=0.25)
    second.close()
    assert "loss=0.25" in other.getvalue()
