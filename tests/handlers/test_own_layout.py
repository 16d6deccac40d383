"""Handlers have a layout of their own until a user chooses another, by whichever of logging's ways."""

from __future__ import annotations

import copy
import io
import json
import logging
import logging.config
from logging import basicConfig  # as modules do that were written before anybody thought of runlog
from pathlib import Path

import pytest

from runlog.handlers import ConsoleFormatter, ConsoleHandler, JsonFormatter, RotatingFileHandler, TextFormatter

FORMAT = "%(levelname)s|%(message)s"


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def console(stream):
    return ConsoleHandler(stream)


def said(handler, message="hello"):
    """What a handler makes of a record."""
    return handler.format(logging.getLogger("train").makeRecord("train", 20, "/a.py", 1, message, (), None))


def is_own(handler):
    return said(handler).endswith(" INFO     train: hello") and said(handler)[2] == ":"


def test_a_handler_has_no_formatter_in_the_sense_of_logging(console):
    assert console.formatter is None
    assert RotatingFileHandler("app.log").formatter is None
    assert is_own(console)


@pytest.mark.parametrize("configure", [logging.basicConfig, basicConfig], ids=["by the module", "imported by name"])
class TestBasicConfig:
    def test_a_format_holds(self, configure, console):
        configure(format=FORMAT, handlers=[console, RotatingFileHandler("app.log")], force=True, level="INFO")
        logging.info("hello")
        assert said(console) == "INFO|hello"
        assert Path("app.log").read_text() == "INFO|hello\n"

    @pytest.mark.parametrize(
        ("style", "text"), [("%", FORMAT), ("{", "{levelname}|{message}"), ("$", "$levelname|${message}")]
    )
    def test_a_format_holds_in_each_style(self, configure, console, style, text):
        configure(format=text, style=style, handlers=[console])
        assert said(console) == "INFO|hello"

    @pytest.mark.parametrize("usual", [{}, {"style": "%"}, {"style": "{"}, {"style": "$"}], ids=str)
    def test_without_a_format_the_own_layout_stays(self, configure, console, usual):
        file = RotatingFileHandler("app.log")
        configure(handlers=[console, file], **usual)
        assert is_own(console)
        assert json.loads(said(file))["message"] == "hello"

    @pytest.mark.parametrize("text", [logging.BASIC_FORMAT, str(logging.BASIC_FORMAT + " ")[:-1]])
    def test_the_usual_format_holds_where_it_is_asked_for(self, configure, console, text):
        configure(format=text, handlers=[console])
        assert said(console) == "INFO:train:hello"

    def test_a_format_that_is_none_means_the_bare_message_as_ever(self, configure, console):
        configure(format=None, handlers=[console])
        assert said(console) == "hello"

    def test_datefmt_alone_holds_in_the_own_layout(self, configure, console):
        file, text = RotatingFileHandler("app.log"), RotatingFileHandler("app.txt", format="text")
        configure(datefmt="at %Y", handlers=[console, file, text])
        assert said(console).startswith("at 2")
        assert said(text).startswith("at 2")
        assert json.loads(said(file))["time"].startswith("at 2")

    def test_datefmt_of_the_handler_goes_before(self, configure, stream):
        console = ConsoleHandler(stream, datefmt="on %Y")
        configure(datefmt="at %Y", handlers=[console])
        assert said(console).startswith("on 2")

    def test_a_format_of_the_handler_goes_before(self, configure, stream):
        console = ConsoleHandler(stream, format="<%(message)s>")
        file = RotatingFileHandler("app.log", format="json")
        configure(format=FORMAT, handlers=[console, file])
        assert said(console) == "<hello>"
        assert json.loads(said(file))["message"] == "hello"

    def test_a_formatter_that_was_set_goes_before(self, configure, console):
        console.setFormatter(logging.Formatter("(%(message)s)"))
        configure(format=FORMAT, handlers=[console])
        assert said(console) == "(hello)"

    def test_a_file_of_text_takes_the_format_too(self, configure):
        text = RotatingFileHandler("app.txt", format="text")
        configure(format=FORMAT, handlers=[text])
        assert said(text) == "INFO|hello"

    def test_a_second_call_may_choose_a_format(self, configure, console):
        configure(handlers=[console])
        assert is_own(console)
        configure(format=FORMAT, handlers=[console], force=True)
        assert said(console) == "INFO|hello"

    def test_a_second_call_without_a_format_changes_nothing(self, configure, console):
        configure(format=FORMAT, handlers=[console])
        configure(handlers=[console], force=True)
        assert said(console) == "INFO|hello"

    def test_handlers_of_others_get_the_usual_format(self, configure, console, stream):
        plain = logging.StreamHandler(stream)
        configure(handlers=[console, plain])
        assert said(plain) == "INFO:train:hello"


