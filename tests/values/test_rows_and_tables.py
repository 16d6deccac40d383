"""What `run.log_row` and `run.log_table` take and keep."""

from __future__ import annotations

import enum
from datetime import date

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.errors import WrongTypeError, WrongValueError
from runlog.tables import convert_row, convert_table
from runlog.values import decode_cell

CELLS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("abcäöü") | st.dates()
NAMES = st.text("abcdef", min_size=1, max_size=3)


def typed(cells):
    return [(type(cell), cell) for cell in map(decode_cell, cells)]


@given(st.dictionaries(NAMES, CELLS))
def test_a_row_keeps_its_columns_their_order_and_their_types(columns):
    row = msgspec.msgpack.decode(msgspec.msgpack.encode(convert_row("n", columns)))
    assert list(row) == list(columns)
    assert typed(row.values()) == typed(columns.values())


@given(st.integers(0, 4).flatmap(lambda n: st.dictionaries(NAMES, st.lists(CELLS, min_size=n, max_size=n))))
def test_a_table_keeps_its_columns_their_order_and_their_types(columns):
    table = msgspec.msgpack.decode(msgspec.msgpack.encode(convert_table("n", columns)))
    assert list(table) == list(columns)
    for name, cells in columns.items():
        assert typed(table[name]) == typed(cells)


def test_a_row_takes_numpy_values_and_arrays_with_one_element():
    assert convert_row("n", {"angle": np.float64(0.5), "cos": np.array([0.25])}) == {"angle": 0.5, "cos": 0.25}


def test_a_row_may_be_empty():
    assert convert_row("n", {}) == {}


@pytest.mark.parametrize(
    "value", [[1, 2], (1,), np.zeros(3), pd.Series([1, 2]), range(2)], ids=lambda v: type(v).__name__
)
def test_a_list_in_a_row_is_refused_with_the_call_to_use(value):
    with pytest.raises(WrongTypeError, match=r"column 'x' is .* use run\.log_table"):
        convert_row("n", {"x": value})


@pytest.mark.parametrize("value", [{}, b"x", 1j, object()], ids=lambda value: type(value).__name__)
def test_what_is_no_scalar_in_a_row_is_refused_with_its_column(value):
    with pytest.raises(WrongTypeError, match="column 'x'"):
        convert_row("n", {"x": value})


def test_a_row_that_is_no_mapping_is_refused():
    with pytest.raises(WrongTypeError, match="takes a mapping"):
        convert_row("n", [("a", 1)])


def test_a_member_of_an_enumeration_is_a_cell_and_no_column():
    member = enum.Flag("Parts", ["A", "B"]).B
    assert convert_row("n", {"x": member}) == {"x": 2}
    assert convert_table("n", {"x": member, "y": [1, 2]}) == {"x": [2, 2], "y": [1, 2]}


def test_two_columns_whose_names_become_alike_stay_two_and_this_is_told():
    changes = []
    assert convert_row("n", {"loss": 1, "loss ": 2, " loss": 3}, changes=changes) == {
        "loss": 1,
        "loss (2)": 2,
        "loss (3)": 3,
    }
    assert len(changes) == 2


def test_a_cut_column_name_is_told():
    changes = []
    (column,) = convert_table("n", {"x" * 300: [1]}, changes=changes)
    assert len(column) == 255
    assert "300 characters" in changes[0]


@pytest.mark.parametrize("key", [None, b"x", object()], ids=lambda key: type(key).__name__)
def test_a_column_name_that_is_no_text_is_refused(key):
    with pytest.raises(WrongTypeError, match="column's name must be a text"):
        convert_row("n", {key: 1})


def test_an_empty_column_name_is_a_wrong_value():
    with pytest.raises(WrongValueError, match="column name"):
        convert_table("n", {" ": [1]})


def test_scalars_among_lists_stand_in_every_row():
    table = {"run": "a", "x": [1, 2, 3], "none": None, "zero": np.array(0)}
    assert convert_table("n", table) == {"run": ["a"] * 3, "x": [1, 2, 3], "none": [None] * 3, "zero": [0] * 3}


def test_scalars_beside_empty_lists_stand_in_no_row():
    assert convert_table("n", {"run": "a", "x": []}) == {"run": [], "x": []}


def test_a_mapping_of_scalars_is_one_row():
    assert convert_table("n", {"a": 1, "b": "x"}) == {"a": [1], "b": ["x"]}


