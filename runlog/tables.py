"""Rows and tables: columns of cells, each column under a name of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from runlog.errors import WrongTypeError, WrongValueError
from runlog.introspection import describe, is_array, loaded, shape_of
from runlog.names import normalise
from runlog.values import Cell, convert_cell, convert_items

_TABLE_REMEDY = (
    "pass a mapping of columns to lists, a list of mappings (one a row), a DataFrame, a numpy structured array, "
    "or an array of two dimensions"
)


def convert_row(name: str, columns: Mapping[Any, object], *, changes: list[str] | None = None) -> dict[str, Cell]:
    """Convert the columns of ``run.log_row``.

    Args:
        name: the metric, for the message of an error.
        columns: one scalar a column; may be empty.
        changes: told of column names that could not be kept as given.

    Raises:
        WrongTypeError: a column's name is no text or a column holds no scalar.
        WrongValueError: a column's name is empty.
    """
    where = f"run.log_row({name!r})"
    if not isinstance(columns, Mapping):
        raise WrongTypeError(f"{where} takes a mapping of columns to values, not {describe(columns)}")
    named = _Columns(where, changes)
    row: dict[str, Cell] = {}
    for given, value in columns.items():
        if _is_column(value) and not _has_one_element(value):
            raise WrongTypeError(
                f"{where}: column {given!r} is {describe(value)}; a row has one value a column, "
                "use run.log_table(name, columns) for a list a column"
            )
        row[named.take(given)] = convert_cell(f"{where}: column {given!r}", value)
    return row


def convert_table(name: str, value: object, *, changes: list[str] | None = None) -> dict[str, list[Cell]]:
    """Convert the value of ``run.log_table`` to columns of one length.

    As with Azure ML, a scalar among lists stands in every row, and a mapping of scalars is one row. Lists of rows, data
    frames and arrays are taken too. Columns of an array without names are called "0", "1", ...

    Args:
        name: the metric, for the message of an error.
        value: a mapping of columns to lists (any iterable of scalars) or scalars; a list of mappings, one a row, in
            which a missing column is a gap; a pandas ``DataFrame``, whose index becomes columns unless it is a plain
            count; a ``DataFrame`` of polars or a ``Table`` of pyarrow; a numpy structured array; an array or tensor of
            shape (rows, columns). May be empty.
        changes: told of column names that could not be kept as given.

    Raises:
        WrongTypeError: it is none of these, or a cell is no scalar.
        WrongValueError: columns differ in length, or a column's name is empty.
    """
    where = f"run.log_table({name!r})"
    taken = _Columns(where, changes)
    lists: dict[str, list[Cell]] = {}
    scalars: dict[str, Cell] = {}
    order: list[str] = []
    for given, column in _columns_of(where, value):
        title = taken.take(given)
        order.append(title)
        if _is_column(column):
            lists[title] = convert_items(f"{where}: column {given!r}", column)
        else:
            scalars[title] = convert_cell(f"{where}: column {given!r}", column)
    length = _common_length(where, lists)
    return {title: lists[title] if title in lists else [scalars[title]] * length for title in order}


class _Columns:
    """Names for the columns of one row or table: no two of them alike."""

    def __init__(self, where: str, changes: list[str] | None) -> None:
        self._where = where
        self._changes = changes
        self._taken: set[str] = set()

    def take(self, given: object) -> str:
        """The kept name of a column; a name that is taken gets a number, so that no column covers another."""
        kept = normalise(_column_text(self._where, given), f"column name of {self._where}")
        title = kept.name
        number = 2
        while title in self._taken:
            title = f"{kept.name} ({number})"
            number += 1
        self._taken.add(title)
        if self._changes is not None:
            if kept.changed is not None:
                self._changes.append(f"column {kept.name!r}: {kept.changed}")
            if title != kept.name:
                self._changes.append(f"column {title!r}: there is another column {kept.name!r}")
        return title


class _Given(NamedTuple):
    """A column as it was given."""

    name: object
    values: Any


def _columns_of(where: str, value: Any) -> Iterable[_Given]:
    kind = type(value)
    if isinstance(value, Mapping):
        return [_Given(given, column) for given, column in value.items()]
    pandas = loaded("pandas")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return _columns_of_frame(value, pandas)
    if hasattr(kind, "get_columns") and hasattr(kind, "columns"):  # polars
        return list(map(_Given, value.columns, value.get_columns()))
    if hasattr(kind, "column_names") and hasattr(kind, "columns"):  # pyarrow
        return list(map(_Given, value.column_names, value.columns))
    if is_array(kind):
        return _columns_of_array(where, value)
    if isinstance(value, str | bytes | bytearray) or not isinstance(value, Iterable):
        remedy = "collect it first: value.collect()" if hasattr(kind, "collect") else _TABLE_REMEDY
        raise WrongTypeError(f"{where} takes a table, not {describe(value)}; {remedy}")
    return _columns_of_rows(where, value)


def _columns_of_rows(where: str, rows: Iterable[Any]) -> list[_Given]:
    columns: dict[object, list[object]] = {}
    count = 0
    for count, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise WrongTypeError(f"{where}: row {count - 1} is {describe(row)} and not a mapping; {_TABLE_REMEDY}")
        for given, cell in row.items():
            column = columns.setdefault(given, [])
            column.extend([None] * (count - 1 - len(column)))
            column.append(cell)
    for column in columns.values():
        column.extend([None] * (count - len(column)))
    return [_Given(given, column) for given, column in columns.items()]


def _columns_of_frame(frame: Any, pandas: Any) -> list[_Given]:
    index = frame.index
    is_plain_count = isinstance(index, pandas.RangeIndex) and index.name is None
    columns: list[_Given] = []
    if not is_plain_count:
        for level, given in enumerate(index.names):
            title = given if given is not None else ("index" if index.nlevels == 1 else f"level_{level}")
            columns.append(_Given(title, index.get_level_values(level)))
    columns.extend(_Given(given, frame.iloc[:, at]) for at, given in enumerate(frame.columns))
    return columns


def _columns_of_array(where: str, array: Any) -> list[_Given]:
    shape = shape_of(array)
    fields = getattr(array.dtype, "names", None)
    if fields and shape is not None and len(shape) == 1:
        return [_Given(field, array[field]) for field in fields]
    if shape is None or len(shape) != 2:
        remedy = "use run.log_list for one dimension" if shape and len(shape) == 1 else _TABLE_REMEDY
        raise WrongTypeError(f"{where} takes two dimensions, not {describe(array)} of shape {shape}; {remedy}")
    return [_Given(str(at), array[:, at]) for at in range(shape[1])]


def _column_text(where: str, given: object) -> str:
    """A column's name as text: pandas allows numbers, dates and, in several levels, tuples."""
    if isinstance(given, str):
        return given
    if isinstance(given, tuple) and given:
        return "/".join(_column_text(where, part) for part in given)
    try:
        number = convert_cell("name", given)
    except WrongTypeError:
        number = None
    if number is None:
        raise WrongTypeError(f"{where}: a column's name must be a text, not {describe(given)}; use str(...)")
    return str(number["v"] if isinstance(number, dict) else number)


def _is_column(value: Any) -> bool:
    """Whether a value of a mapping is a column of cells, and not one cell."""
    kind = type(value)
    if issubclass(kind, str | bytes | bytearray | Mapping | Enum):
        return False
    shape = shape_of(value)
    return shape != () and (shape is not None or isinstance(value, Iterable))


def _has_one_element(value: Any) -> bool:
    return is_array(type(value)) and math.prod(shape_of(value) or (0,)) == 1


def _common_length(where: str, lists: Mapping[str, list[Cell]]) -> int:
    lengths = {title: len(cells) for title, cells in lists.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{title!r} has {length}" for title, length in lengths.items())
        raise WrongValueError(f"{where}: columns must have one length, but {told}; fill the shorter ones with None")
    return next(iter(lengths.values()), 1)
