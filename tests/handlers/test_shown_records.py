"""No text of a record acts on a terminal, or passes for another record, whatever formats it."""

from __future__ import annotations

import io
import logging
import re
import sys
from pathlib import Path

import colorlog
import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.logging import AccessFormatter, DefaultFormatter

import runlog
from runlog.handlers import ConsoleFormatter, ConsoleHandler, JsonFormatter, RotatingFileHandler, TextFormatter

HARMFUL = {
    "ESC": "\x1b[2J",
    "a colour": "\x1b[31mred\x1b[0m",
    "OSC 52": "\x1b]52;c;cm0gLXJm\x07",
    "CSI of eight bits": "\x9b31m",
    "C1": "\x84\x85\x90\x9c\x9f",
    "BEL": "\x07",
    "BS": "abc\x08\x08\x08",
    "CR": "forged\rline",
    "VT and FF": "\x0b\x0c",
    "NUL and DEL": "\x00\x7f",
    "overrides": "\u202ecod\u202d\u202c",
    "isolates": "\u2066\u2067\u2068\u2069",
    "marks": "\u200e\u200f\u061c",
    "separators": "\u2028\u2029",
    "surrogate": "\ud800",
    "without a look": "\u200b\u2060\ufeff\xad",
    "tags": "\U000e0041",
}
harmful = pytest.mark.parametrize("text", HARMFUL.values(), ids=HARMFUL)
FORGED = "12:00:00 ERROR    bank: all is lost"
ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


def shown(record, **options):
    stream = io.StringIO()
    formatter = options.pop("formatter", None)
    handler = ConsoleHandler(stream, **options)
    if formatter is not None:
        handler.setFormatter(formatter)
    handler.handle(record)
    assert handler.dropped == 0
    return stream.getvalue()


def record(msg="hello", *args, name="train", exc_info=None, stack=None, **extra):
    return logging.getLogger(name).makeRecord(
        name, logging.INFO, "/code/train.py", 12, msg, args, exc_info, "step", extra, stack
    )


def error_of(message, *notes):
    try:
        raise ValueError(message)
    except ValueError as error:
        if notes:
            error.__notes__ = list(notes)
        return type(error), error, error.__traceback__


FORMATTERS = {
    "ours": lambda: None,
    "logging's": lambda: logging.Formatter("%(name)s %(message)s"),
    "ours for files": TextFormatter,
    "colorlog's": lambda: colorlog.ColoredFormatter("%(name)s %(message)s"),
    "uvicorn's": lambda: DefaultFormatter("%(name)s %(message)s", use_colors=False),
}
formatters = pytest.mark.parametrize("formatter", FORMATTERS.values(), ids=FORMATTERS)


@formatters
@harmful
def test_a_message_never_acts_on_the_terminal(formatter, text):
    for made in (record(f"a{text}b"), record("a%sb", text), record("a%sb", Told(text)), record(Told(text))):
        line = shown(made, formatter=formatter())
        assert ACTING.search(line.rstrip("\n").replace("\x1b[0m", "")) is None
        assert repr(text[0])[1:-1].lower() in line.lower() or text.isprintable() or text[0].isprintable()


class Told:
    """An object whose text somebody else chose."""

    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text


@harmful
def test_neither_does_any_other_field(text):
    fields = "%(name)s %(user)s %(threadName)s %(obj)s %(message)s"
    made = record(name=f"lib{text}", user=text, obj=Told(text))
    made.threadName = text
    assert ACTING.search(shown(made, format=fields).rstrip("\n")) is None


@formatters
@harmful
def test_neither_do_tracebacks_and_stacks(formatter, text):
    made = record(exc_info=error_of(text, f"note {text}"), stack=f"Stack\n  {text}")
    assert ACTING.search(shown(made, formatter=formatter()).replace("\x1b[0m", "")) is None


