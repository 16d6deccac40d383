"""Extra fields of any name: what a program and runlog both name is kept apart, wherever records go."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import runlog
from runlog.handlers.run_log import RunLogHandler
from runlog.log_record import Record

NAMES = (
    *("run_id", "run_name", "experiment", "run_step", "rank"),
    *("level", "logger", "time", "exception", "stack", "metrics", "step", "file", "line", "function", "task"),
    *("template", "path", "writer", "attempt", "prologue", "late", "extra", "thread_name", "process_name", "task_name"),
    *(
        "format_error",
        "timestamp",
        "_private",
        "_logger",
        "_runlog_mine",
        "held_back",
        "time_ns",
        "log_color",
    ),
    *("", " ", "a.b", "Ünïcode", "self", "record", "event", "dropped"),
)
"""What others call fields of their own: names of ours, of JsonFormatter's fields, of what is read back, and odd ones."""


@pytest.fixture
def log(workspace) -> logging.Logger:
    logging.getLogger().addHandler(RunLogHandler())
    logger = logging.getLogger("train")
    logger.setLevel(logging.DEBUG)
    return logger


def value_of(name: str) -> str:
    return f"value of {name!r}"


def in_run(log: logging.Logger, extra: dict[str, Any]) -> Record:
    with runlog.start(outputs=False) as run:
        log.info("m", extra=extra)
    [record] = [one for one in run.records(logger="train") if not one.prologue]
    return record


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("filtered", [False, True], ids=["no filter", "RunContextFilter"])
def test_an_extra_field_is_kept_in_the_run_whatever_it_is_called(log, name: str, filtered: bool):
    if filtered:
        logging.getLogger().handlers[-1].addFilter(runlog.RunContextFilter())
    assert in_run(log, {name: value_of(name)}).extra == {name: value_of(name)}


def test_a_field_called_getmessage_takes_no_message_away(log):
    record = in_run(log, {"getMessage": "a field"})
    assert (record.message, record.extra) == ("m", {"getMessage": "a field"})


def test_all_of_them_together_are_kept(log):
    extra = {name: value_of(name) for name in NAMES}
    assert in_run(log, extra).extra == extra


def test_all_run_fields_of_a_program_are_kept_beside_those_of_a_filter(log):
    handler = logging.getLogger().handlers[-1]
    handler.addFilter(runlog.RunContextFilter())
    own = {name: value_of(name) for name in ("run_id", "run_name", "experiment", "run_step", "rank")}
    assert in_run(log, own).extra == own


@pytest.mark.parametrize("name", NAMES)
def test_an_extra_field_is_kept_in_a_json_file_whatever_it_is_called(log, name: str):
    handler = runlog.RotatingFileHandler("lines.jsonl")
    handler.setFormatter(runlog.handlers.JsonFormatter())
    log.addHandler(handler)
    try:
        raise ValueError("no data")
    except ValueError:
        log.exception("m", extra={name: value_of(name)}, stack_info=True)
    handler.close()
    fields = json.loads(Path("lines.jsonl").read_text("utf-8"))
    assert value_of(name) in fields.values()
    assert (fields["level"], fields["logger"], fields["message"]) == ("ERROR", "train", "m")
    assert "ValueError: no data" in fields["exception"]


@pytest.mark.parametrize("name", NAMES)
def test_static_fields_and_a_timestamp_take_no_extra_field_away(log, name: str):
    handler = runlog.RotatingFileHandler("lines.jsonl")
    handler.setFormatter(runlog.handlers.JsonFormatter(static_fields={name: "static"}, timestamp=True))
    log.addHandler(handler)
    log.info("m", extra={name: value_of(name)})
    handler.close()
    fields = json.loads(Path("lines.jsonl").read_text("utf-8"))
    assert value_of(name) in fields.values()
    assert fields[name] == "static" or name == "timestamp"


@pytest.mark.parametrize("name", [one for one in NAMES if one.isidentifier() and one not in {"self", "log_color"}])
def test_an_extra_field_is_what_a_format_shows(log, name: str, capsys):
    handler = runlog.ConsoleHandler(sys.stdout)
    handler.setFormatter(logging.Formatter(f"{{message}} {{{name}}}", style="{"))
    log.addHandler(handler)
    log.info("m", extra={name: value_of(name)})
    assert value_of(name) in capsys.readouterr().out


def test_keys_that_are_no_texts_are_kept_apart(log):
    made = logging.makeLogRecord(
        {"name": "train", "levelno": 20, "msg": "m", 1: "int", "1": "text", None: "none", (2,): 3}
    )
    handler = runlog.RotatingFileHandler("lines.jsonl")
    handler.setFormatter(runlog.handlers.JsonFormatter())
    log.addHandler(handler)
    with runlog.start(outputs=False) as run:
        log.handle(made)
    handler.close()
    [record] = [one for one in run.records(logger="train") if not one.prologue]
    wanted = {"1": "text", "1_": "int", "None": "none", "(2,)": 3}
    assert record.extra == wanted
    assert sorted(json.loads(Path("lines.jsonl").read_text("utf-8")).items() & {*wanted.items()}) != []
    assert {"text", "int", "none"} <= {str(one) for one in json.loads(Path("lines.jsonl").read_text("utf-8")).values()}
    assert [one.record.message for one in runlog.Workspace.from_config().records("int")] == ["m"]


def test_extra_fields_are_in_exports_frames_and_searches_whatever_they_are_called(log, own_folder):
    extra = {name: value_of(name) for name in NAMES}
    record = in_run(log, extra)
    lines = subprocess.run(
        [sys.executable, "-m", "runlog", "logs", "latest", "--json"],
        cwd=own_folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert [json.loads(line)["extra"] for line in lines if "value of" in line] == [extra]
    (found,) = runlog.Workspace.from_config().records('"value of"')
    assert found.record.extra == record.extra == extra
    run = next(iter(runlog.Workspace.from_config().runs()))
    frame = run.records(logger="train").to_pandas()
    assert {f"extra.{name}" for name in NAMES} <= {*frame.columns}
