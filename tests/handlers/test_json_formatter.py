"""JsonFormatter: one valid JSON object for each record, whatever is in it."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import logging
import pathlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import runlog
from runlog.handlers import JsonFormatter, RunContextFilter


class Untellable:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def record(msg="hello", *args, **extra):
    return logging.getLogger("train").makeRecord(
        "train", logging.INFO, "/code/train.py", 12, msg, args, extra.pop("exc_info", None), "step", extra or None
    )


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def strictly(text):
    return json.loads(text, parse_constant=refuse)


def fields(msg="hello", *args, **extra):
    return strictly(JsonFormatter().format(record(msg, *args, **extra)))


def test_a_line_says_when_where_and_what():
    line = fields("%d rows", 3)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("time"))
    assert line.pop("process") > 0
    assert line == {
        "level": "INFO",
        "logger": "train",
        "message": "3 rows",
        "file": "/code/train.py",
        "line": 12,
        "function": "step",
        "thread": "MainThread",
    }


@given(st.floats(min_value=0, max_value=4e9))
def test_the_time_is_the_records_own_in_utc(created):
    made = record()
    made.created = created
    told = dt.datetime.fromisoformat(strictly(JsonFormatter().format(made))["time"].replace("Z", "+00:00"))
    assert abs(told.timestamp() - created) < 2e-6


def test_extra_fields_keep_their_types():
    line = fields(rows=3, rate=0.5, names=["a", "b"], nested={"deep": None}, done=True)
    assert {name: line[name] for name in ("rows", "rate", "names", "nested", "done")} == {
        "rows": 3,
        "rate": 0.5,
        "names": ["a", "b"],
        "nested": {"deep": None},
        "done": True,
    }


def test_an_extra_field_does_not_take_the_place_of_a_standard_one():
    line = fields(time="noon", level=3)
    assert line["time_"] == "noon"
    assert line["level_"] == 3
    assert line["level"] == "INFO"


def test_inside_a_run_a_line_names_it_without_any_filter(workspace):
    with runlog.start("diabetes") as run:
        run.log("loss", 0.5, step=7)
        line = fields()
    assert (line["run_id"], line["run_name"], line["experiment"]) == (run.id, run.name, "diabetes")
    assert line["run_step"] == 7
    assert "rank" not in line


def test_outside_a_run_there_are_no_run_fields_even_with_the_filter():
    made = record()
    RunContextFilter().filter(made)
    assert not {"run_id", "run_name", "experiment", "run_step", "rank"} & set(strictly(JsonFormatter().format(made)))


def test_the_run_that_a_filter_noted_goes_before_the_current_one(workspace):
    with runlog.start("first") as run:
        made = record()
        RunContextFilter().filter(made)
    with runlog.start("second"):
        assert strictly(JsonFormatter().format(made))["run_id"] == run.id


def test_an_exception_is_text():
    try:
        raise KeyError("lost")
    except KeyError as error:
        line = fields(exc_info=(KeyError, error, error.__traceback__))
    assert line["exception"].startswith("Traceback (most recent call last)")
    assert line["exception"].endswith("KeyError: 'lost'")


def test_a_stack_is_text():
    made = record()
    made.stack_info = "Stack (most recent call last):\n  here"
    assert strictly(JsonFormatter().format(made))["stack"] == "Stack (most recent call last):\n  here"


def test_a_dict_as_message_gives_its_items_as_fields():
    line = fields({"event": "trained", "rows": 3})
    assert line["message"] == "trained"
    assert line["rows"] == 3


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (10**30, 10**30),
        (decimal.Decimal("0.1"), "0.1"),
        (dt.date(2026, 11, 24), "2026-11-24"),
        (pathlib.PurePosixPath("/data"), "/data"),
        ({1: "a", (2, 3): "b"}, {"1": "a", "(2, 3)": "b"}),
        ([float("nan"), {"deep": float("inf")}], ["NaN", {"deep": "Infinity"}]),
        (ValueError("bad"), "ValueError: bad"),
        ("lone \ud800", "lone \ud800"),
    ],
)
def test_values_that_json_has_no_form_for_get_one(value, written):
    assert fields(value=value)["value"] == written


def test_numpy_scalars_are_numbers():
    numpy = pytest.importorskip("numpy")
    line = fields(a=numpy.float32(0.5), b=numpy.int64(3), c=numpy.float64("nan"), d=numpy.bool_(True))
    assert (line["a"], line["b"], line["c"], line["d"]) == (0.5, 3, "NaN", True)


def test_an_integer_too_long_to_print_is_written_in_hexadecimal():
    assert fields(value=1 << 20_000)["value"] == hex(1 << 20_000)


def test_a_loop_ends():
    loop: list[object] = []
    loop.append(loop)
    assert "value" in fields(value=loop)


def test_an_object_that_cannot_be_told_does_not_cost_the_record():
    assert fields("kept", value=Untellable())["message"] == "kept"


def test_a_line_is_one_line_and_encodable_whatever_is_in_it():
    text = JsonFormatter().format(record("a\nb\r\u2028\u2029\u0085\ud800é"))
    assert text.splitlines() == [text]
    assert strictly(text.encode())["message"] == "a\nb\r\u2028\u2029\u0085\ud800é"
    assert "é" in text


def test_arguments_that_do_not_fit_give_a_line_that_says_so():
    line = fields("%d rows", "many", rows=3)
    assert line["message"].startswith("%d rows ('many',) [this record could not be formatted: TypeError")
    assert line["format_error"].startswith("TypeError: ")
    assert line["rows"] == 3


def test_a_message_that_cannot_be_told_gives_a_line_that_says_so():
    assert "RuntimeError" in fields(Untellable())["format_error"]


def test_the_record_is_left_as_it_was():
    made = record({"event": "trained"}, rows=3)
    before = dict(made.__dict__)
    JsonFormatter().format(made)
    assert {**made.__dict__, "message": None} == {**before, "message": None}
    assert made.msg == {"event": "trained"}


def test_fields_may_be_renamed_and_added():
    formatter = JsonFormatter(rename_fields={"message": "@message"}, static_fields={"service": "training"})
    line = strictly(formatter.format(record()))
    assert line["@message"] == "hello"
    assert line["service"] == "training"
    assert "message" not in line


def test_a_format_gives_the_layout_of_python_json_logger():
    line = strictly(JsonFormatter("%(levelname)s %(message)s").format(record(rows=float("nan"))))
    assert line == {"levelname": "INFO", "message": "hello", "rows": "NaN"}


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.complex_numbers(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers() | st.floats() | st.tuples(st.text()), inner)
        | st.tuples(inner)
    ),
    max_leaves=20,
)


@given(st.text(st.characters()), anything)
def test_any_record_is_one_line_of_strict_json(message, value):
    text = JsonFormatter().format(record(message, value=value))
    assert text.splitlines() == [text]
    line = strictly(text.encode())
    assert line["message"] == message
    assert "value" in line
    assert "format_error" not in line
