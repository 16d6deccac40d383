"""structlog's events in the run, on consoles and in files, with their fields."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pytest
import structlog

import runlog
from runlog.integrations import structlog as integration


@pytest.fixture(autouse=True)
def own_structlog():
    """structlog as it was, afterwards."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def run(workspace):
    logging.basicConfig(level=logging.DEBUG, handlers=runlog.handlers(console=False, file="app.jsonl", run=True))
    with runlog.Experiment(workspace, "structlog").start_logging() as run:
        yield run


def only(run):
    (record,) = run.records()
    return record


def test_an_event_is_a_record_with_its_fields(run):
    integration.configure()
    structlog.get_logger("train").info("batch done", rows=32, device="cpu")
    record = only(run)
    assert (record.message, record.level, record.logger) == ("batch done", "INFO", "train")
    assert record.extra == {"rows": 32, "device": "cpu"}
    assert (Path(record.path).name, record.function) == (
        "test_structlog.py",
        "test_an_event_is_a_record_with_its_fields",
    )


def test_the_place_of_the_call_is_kept_for_loggers_that_were_there_before(run):
    before = logging.Logger("older")
    logging.Logger.manager.loggerDict["older"] = before
    before.parent = logging.getLogger()
    integration.configure()
    structlog.get_logger("older").bind(a=1).warning("here")
    assert only(run).function == "test_the_place_of_the_call_is_kept_for_loggers_that_were_there_before"


def test_a_file_has_the_fields_too(run):
    integration.configure()
    structlog.get_logger("train").info("batch done", rows=32)
    lines = map(json.loads, Path("app.jsonl").read_text(encoding="utf-8").splitlines())
    (line,) = (line for line in lines if line["logger"] != "runlog")
    assert (line["message"], line["rows"], line["run_id"]) == ("batch done", 32, run.id)


def test_levels_of_logging_decide(run):
    integration.configure()
    logging.getLogger("train").setLevel(logging.WARNING)
    structlog.get_logger("train").info("not wanted")
    assert list(run.records()) == []


def test_bound_fields_and_context_variables_are_fields(run):
    integration.configure()
    structlog.contextvars.bind_contextvars(request="r1")
    structlog.get_logger("train").bind(epoch=3).warning("slow")
    assert only(run).extra == {"request": "r1", "epoch": 3}


def test_positional_arguments_stay_arguments(run):
    integration.configure()
    structlog.get_logger("train").info("batch %d of %d", 3, 9)
    record = only(run)
    assert (record.message, record.template, list(record.args)) == ("batch 3 of 9", "batch %d of %d", [3, 9])


def test_a_percent_sign_in_an_event_is_no_format(run):
    integration.configure()
    structlog.get_logger("train").info("100% of %s")
    assert only(run).message == "100% of %s"


def test_an_exception_is_kept_with_its_frames(run):
    integration.configure()
    try:
        {}["missing"]
    except KeyError:
        structlog.get_logger("train").exception("failed", batch=7)
    record = only(run)
    assert (record.level, record.exception.type, record.extra) == ("ERROR", "KeyError", {"batch": 7})
    assert record.exception.frames[-1].function == "test_an_exception_is_kept_with_its_frames"


def test_metrics_of_an_event_are_logged(run):
    integration.configure()
    structlog.get_logger("train").info("epoch", metrics={"loss": 0.5}, step=2)
    assert (run.series("loss").values, run.series("loss").steps) == ([0.5], [2])


@pytest.mark.parametrize("name", ["name", "args", "message", "lineno", "asctime"])
def test_a_field_that_bears_a_records_name_is_kept_under_another(run, name):
    integration.configure()
    structlog.get_logger("train").info("clash", **{name: "mine"})
    assert only(run).extra == {f"{name}_": "mine"}


def test_async_methods_log_to_the_run_they_were_called_in(run, workspace):
    integration.configure()

    async def work():
        with runlog.Experiment(workspace, "structlog").start_logging() as inner:
            await structlog.get_logger("train").ainfo("awaited", rows=1)
        return inner

    inner = asyncio.run(work())
    assert [record.message for record in inner.records()] == ["awaited"]
    assert list(run.records(logger="train")) == []


def test_own_processors_run_before(run):
    def doubled(logger, method, event_dict):
        event_dict["rows"] *= 2
        return event_dict

    integration.configure(doubled)
    structlog.get_logger("train").info("batch", rows=2)
    assert only(run).extra == {"rows": 4}


def test_a_configuration_that_prints_has_its_events_kept_too(run, capsys):
    structlog.configure(
        processors=[integration.add_run, integration.copy_to_logging, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(),
    )
    structlog.get_logger().warning("printed and kept", rows=3)
    printed = json.loads(capsys.readouterr().out)
    assert (printed["event"], printed["rows"], printed["run_id"]) == ("printed and kept", 3, run.id)
    record = only(run)
    assert (record.message, record.level, record.logger, record.extra) == (
        "printed and kept",
        "WARNING",
        "structlog",
        {"rows": 3},
    )
    assert record.function == "test_a_configuration_that_prints_has_its_events_kept_too"


def test_outside_a_run_the_fields_of_the_run_are_dashes():
    assert integration.add_run(None, "info", {"event": "x"}) == {
        "event": "x",
        **dict.fromkeys(("run_id", "run_name", "experiment", "run_step", "rank"), "-"),
    }


def test_records_of_logging_can_be_rendered_by_structlog_on_our_console(run, capsys):
    handler = runlog.ConsoleHandler()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=structlog.processors.KeyValueRenderer()))
    logging.getLogger().addHandler(handler)
    logging.getLogger("plain").warning("from logging")
    assert "event='from logging'" in capsys.readouterr().err
