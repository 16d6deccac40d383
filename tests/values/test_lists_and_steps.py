"""What `run.log_list` takes and keeps, and what a step may be."""

from __future__ import annotations

import enum
import math
from array import array
from collections import deque
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.errors import WrongTypeError, WrongValueError
from runlog.values import convert_list, convert_step, decode_cell

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.decimals(allow_nan=False),
    st.fractions(),
    st.datetimes(timezones=st.none() | st.just(timezone.utc)),
    st.dates(),
    st.times(),
    st.timedeltas(),
)


def through_the_journal(cells):
    return [decode_cell(cell) for cell in msgspec.msgpack.decode(msgspec.msgpack.encode(cells))]


def identity_of(value):
    """Tells values apart where == does not: types, zeros, not-a-numbers, trailing zeros of decimals."""
    if isinstance(value, float):
        return float, np.float64(value).tobytes()
    return type(value), value.as_tuple() if isinstance(value, Decimal) else value


@given(st.lists(SCALARS))
def test_values_of_a_list_come_back_each_with_its_type(values):
    read = through_the_journal(convert_list("n", values))
    assert [identity_of(value) for value in read] == [identity_of(value) for value in values]


@pytest.mark.parametrize(
    "values",
    [
        (0, 1, 1, 2),
        range(4),
        deque([1, 2]),
        {1: "a"}.keys(),
        {5},
        array("d", [0.5, 1.5]),
        [],
    ],
    ids=lambda values: type(values).__name__,
)
def test_any_iterable_is_a_list(values):
    assert convert_list("n", values) == list(values)


def test_a_generator_is_read_to_its_end():
    assert convert_list("n", (n * n for n in range(4))) == [0, 1, 4, 9]


def test_what_the_callers_generator_raises_passes_through():
    def broken():
        yield 1
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        convert_list("n", broken())


def test_the_callers_list_is_copied():
    mine = [1.0, 2.0]
    kept = convert_list("n", mine)
    mine.append(3.0)
    assert kept == [1.0, 2.0]


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint64", "float16", "float32", "float64", "bool"])
def test_a_numpy_array_becomes_pythons_values(dtype):
    kept = convert_list("n", np.array([0, 1], dtype=dtype))
    assert kept == [0, 1]
    assert {type(value) for value in kept} == {type(np.zeros((), dtype).item())}


def test_a_numpy_array_of_texts_becomes_texts():
    assert convert_list("n", np.array(["a", "bc"])) == ["a", "bc"]


def test_a_numpy_array_of_moments_keeps_its_nanoseconds():
    kept = convert_list("n", np.array(["2026-01-02T03:04:05.000000006", "NaT"], dtype="M8[ns]"))
    assert kept == [{"$": "datetime", "v": "2026-01-02T03:04:05.000000006"}, None]


def test_a_numpy_array_of_longdoubles_comes_back_exactly():
    values = np.array([1, 2], dtype=np.longdouble) / 3
    assert through_the_journal(convert_list("n", values)) == list(values)


def test_masked_elements_are_gaps():
    assert convert_list("n", np.ma.array([1.0, 2.0], mask=[True, False])) == [None, 2.0]


def test_a_series_becomes_its_values_with_gaps_for_what_is_missing():
    assert convert_list("n", pd.Series([1, None], dtype="Int64")) == [1, None]
    moments = pd.Series([pd.Timestamp("2026-01-02"), pd.NaT])
    assert through_the_journal(convert_list("n", moments)) == [datetime(2026, 1, 2), None]  # noqa: DTZ001


def test_a_torch_tensor_of_one_dimension_becomes_its_values():
    torch = pytest.importorskip("torch")
    assert convert_list("n", torch.tensor([0.5, 1.5], requires_grad=True)) == [0.5, 1.5]


def test_elements_may_be_arrays_with_one_element_and_members_of_enumerations():
    assert convert_list("n", [np.array([5]), np.float32(0.5), enum.Enum("E", {"A": "a"}).A]) == [5, 0.5, "a"]


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("abc", r"\[value\]"),
        (np.str_("abc"), r"\[value\]"),
        (b"abc", r"\[value\]"),
        ({"a": 1}, r"run\.log_row"),
        (5, r"run\.log for one value"),
        (None, r"run\.log for one value"),
        (np.float64(5), r"run\.log for one value"),
        (np.array(5), r"run\.log for one value"),
        (np.zeros((2, 2)), r"run\.log_table"),
        (np.zeros((0, 2)), r"run\.log_table"),
        (pd.DataFrame({"a": [1]}), r"run\.log_table"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_list_is_refused_with_the_call_to_use(value, remedy):
    with pytest.raises(WrongTypeError, match=rf"run\.log_list\('n'\) takes .*{remedy}"):
        convert_list("n", value)


@pytest.mark.parametrize("wrong", [[1], b"x", {}, 1j, object()], ids=lambda wrong: type(wrong).__name__)
def test_an_element_that_is_no_scalar_is_refused_with_its_place(wrong):
    with pytest.raises(WrongTypeError, match="element 2"):
        convert_list("n", [1, "a", wrong, 4])


class Epoch(int):
    """An integer of the caller's own."""


@given(st.none() | st.integers(-(2**63), 2**63 - 1))
def test_a_step_is_a_64_bit_integer_or_absent(step):
    assert convert_step(step) == step


@pytest.mark.parametrize(
    "step",
    [
        2.0,
        np.int8(2),
        np.uint64(2),
        np.float32(2),
        np.longdouble(2),
        np.array([2]),
        Decimal("2.00"),
        Fraction(4, 2),
        enum.IntEnum("E", {"A": 2}).A,
        Epoch(2),
    ],
    ids=lambda step: type(step).__name__,
)
def test_a_whole_number_of_any_type_is_a_step(step):
    converted = convert_step(step)
    assert (type(converted), converted) == (int, 2)


@pytest.mark.parametrize("step", [2.5, np.float32(0.1), Decimal("2.5"), Fraction(1, 3)], ids=str)
def test_a_step_between_whole_numbers_is_a_wrong_value(step):
    with pytest.raises(WrongValueError, match="no whole number"):
        convert_step(step)


@pytest.mark.parametrize(
    "step",
    [2**63, -(2**63) - 1, 1e19, np.uint64(2**63), math.nan, math.inf, Decimal("1e999999999"), Decimal("NaN"), 10**5000],
    ids=lambda step: type(step).__name__,
)
def test_a_step_outside_of_64_bits_is_a_wrong_value(step):
    with pytest.raises(WrongValueError, match=r"outside of -2\*\*63"):
        convert_step(step)


@pytest.mark.parametrize(
    "step",
    [True, np.bool_(True), "3", [1], date(2026, 1, 1), timedelta(1), np.zeros(2), b"3", object()],
    ids=lambda step: type(step).__name__,
)
def test_a_step_that_is_no_number_is_a_wrong_type(step):
    with pytest.raises(WrongTypeError, match="whole number such as 3"):
        convert_step(step)