@formatters
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_no_line_of_a_message_passes_for_a_record(formatter, end):
    for made in (
        record(f"ok{end}{FORGED}"),
        record("ok%s%s", end, FORGED),
        record("%s", f"ok{end}{FORGED}"),
        record(Told(f"ok{end}{FORGED}")),
        record("ok", exc_info=error_of(f"bad{end}{FORGED}", FORGED, f"note{end}{FORGED}")),
        record("ok", stack=f"Stack:{end}{FORGED}"),
    ):
        first, *others = shown(made, formatter=formatter()).splitlines()
        assert "ok" in first
        assert FORGED in "".join(others)
        assert [one for one in others if one.startswith((FORGED, "note"))] == []


def test_a_traceback_looks_as_python_prints_it_but_for_what_is_said_in_it():
    def broken():
        try:
            raise KeyError("inner")
        except KeyError as inner:
            raise ValueError(f"bad\n{FORGED}") from inner

    try:
        broken()
    except ValueError as error:
        error.__notes__ = [FORGED, f"see\n{FORGED}"]
        made = record(exc_info=(ValueError, error, error.__traceback__))
    lines = shown(made, format="%(message)s").splitlines()
    at_the_edge = [line for line in lines if line and not line.startswith("  ")]
    assert at_the_edge == [
        "hello",
        "Traceback (most recent call last):",
        "KeyError: 'inner'",
        "The above exception was the direct cause of the following exception:",
        "Traceback (most recent call last):",
        "ValueError: bad",
    ]
    if sys.version_info >= (3, 11):  # which prints notes
        assert lines[-4:] == [f"    {FORGED}", f"    {FORGED}", "    see", f"    {FORGED}"]


def test_a_traceback_that_comes_as_text_is_indented():
    made = record()
    made.exc_text = f"Traceback\nValueError: bad\n{FORGED}"
    assert shown(made, format="%(message)s").splitlines()[1:] == [
        *("    Traceback", "    ValueError: bad", f"    {FORGED}")
    ]


def test_a_logger_or_a_thread_that_is_named_over_two_lines_makes_one():
    made = record(name=f"a\n{FORGED}")
    made.threadName = f"b\n{FORGED}"
    assert len(shown(made, format="%(name)s %(threadName)s %(message)s").splitlines()) == 1


def test_lines_of_a_message_stay_lines():
    assert shown(record("a\n  b\n\nc\n"), format="%(message)s") == "a\n      b\n\n    c\n\n"


def test_lines_of_the_format_are_its_own():
    line = shown(record("a\nb"), format="%(name)s\n%(message)s\n--")
    assert line == "train\na\n    b\n--\n"


@pytest.mark.parametrize("formatter", [None, lambda: colorlog.ColoredFormatter("%(red)s%(message)s")])
def test_own_colours_stay(monkeypatch, formatter):
    monkeypatch.setenv("FORCE_COLOR", "1")
    line = shown(record("a\x1b[35mb"), formatter=formatter and formatter())
    assert "\x1b[3" in line.replace("\x1b[35m", "")
    assert "\x1b[35mb" not in line.partition("a")[2]
    assert "a\\x1b[35mb" in line


@pytest.mark.parametrize(
    "text",
    [
        "größer",
        "日本語\u3000全角",
        "👨\u200d👩\u200d👧 family",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "❤\ufe0f",
        "\ue0b0 powerline",
        "a\tb",
        "\U0001fae0",
    ],
)
def test_what_no_terminal_obeys_is_shown_as_it_is(text):
    assert shown(record(text), format="%(message)s") == f"{text}\n"


def test_the_record_stays_as_it_was_for_others():
    made = record("a\x1b%s", "\x07", user="\x08", exc_info=error_of("\x1b"))
    before = dict(made.__dict__)
    shown(made)
    assert {**made.__dict__, "exc_text": None} == before
    assert "\x1b" in (made.exc_text or "\x1b")


def test_a_formatter_that_reads_the_arguments_gets_them():
    made = record('%s - "%s %s HTTP/%s" %d', "1.2.3.4:5", "GET", "/\x1b[31m\n/forged", "1.1", 200)
    formatter = AccessFormatter('%(client_addr)s "%(request_line)s" %(status_code)s', use_colors=False)
    first, second = shown(made, formatter=formatter).splitlines()
    assert first.startswith('1.2.3.4:5 "GET /')
    assert "\x1b" not in first + second
    assert second.startswith("    /forged")


