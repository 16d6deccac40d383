"""The language of conditions."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.errors import WrongTypeError, WrongValueError
from runlog.names import normalise
from runlog.watching.condition import (
    OPERATORS,
    Comparison,
    NotANumber,
    Silence,
    parse_condition,
    parse_duration,
)

names = st.text(min_size=1, max_size=20).map(str.strip).filter(bool).map(lambda name: normalise(name).name)
counts = st.integers(1, 999_999_999)
conditions = st.one_of(
    st.builds(Comparison, names, st.sampled_from(sorted(OPERATORS)), st.floats(allow_nan=False), counts),
    st.builds(NotANumber, names, counts),
    st.builds(Silence, names, st.integers(1, 300_000_000).map(float)),
)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("loss > 10", Comparison("loss", ">", 10)),
        ("loss>10", Comparison("loss", ">", 10)),
        ("  val/loss   <=  -1e-3  for 3 ", Comparison("val/loss", "<=", -0.001, 3)),
        ('"a name with blanks" == 0', Comparison("a name with blanks", "==", 0)),
        (r'"a \"quote\" and a \\" != 0', Comparison(r'a "quote" and a \\'[:-1], "!=", 0)),
        ("loss >= inf", Comparison("loss", ">=", math.inf)),
        ("loss is nan", NotANumber("loss")),
        ("loss is nan for 2", NotANumber("loss", 2)),
        ('no "loss" for 10m', Silence("loss", 600)),
        ("no loss for 1.5h", Silence("loss", 5400)),
        ("no no for 1s", Silence("no", 1)),
        ("no > 3", Comparison("no", ">", 3)),
        ("no is nan", NotANumber("no")),
        ("for < 1 for 2", Comparison("for", "<", 1, 2)),
    ],
)
def test_a_condition_is_read(text, condition):
    assert parse_condition(text) == condition


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("", 1, "the name of a metric"),
        ("> 3", 1, "the name of a metric"),
        ('"" > 3', 1, "the name of a metric"),
        ('"loss > 3', 1, "the name of a metric"),
        ("loss", 5, "one of"),
        ("loss = 3", 6, "one of"),
        ("loss 3", 6, "one of"),
        ("loss > ", 8, "a number"),
        ("loss > ten", 8, "a number"),
        ("loss > nan", 8, "is nan"),
        ("loss >> 3", 7, "a number"),
        ("loss is 3", 9, "nan"),
        ("loss > 3 or", 10, "for and a count"),
        ("loss > 3 for", 13, "how many values"),
        ("loss > 3 for 0", 14, "how many values"),
        ("loss > 3 for 10m", 14, "how many values"),
        ("loss > 3 for 2 more", 16, "the end"),
        ("no loss", 8, "for and a duration"),
        ("no loss for 10", 13, "a duration"),
        ("no loss for 0s", 13, "a duration"),
        ("no loss for 10m or so", 17, "the end"),
    ],
)
def test_what_is_no_condition_is_told_by_its_column_and_what_could_stand_there(text, column, expected):
    with pytest.raises(WrongValueError, match=rf"column {column}: .*{re.escape(expected)}"):
        parse_condition(text)


def test_a_condition_is_a_text():
    with pytest.raises(WrongTypeError, match="int"):
        parse_condition(3)


@given(conditions)
def test_a_condition_written_out_reads_as_itself(condition):
    assert parse_condition(str(condition)) == condition


@given(st.text(st.sampled_from('lossnfra "\\<>=!0123.emhdi'), max_size=30))
def test_any_text_is_a_condition_or_is_told_a_column_within_it(text):
    try:
        condition = parse_condition(text)
    except WrongValueError as error:
        column = int(re.search(r", column (\d+): ", str(error))[1])
        assert 1 <= column <= len(text) + 1
    else:
        assert parse_condition(str(condition)) == condition


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("1.5d", 129_600), ("10", None), ("m", None)])
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


def test_a_duration_has_an_end():
    assert parse_duration("9" * 400 + "d") is None
