"""Our handlers where the standard library's are expected: by `fileConfig`, `dictConfig`, `basicConfig`, and by argument names."""

from __future__ import annotations

import inspect
import io
import json
import logging
import logging.config
import logging.handlers

import pytest

import runlog
from runlog.handlers import ConsoleHandler, RotatingFileHandler

INI = """
[loggers]
keys = root, train
[handlers]
keys = console, file, run
[formatters]
keys = line
[logger_root]
level = DEBUG
handlers = console, file, run
[logger_train]
level = INFO
qualname = train
handlers =
[handler_console]
class = runlog.ConsoleHandler
level = WARNING
formatter = line
args = (sys.stdout,)
[handler_file]
class = runlog.RotatingFileHandler
args = ("logs/app.jsonl", "a", 1000000, 3)
kwargs = {"when": "midnight"}
[handler_run]
class = runlog.RunLogHandler
args = ()
[formatter_line]
class = runlog.handlers.ConsoleFormatter
format = %(run_name)s %(levelname)s %(message)s
"""


def log_some():
    log = logging.getLogger("train")
    with runlog.start("configured", display_name="ridge") as run:
        log.debug("too low")
        log.info("kept")
        log.warning("shown")
    return run


def check(run, out: str, folder):
    assert [record.message for record in run.records(logger="train")] == ["kept", "shown"]
    assert out.splitlines() == ["ridge WARNING shown"]
    lines = [json.loads(line) for line in (folder / "logs" / "app.jsonl").read_text().splitlines()]
    assert [(line["message"], line["run_id"]) for line in lines if line["logger"] == "train"] == [
        ("kept", run.id),
        ("shown", run.id),
    ]


def test_fileconfig_takes_our_classes_by_name(own_folder, capsys):
    (own_folder / "logging.ini").write_text(INI)
    logging.config.fileConfig("logging.ini", disable_existing_loggers=False)
    run = log_some()
    check(run, capsys.readouterr().out, own_folder)


def test_dictconfig_takes_our_classes_by_name(own_folder, capsys):
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"run": {"()": "runlog.RunContextFilter"}},
            "formatters": {"line": {"format": "%(run_name)s %(levelname)s %(message)s"}},
            "handlers": {
                "console": {
                    "class": "runlog.ConsoleHandler",
                    "level": "WARNING",
                    "filters": ["run"],
                    "formatter": "line",
                    "stream": "ext://sys.stdout",
                },
                "file": {"class": "runlog.RotatingFileHandler", "filename": "logs/app.jsonl", "maxBytes": 10_000_000},
                "run": {"class": "runlog.RunLogHandler", "level": "DEBUG"},
            },
            "loggers": {"train": {"level": "INFO"}},
            "root": {"level": "DEBUG", "handlers": ["console", "file", "run"]},
        }
    )
    run = log_some()
    check(run, capsys.readouterr().out, own_folder)


def test_an_incremental_configuration_changes_their_levels(own_folder):
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"run": {"class": "runlog.RunLogHandler"}},
            "root": {"level": "DEBUG", "handlers": ["run"]},
        }
    )
    logging.config.dictConfig({"version": 1, "incremental": True, "handlers": {"run": {"level": "ERROR"}}})
    with runlog.start("incremental") as run:
        logging.getLogger("train").warning("too low")
        logging.getLogger("train").error("kept")
    assert [record.message for record in run.records(logger="train")] == ["kept"]


def test_basicconfig_takes_them_beside_the_standard_librarys(own_folder):
    shown = io.StringIO()
    others = [logging.StreamHandler(shown), *runlog.handlers(console=None, file="DEBUG")]
    logging.basicConfig(level=logging.DEBUG, handlers=others, format="%(levelname)s:%(message)s", force=True)
    with runlog.start("beside") as run:
        logging.getLogger("train").debug("everywhere")
    assert "DEBUG:everywhere" in shown.getvalue().splitlines()
    assert "DEBUG:everywhere" in (own_folder / "logs" / "run.jsonl").read_text().splitlines()
    assert [record.message for record in run.records(logger="train")] == ["everywhere"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (RotatingFileHandler, logging.handlers.RotatingFileHandler),
        (ConsoleHandler, logging.StreamHandler),
        (runlog.RunLogHandler, logging.Handler),
    ],
)
def test_arguments_have_the_names_and_the_order_of_the_class_it_stands_for(ours, theirs):
    expected = list(inspect.signature(theirs.__init__).parameters)[1:]
    mine = inspect.signature(ours.__init__).parameters
    assert list(mine)[1 : len(expected) + 1] == expected
    assert issubclass(ours, theirs)


def test_the_rotating_handler_knows_the_timed_ones_arguments():
    theirs = inspect.signature(logging.handlers.TimedRotatingFileHandler.__init__).parameters
    mine = inspect.signature(RotatingFileHandler.__init__).parameters
    assert set(theirs) - set(mine) == {"atTime"}


def test_setstream_works_as_for_a_streamhandler():
    first, second = io.StringIO(), io.StringIO()
    handler = ConsoleHandler(first, format="%(message)s")
    assert handler.setStream(second) is first
    handler.handle(logging.makeLogRecord({"msg": "to the second"}))
    assert (first.getvalue(), second.getvalue()) == ("", "to the second\n")
    assert handler.setStream(second) is None


@pytest.mark.parametrize("make", [runlog.RunLogHandler, ConsoleHandler, lambda: RotatingFileHandler("app.log")])
def test_names_levels_and_filters_are_those_of_any_handler(make):
    handler = make()
    handler.set_name("mine")
    assert logging._handlers["mine"] is handler
    handler.setLevel("WARNING")
    handler.addFilter(lambda record: False)
    assert not handler.handle(logging.makeLogRecord({"msg": "filtered", "levelno": logging.ERROR}))
    handler.close()
    assert "mine" not in logging._handlers
