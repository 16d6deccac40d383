"""TextFormatter: text lines for files."""

from __future__ import annotations

import logging

import pytest

import runlog
from runlog.handlers import TextFormatter


class Untellable:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def record(msg="hello", *args):
    made = logging.makeLogRecord(
        {"name": "train", "levelname": "INFO", "msg": msg, "args": args, "pathname": "/code/train.py", "lineno": 12}
    )
    made.created = 1_795_494_806.123456
    return made


def test_a_line_has_utc_time_level_run_logger_and_message():
    assert TextFormatter().format(record()) == "2026-11-24T04:33:26.123456Z INFO     - train: hello"


def test_inside_a_run_a_format_may_name_it_without_any_filter(workspace):
    with runlog.start("diabetes") as run:
        text = TextFormatter("%(run_id)s %(experiment)s %(run_step)s %(message)s").format(record())
    assert text == f"{run.id} diabetes - hello"


@pytest.mark.parametrize(("style", "fmt"), [("{", "{run_id}|{message}"), ("$", "${run_id}|$message")])
def test_other_styles_know_the_run_too(style, fmt):
    assert TextFormatter(fmt, style=style).format(record()) == "-|hello"


def test_a_date_format_is_obeyed_in_utc():
    assert TextFormatter("%(asctime)s", "%H:%M").format(record()) == "04:33"


@pytest.mark.parametrize("made", [record("%d rows", "many"), record(Untellable()), record("%s", Untellable())])
def test_a_record_that_cannot_be_formatted_gives_a_line_that_says_so(made):
    text = TextFormatter().format(made)
    assert "this record could not be formatted" in text
    assert "logged at /code/train.py:12" in text
    assert text.startswith("2026-11-24T04:33:26.123456Z INFO")


def test_a_field_that_the_record_lacks_gives_a_line_that_says_so():
    text = TextFormatter("%(nowhere)s %(message)s").format(record())
    assert "hello" in text
    assert "nowhere" in text


def test_defaults_fill_fields_that_the_record_lacks():
    assert TextFormatter("%(team)s %(message)s", defaults={"team": "vision"}).format(record()) == "vision hello"
