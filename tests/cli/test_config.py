"""`runlog config`: a configuration of logging is checked before a program meets it."""

from __future__ import annotations

import json

GOOD = "handlers:\n  run: {class: runlog.RunLogHandler, level: DEBUG}\nroot: {level: DEBUG, handlers: [run]}\n"


def test_a_good_file_is_told_with_its_handlers_and_loggers(call, own_folder):
    (own_folder / "logging.yaml").write_text(GOOD, encoding="utf-8")
    done = call("config", "check", "logging.yaml")
    assert "runlog.RunLogHandler" in done.out
    assert [line.split() for line in done.lines if line.startswith("root")] == [["root", "DEBUG", "run"]]


def test_every_fault_of_a_wrong_file_is_told_with_its_line(call, own_folder):
    (own_folder / "logging.yaml").write_text(GOOD.replace("level: DEBUG, h", "levl: DEBUG, h"), encoding="utf-8")
    done = call("config", "check", "logging.yaml")
    assert done.code == 1
    assert "logging.yaml, line 3, column 8: the root logger has no 'levl'; did you mean 'level'?" in done.err


def test_names_levels_and_references_are_told_as_they_are_meant(call, own_folder):
    (own_folder / "logging.yaml").write_text(
        "lists: {all: ['1', 'off']}\n"
        "handlers: {1: {class: ext://runlog.RunLogHandler}, off: {class: logging.NullHandler, level: debug}}\n"
        "loggers: {a: }\nroot: {level: info, handlers: 'cfg://lists.all'}\n",
        encoding="utf-8",
    )
    done = call("config", "check", "logging.yaml")
    assert [line.split() for line in done.lines] == [
        ["handler", "class", "level"],
        ["1", "runlog.RunLogHandler", "-"],
        ["off", "logging.NullHandler", "DEBUG"],
        [],
        ["logger", "level", "handlers"],
        ["a", "-", "-"],
        ["root", "INFO", "cfg://lists.all"],
    ]


def test_the_schema_is_printed_as_json(call):
    assert json.loads(call("config", "schema").out)["title"].startswith("Logging configuration")