@pytest.mark.parametrize("empty", [{}, [], iter([]), pd.DataFrame(), np.zeros((0, 0))], ids=lambda v: type(v).__name__)
def test_a_table_may_be_empty(empty):
    assert convert_table("n", empty) == {}


def test_a_table_without_rows_keeps_its_columns():
    assert convert_table("n", {"a": [], "b": ()}) == {"a": [], "b": []}
    assert convert_table("n", pd.DataFrame({"a": []})) == {"a": []}
    assert convert_table("n", np.zeros((0, 2))) == {"0": [], "1": []}


def test_columns_of_unequal_lengths_are_refused_with_each_length():
    with pytest.raises(WrongValueError, match=r"'x' has 2, 'y' has 3, 'z' has 3"):
        convert_table("n", {"x": [1, 2], "y": (1, 2, 3), "z": np.zeros(3)})


def test_an_array_with_one_element_is_a_column_and_does_not_fill_the_others():
    with pytest.raises(WrongValueError):
        convert_table("n", {"x": np.array([1]), "y": [1, 2]})


def test_columns_may_be_any_iterable():
    table = {"a": (n for n in range(2)), "b": range(2), "c": np.array([0.5, 1.5]), "d": pd.Series(["x", "y"])}
    assert convert_table("n", table) == {"a": [0, 1], "b": [0, 1], "c": [0.5, 1.5], "d": ["x", "y"]}


def test_rows_with_different_columns_leave_gaps():
    rows = [{"a": 1}, {"b": 2}, {}, {"a": 3, "b": 4}]
    assert convert_table("n", rows) == {"a": [1, None, None, 3], "b": [None, 2, None, 4]}
    assert convert_table("n", iter(rows)) == convert_table("n", rows)


def test_a_data_frame_is_its_columns():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [True, False]})
    assert convert_table("n", frame) == {"a": [1, 2], "b": ["x", "y"], "c": [True, False]}


def test_an_index_that_is_more_than_a_count_becomes_columns():
    frame = pd.DataFrame({"v": [1, 2]}, index=["x", "y"])
    assert convert_table("n", frame) == {"index": ["x", "y"], "v": [1, 2]}
    frame.index.name = "key"
    assert convert_table("n", frame) == {"key": ["x", "y"], "v": [1, 2]}
    levels = frame.set_index("v", append=True)
    assert list(convert_table("n", levels)) == ["key", "v"]


def test_column_names_of_a_frame_may_be_numbers_days_levels_and_twice_the_same():
    columns = [0, date(2026, 1, 2), "a", "a"]
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=columns)
    assert convert_table("n", frame) == {"0": [1], "2026-01-02": [2], "a": [3], "a (2)": [4]}
    levels = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("loss", "min"), ("loss", "max")]))
    assert convert_table("n", levels) == {"loss/min": [1], "loss/max": [2]}


def test_a_structured_array_is_its_fields():
    array = np.array([(1, 0.5), (2, 1.5)], dtype=[("a", "i4"), ("b", "f8")])
    assert convert_table("n", array) == {"a": [1, 2], "b": [0.5, 1.5]}


def test_columns_of_an_array_are_numbered():
    assert convert_table("n", np.array([[1, 2], [3, 4]])) == {"0": [1, 3], "1": [2, 4]}


def test_a_torch_tensor_of_two_dimensions_is_a_table():
    torch = pytest.importorskip("torch")
    assert convert_table("n", torch.tensor([[1, 2], [3, 4]])) == {"0": [1, 3], "1": [2, 4]}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("abc", "mapping of columns"),
        (5, "mapping of columns"),
        (None, "mapping of columns"),
        ([[1, 2], [3, 4]], "row 0 is the list"),
        ([{"a": 1}, 5], "row 1 is the int 5"),
        (np.zeros(3), "use run.log_list"),
        (np.zeros((2, 2, 2)), "takes two dimensions"),
        (np.float64(1), "takes two dimensions"),
        ({"x": {"y": 1}}, "column 'x' is the dict"),
        ({"x": [[1]]}, "element 0 is the list"),
        ({"x": np.zeros((2, 2))}, "one dimension"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_table_is_refused_with_what_would_be_one(value, said):
    with pytest.raises(WrongTypeError) as caught:
        convert_table("n", value)
    assert said in str(caught.value)