def test_after_basicconfig_others_can_take_the_own_layout_over(console):
    """As tqdm's logging_redirect_tqdm does, for one."""
    logging.basicConfig(handlers=[console])
    assert isinstance(console.formatter, ConsoleFormatter)


def test_setformatter_none_gives_the_own_layout_back(console):
    console.setFormatter(logging.Formatter(FORMAT))
    assert said(console) == "INFO|hello"
    console.setFormatter(None)
    assert console.formatter is None
    assert is_own(console)


def test_a_formatter_of_the_usual_format_is_one_like_any(console):
    formatter = logging.Formatter(logging.BASIC_FORMAT)
    console.setFormatter(formatter)
    assert console.formatter is formatter
    assert said(console) == "INFO:train:hello"


def test_a_copy_has_a_layout_of_its_own(console):
    logging.basicConfig(handlers=[console])
    other = copy.copy(console)
    other.setFormatter(logging.Formatter(FORMAT))
    assert is_own(console)
    assert said(other) == "INFO|hello"


class Shouting(ConsoleHandler):
    """A subclass with a formatter of its own, as users write them."""

    def __init__(self, stream):
        super().__init__(stream)
        self.setFormatter(logging.Formatter("%(message)s!"))


def test_a_subclass_keeps_the_formatter_that_it_sets(stream):
    handler = Shouting(stream)
    logging.basicConfig(format=FORMAT, handlers=[handler])
    assert said(handler) == "hello!"


def dict_config(handler, formatters=None, **options):
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": formatters or {},
            "handlers": {"one": {"class": handler, **options}},
            "root": {"handlers": ["one"]},
        }
    )
    (made,) = logging.getLogger().handlers
    return made


def test_dictconfig_leaves_the_own_layout_where_it_names_no_formatter(stream):
    assert is_own(dict_config("runlog.ConsoleHandler", stream=stream))
    assert json.loads(said(dict_config("runlog.RotatingFileHandler", filename="a.jsonl")))["logger"] == "train"


@pytest.mark.parametrize("text", [FORMAT, logging.BASIC_FORMAT])
def test_a_formatter_of_dictconfig_holds(stream, text):
    made = dict_config("runlog.ConsoleHandler", {"f": {"format": text}}, stream=stream, formatter="f")
    assert said(made) == logging.Formatter(text).format(
        logging.makeLogRecord({"levelname": "INFO", "name": "train", "msg": "hello"})
    )


def test_a_format_may_be_an_option_of_the_handler_in_dictconfig(stream):
    made = dict_config("runlog.ConsoleHandler", stream=stream, format="{message}.", style="{")
    assert said(made) == "hello."


INI = """
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = line
[logger_root]
level = DEBUG
handlers = console
[handler_console]
class = runlog.ConsoleHandler
args = (sys.stdout,)
{formatter}
[formatter_line]
format = %(levelname)s|%(message)s
"""


@pytest.mark.parametrize("formatter", ["", "formatter = line"])
def test_fileconfig_with_and_without_a_formatter(own_folder, formatter):
    (own_folder / "logging.ini").write_text(INI.format(formatter=formatter))
    logging.config.fileConfig("logging.ini", disable_existing_loggers=False)
    (made,) = logging.getLogger().handlers
    assert (said(made) == "INFO|hello") == bool(formatter)
    assert is_own(made) != bool(formatter)


def test_a_format_that_names_the_run_needs_no_filter(console, workspace):
    import runlog

    logging.basicConfig(format="%(run_id)s %(message)s", handlers=[console])
    assert said(console) == "- hello"
    with runlog.start("named") as run:
        assert said(console) == f"{run.id} hello"


def test_the_field_of_a_filter_goes_before(console):
    console.setFormatter(logging.Formatter("%(run_id)s"))
    assert console.format(logging.makeLogRecord({"run_id": "mine"})) == "mine"


def test_a_file_writes_in_the_format_it_is_given():
    file = RotatingFileHandler("app.log", format="%(asctime)s %(message)s", datefmt="%Y")
    assert isinstance(file.formatter, TextFormatter)
    file.handle(logging.makeLogRecord({"msg": "hello", "created": 0.0}))
    assert Path("app.log").read_text() == "1970 hello\n"


def test_the_kind_of_a_files_lines_may_be_chosen():
    assert isinstance(RotatingFileHandler("app.log", format="json").formatter, JsonFormatter)
    assert said(RotatingFileHandler("app.log", format="text")).endswith("Z INFO     - train: hello")


def test_the_tables_of_logging_are_as_they_were():
    assert [usual for _, usual in logging._STYLES.values()] == [
        "%(levelname)s:%(name)s:%(message)s",
        "{levelname}:{name}:{message}",
        "${levelname}:${name}:${message}",
    ]
    assert {**logging._STYLES}["%"] == (logging.PercentStyle, logging.BASIC_FORMAT)
