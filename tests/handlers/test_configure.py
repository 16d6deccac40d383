"""runlog.handlers(...): a set of handlers in one call."""

from __future__ import annotations

import inspect
import io
import json
import logging
import sys
from pathlib import Path

import pytest

import runlog
from runlog import errors


def kinds(*args, **kwargs):
    return [type(handler).__name__ for handler in runlog.handlers(*args, **kwargs)]


def test_without_arguments_there_are_console_and_run():
    console, run = runlog.handlers()
    assert (type(console), console.level) == (runlog.ConsoleHandler, logging.INFO)
    assert (type(run), run.level) == (runlog.RunLogHandler, logging.NOTSET)


def test_each_handler_takes_a_level():
    made = runlog.handlers(console="WARNING", file="debug", run=logging.ERROR)
    assert [handler.level for handler in made] == [logging.WARNING, logging.DEBUG, logging.ERROR]


def test_true_is_the_default_level_and_false_or_none_leaves_out():
    assert kinds(console=True, file=True, run=False) == ["ConsoleHandler", "RotatingFileHandler"]
    assert kinds(console=None, file=None, run=None) == []


def test_a_level_for_the_file_means_the_usual_place():
    (handler,) = runlog.handlers(console=False, file="DEBUG", run=False)
    assert Path(handler.baseFilename) == Path.cwd() / "logs" / "run.jsonl"
    assert (handler.maxBytes, handler.backupCount) == (10_000_000, 5)


@pytest.mark.parametrize("path", ["mine/app.jsonl", Path("mine/app.jsonl")])
def test_another_name_for_the_file_is_its_path(path):
    (handler,) = runlog.handlers(console=False, file=path, run=False)
    assert Path(handler.baseFilename) == Path.cwd() / "mine" / "app.jsonl"


def test_a_mapping_gives_the_handlers_arguments():
    stream = io.StringIO()
    made = runlog.handlers(
        console={"stream": stream, "level": "ERROR"},
        file={"filename": "app.log", "format": "text", "maxBytes": 500, "level": "INFO"},
    )
    assert made[0].stream is stream
    assert made[0].level == logging.ERROR
    assert (made[1].maxBytes, made[1].level) == (500, logging.INFO)


def test_nothing_is_on_disk_before_the_first_record(own_folder):
    runlog.handlers(console="INFO", file="DEBUG", run="DEBUG")
    assert list(own_folder.iterdir()) == []


def test_basicconfig_without_a_format_leaves_them_their_own(workspace, capsys):
    logging.basicConfig(
        level=logging.DEBUG,
        handlers=runlog.handlers(console="INFO", file="DEBUG", run="DEBUG"),
    )
    with runlog.start("diabetes") as run:
        logging.getLogger("train").debug("fine")
        logging.getLogger("train").info("coarse")
    err = capsys.readouterr().err
    assert "INFO     train: coarse" in err
    assert "fine" not in err
    lines = [json.loads(line) for line in Path("logs/run.jsonl").read_text().splitlines()]
    assert [line["message"] for line in lines if line["logger"] == "train"] == ["fine", "coarse"]
    assert lines[-1]["run_id"] == run.id


def test_the_format_of_basicconfig_holds_for_all_of_them(capsys):
    logging.basicConfig(
        level="DEBUG",
        handlers=runlog.handlers(console="INFO", file="app.log", run=None),
        format="%(levelname)s|%(run_id)s|%(message)s",
    )
    logging.getLogger("train").info("coarse")
    assert capsys.readouterr().err == "INFO|-|coarse\n"
    assert Path("app.log").read_text() == "INFO|-|coarse\n"


def test_a_format_in_a_mapping_goes_before_that_of_basicconfig(capsys):
    logging.basicConfig(
        level="DEBUG",
        handlers=runlog.handlers(
            console={"format": "{levelname}={message}", "style": "{"},
            file={"filename": "app.jsonl", "format": "json"},
            run=None,
        ),
        format="%(message)s",
    )
    logging.getLogger("train").info("coarse")
    assert capsys.readouterr().err == "INFO=coarse\n"
    assert json.loads(Path("app.jsonl").read_text())["message"] == "coarse"


def test_a_file_takes_a_format_of_ones_own(capsys):
    (handler,) = runlog.handlers(
        console=None, file={"filename": "a.log", "format": "$asctime $message", "style": "$", "datefmt": "%Y"}, run=None
    )
    handler.handle(logging.makeLogRecord({"msg": "hello", "created": 0.0}))
    assert Path("a.log").read_text() == "1970 hello\n"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"console": "LOUD"}, errors.WrongValueError),
        ({"run": "LOUD"}, errors.WrongValueError),
        ({"console": 1.5}, errors.WrongTypeError),
        ({"file": ["a"]}, errors.WrongTypeError),
        ({"file": ""}, errors.WrongValueError),
        ({"console": {"colour": True}}, errors.WrongTypeError),
        ({"file": {"maxBytes": -1}}, errors.WrongValueError),
        ({"file": {"level": "LOUD"}}, errors.WrongValueError),
        ({"file": {"format": "no field"}}, errors.WrongValueError),
    ],
)
def test_a_wrong_choice_is_refused_at_once(given, error):
    with pytest.raises(error):
        runlog.handlers(**given)


def test_the_function_is_a_package_too():
    from runlog.handlers import ConsoleHandler

    assert ConsoleHandler is runlog.ConsoleHandler
    assert runlog.handlers is sys.modules["runlog.handlers"]
    assert runlog.handlers.ConsoleHandler is ConsoleHandler
    assert {"ConsoleHandler", "RunContextFilter"} <= set(dir(runlog.handlers))
    with pytest.raises(AttributeError, match="NoSuchHandler"):
        runlog.handlers.NoSuchHandler  # noqa: B018


def test_the_package_has_the_functions_signature():
    from runlog.handlers.configure import handlers

    assert inspect.signature(runlog.handlers).parameters == inspect.signature(handlers).parameters


def test_importing_the_package_imports_no_formatter_library(run_script):
    script = """
        import sys, runlog.handlers
        print([name for name in ("colorlog", "pythonjsonlogger", "rich", "logging.handlers") if name in sys.modules])
    """
    assert run_script(script).stdout.strip() == "[]"
