"""Whether values meet a condition."""

from __future__ import annotations

from decimal import Decimal

import pytest

from runlog.watching.condition import parse_condition
from runlog.watching.judge import Judge, Value

NAN = float("nan")


def met_at(condition, values, writers=None):
    """The index of the value with which a condition is met; None where it is not."""
    judge = Judge(parse_condition(condition))
    for index, value in enumerate(values):
        writer = writers[index] if writers else "w"
        if judge.take(Value("loss", value, index, index, writer)):
            return index
    return None


@pytest.mark.parametrize(
    ("condition", "values", "index"),
    [
        ("loss > 10", [1, 10, 11], 2),
        ("loss >= 10", [1, 10, 11], 1),
        ("loss < 0", [1.5, -0.5], 1),
        ("loss == 1", [0, True], 1),
        ("loss != 1", [1, 1.0, 2], 2),
        ("loss > 10", [10, 9], None),
        ("loss > 10 for 3", [11, 12, 3, 11, 12, 13], 5),
        ("loss > 10 for 3", [11, None, 12, "text", 13], 4),
        ("loss > 10 for 2", [11, NAN, 12], None),
        ("loss is nan", [1, NAN], 1),
        ("loss is nan", [None, "nan", 1], None),
        ("loss is nan for 2", [NAN, 1, NAN, NAN], 3),
        ("loss != 0", [NAN], None),
        ("loss > 10", [2**70], 0),
        ("loss > 10", [Decimal("10.1")], 0),
        ("loss < 10", ["9"], None),
        ("other > 0", [1], None),
    ],
)
def test_the_value_with_which_a_condition_is_met(condition, values, index):
    assert met_at(condition, values) == index


def test_values_in_a_row_are_those_of_one_process():
    assert met_at("loss > 10 for 2", [11, 1, 12], writers=["a", "b", "a"]) == 2
    assert met_at("loss > 10 for 2", [11, 12], writers=["a", "b"]) is None


def test_silence_is_counted_from_the_last_value_or_the_beginning_of_the_attempt():
    judge = Judge(parse_condition("no loss for 10s"))
    second = 1_000_000_000
    assert not judge.is_silent(now=10 * second, since=0)
    assert judge.is_silent(now=11 * second, since=0)
    judge.take(Value("loss", 1, None, 5 * second, "w"))
    assert not judge.is_silent(now=15 * second, since=0)
    assert judge.is_silent(now=16 * second, since=0)
    assert not judge.is_silent(now=16 * second, since=7 * second)