def test_a_formatter_that_reads_a_mapping_gets_it():
    made = record("%(who)s is %(age)d", {"who": "\x1bada", "age": 36})
    assert shown(made, format="%(message)s") == "\\x1bada is 36\n"


class Braces(logging.LogRecord):
    def getMessage(self):
        return str(self.msg).format(*self.args)


def test_a_record_that_makes_its_message_otherwise_is_no_exception():
    made = Braces("train", 20, "/a.py", 1, "a{:>5}{}", ("\x1b", 3), None)
    assert ACTING.search(shown(made, format="%(message)s").rstrip("\n")) is None


def test_what_only_template_and_arguments_together_make_is_found():
    assert shown(record("%c[2J", 27), format="%(message)s") == "\\x1b[2J\n"


def test_arguments_that_do_not_fit_are_told_without_harm():
    line = shown(record("%d\x1b", "\x07many"))
    assert "could not be formatted" in line
    assert ACTING.search(line.rstrip("\n")) is None


def test_raw_shows_records_as_they_are():
    assert shown(record("a\x1b[31m\nb"), format="%(message)s", raw=True) == "a\x1b[31m\nb\n"


def test_secrets_are_hidden_before_anything_is_written_out():
    runlog.redact(values=["secret\nof two lines"])
    line = shown(record("token secret\nof two lines and \x1b"))
    assert "of two lines" not in line
    assert "\\x1b" in line


def test_json_is_shown_as_it_is():
    line = shown(record("a\nb\x1b"), formatter=JsonFormatter())
    assert '"message":' in line
    assert "a\\nb\\u001b" in line


def test_a_file_of_text_has_no_forged_lines_either():
    handler = RotatingFileHandler("app.log", format="text")
    handler.handle(record(f"ok\n{FORGED}\x1b[2J"))
    first, second = Path("app.log").read_text().splitlines()
    assert first.endswith("train: ok")
    assert second == f"    {FORGED}\\x1b[2J"


def test_a_file_in_a_format_of_ones_own_formatter_has_what_that_makes():
    handler = RotatingFileHandler("app.log")
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.handle(record("a\nb\x1b"))
    assert Path("app.log").read_text() == "a\nb\x1b\n"


def test_a_complaint_does_not_pass_on_what_an_error_says(monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)

    class Broken(logging.Formatter):
        def format(self, record):
            raise RuntimeError(f"\x1b[2J\x07\n{FORGED}")

    handler = ConsoleHandler(io.StringIO())
    handler.setFormatter(Broken())
    handler.handle(record())
    first, *others = told.getvalue().splitlines()
    assert first.startswith("runlog: ConsoleHandler could not write a record")
    assert f"    {FORGED}" in others
    assert ACTING.search(told.getvalue()) is None


@pytest.mark.parametrize("redact", ["0", "1"])
def test_the_last_resort_of_a_run_shows_no_harm(run_script, redact):
    done = run_script(
        """
        import logging, runlog
        with runlog.start("last"):
            logging.getLogger("a").warning("ok\\x1b[2J\\nforged")
            logging.getLogger("a").error("failed", exc_info=ValueError("\\x07\\nforged"))
        """,
        env={"RUNLOG_QUIET": "1", "RUNLOG_REDACT": redact},
    )
    lines = done.stderr.splitlines()
    assert lines[-5:] == ["ok\\x1b[2J", "    forged", "failed", "ValueError: \\x07", "    forged"]


@given(st.text(st.characters()), st.text(st.characters()))
def test_whatever_a_message_says_only_its_first_line_begins_at_the_edge(message, argument):
    for made in (record(message), record("%s", argument), record(message.replace("%", "%%") + "%s", argument)):
        line = shown(made, formatter=ConsoleFormatter("> %(message)s"))
        first, *others = line.removesuffix("\n").split("\n")
        assert first.startswith("> ")
        assert all(one.startswith("    ") or not one for one in others)
        assert ACTING.search(line) is None
