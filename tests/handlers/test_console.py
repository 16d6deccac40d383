"""ConsoleHandler: what a person sees on a terminal, in a notebook and in a redirected stderr."""

from __future__ import annotations

import io
import logging
import logging.config
import re
import sys

import pytest

from runlog.handlers import ConsoleFormatter, ConsoleHandler


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Notebook(io.StringIO):
    """What a cell's stderr is: no terminal, of a class of ipykernel."""


Notebook.__module__ = "ipykernel.iostream"


@pytest.fixture
def log():
    logger = logging.getLogger("train")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return logger


def shown(log, stream, message="hello", **options):
    handler = ConsoleHandler(stream, **options)
    log.addHandler(handler)
    log.warning(message)
    log.removeHandler(handler)
    return stream.getvalue()


def test_a_line_has_time_level_logger_and_message(log):
    assert re.fullmatch(r"\d\d:\d\d:\d\d WARNING  train: hello\n", shown(log, io.StringIO()))


def test_a_level_hides_what_is_below_it(log):
    stream = io.StringIO()
    log.addHandler(ConsoleHandler(stream, level="INFO"))
    log.debug("too fine")
    log.info("coarse enough")
    assert "coarse enough" in stream.getvalue()
    assert "too fine" not in stream.getvalue()


def test_a_terminal_gets_colours(log, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[33mWARNING" in shown(log, Terminal())


def test_a_notebook_gets_colours(log):
    assert "\x1b[33mWARNING" in shown(log, Notebook())


def test_a_file_gets_no_colours(log):
    assert "\x1b" not in shown(log, io.StringIO())


def test_a_dumb_terminal_gets_no_colours(log, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in shown(log, Terminal())


def test_no_color_goes_before_the_terminal(log, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in shown(log, Terminal())
    assert "\x1b" not in shown(log, Notebook())


def test_an_empty_no_color_counts_as_unset(log, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" in shown(log, Terminal())


def test_force_color_colours_a_file(log, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in shown(log, io.StringIO())


def test_force_color_goes_before_no_color(log, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" in shown(log, io.StringIO())


def test_a_format_of_ones_own_may_use_colours_and_the_run(log, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    text = shown(log, io.StringIO(), format="%(run_id)s %(cyan)s%(message)s", datefmt="%Y")
    assert text == "- \x1b[36mhello\x1b[0m\n"


def test_another_formatter_may_be_set(log):
    stream = io.StringIO()
    handler = ConsoleHandler(stream)
    handler.setFormatter(logging.Formatter("<%(message)s>"))
    log.addHandler(handler)
    log.warning("hello")
    assert stream.getvalue() == "<hello>\n"


def test_stderr_is_looked_up_for_each_record(log, monkeypatch):
    log.addHandler(ConsoleHandler())
    for _ in range(2):
        redirected = io.StringIO()
        monkeypatch.setattr(sys, "stderr", redirected)
        log.warning("hello")
        assert "hello" in redirected.getvalue()


def test_colours_follow_the_stream_of_the_moment(log, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    log.addHandler(ConsoleHandler())
    plain, coloured = io.StringIO(), Terminal()
    for stream in (plain, coloured):
        monkeypatch.setattr(sys, "stderr", stream)
        log.warning("hello")
    assert "\x1b" not in plain.getvalue()
    assert "\x1b" in coloured.getvalue()


def test_a_process_without_stderr_goes_on(log, monkeypatch):
    handler = ConsoleHandler()
    log.addHandler(handler)
    monkeypatch.setattr(sys, "stderr", None)
    log.warning("hello")
    assert handler.dropped == 0


def test_an_exception_follows_its_line_without_colours_in_the_record(log, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream, records = io.StringIO(), []
    log.addHandler(ConsoleHandler(stream))
    log.addFilter(lambda record: not records.append(record))
    try:
        raise KeyError("lost")
    except KeyError:
        log.exception("it failed", stack_info=True)
    text = stream.getvalue()
    assert "KeyError: 'lost'" in text
    assert "Stack (most recent call last)" in text
    assert "\x1b" not in records[0].exc_text


def test_a_character_that_the_stream_has_not_is_escaped(log):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    log.addHandler(ConsoleHandler(stream))
    log.warning("größer \ud800")
    assert b"gr\\xf6\\xdfer \\ud800\n" in raw.getvalue()


def test_arguments_that_do_not_fit_their_template_are_shown_with_the_place(log):
    stream = io.StringIO()
    log.addHandler(ConsoleHandler(stream))
    log.warning("%d rows", "many")
    assert "%d rows ('many',) [this record could not be formatted: TypeError" in stream.getvalue()
    assert __file__ in stream.getvalue()


def test_a_closed_stream_never_raises_and_is_counted(log, monkeypatch):
    complaints = io.StringIO()
    monkeypatch.setattr(sys, "stderr", complaints)
    stream = io.StringIO()
    handler = ConsoleHandler(stream)
    log.addHandler(handler)
    stream.close()
    for _ in range(20):
        log.warning("lost")
    handler.close()
    assert handler.dropped == 20
    assert complaints.getvalue().count("ConsoleHandler could not write a record") == 2  # the 1st and the 10th


def test_complaints_are_silent_where_logging_is_told_not_to_raise(log, monkeypatch):
    complaints, stream = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", complaints)
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler = ConsoleHandler(stream)
    log.addHandler(handler)
    stream.close()
    log.warning("lost")
    assert handler.dropped == 1
    assert complaints.getvalue() == ""


def test_a_closed_stderr_does_not_break_the_program(log, monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    handler = ConsoleHandler()
    log.addHandler(handler)
    log.warning("lost")
    assert handler.dropped == 1


def test_it_works_on_after_a_foreign_dictconfig_closed_it(log):
    stream = io.StringIO()
    log.addHandler(ConsoleHandler(stream))
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    log.warning("still here")
    assert "still here" in stream.getvalue()


def test_dictconfig_takes_handler_and_formatter_by_name(log):
    stream = io.StringIO()
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"colour": {"()": "runlog.handlers.ConsoleFormatter", "fmt": "%(levelname)s|%(message)s"}},
            "handlers": {
                "console": {
                    "class": "runlog.ConsoleHandler",
                    "level": "INFO",
                    "formatter": "colour",
                    "stream": stream,
                    "metrics": False,
                }
            },
            "loggers": {"train": {"handlers": ["console"], "level": "DEBUG", "propagate": False}},
        }
    )
    log.info("hello")
    log.debug("too fine")
    assert stream.getvalue() == "INFO|hello\n"


def test_the_formatter_alone_looks_at_its_own_stream(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    record = logging.makeLogRecord({"levelname": "INFO", "msg": "hello"})
    assert "\x1b" in ConsoleFormatter(stream=Terminal()).format(record)
    assert "\x1b" not in ConsoleFormatter(stream=io.StringIO()).format(record)
    assert "\x1b" not in ConsoleFormatter(stream=Terminal(), no_color=True).format(record)


@pytest.mark.parametrize(
    ("style", "fmt"), [("%", "%(red)s%(message)s"), ("{", "{red}{message}"), ("$", "${red}${message}")]
)
def test_every_style_of_format_works(style, fmt):
    record = logging.makeLogRecord({"levelname": "INFO", "msg": "hello"})
    formatter = ConsoleFormatter(fmt, style=style, force_color=True)
    assert formatter.format(record) == "\x1b[31mhello\x1b[0m"


def test_in_a_real_terminal_the_line_is_coloured(run_script):
    shown = run_script(
        """
        import os, pty, sys
        child, terminal = pty.fork()
        if child == 0:
            import logging, runlog
            logging.basicConfig(level="INFO", handlers=[runlog.ConsoleHandler()])
            logging.getLogger("train").error("hello")
            sys.exit()
        text = b""
        while True:
            try:
                part = os.read(terminal, 1000)
            except OSError:
                break
            if not part:
                break
            text += part
        os.waitpid(child, 0)
        os.close(terminal)
        print(ascii(text.decode()))
        """,
        env={"TERM": "xterm"},
    ).stdout
    assert r"\x1b[31mERROR   \x1b[0m train: hello" in shown
