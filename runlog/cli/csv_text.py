"""Comma-separated values in which no cell is a formula: a spreadsheet would compute it, and run what it names.

A text that begins as a formula does gets an apostrophe before it, by which spreadsheets know a text. Numbers stay
numbers, also negative ones and those that are kept as text. What a terminal would obey is written out, as everywhere.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Any, TextIO

from runlog.control_characters import in_lines

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")  # noqa: RUF001 - some spreadsheets take the wide forms, too
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:inf|infinity|nan)", re.IGNORECASE | re.ASCII)


def safe_cell(value: Any) -> Any:
    """A value for a cell: itself, or a text that no spreadsheet computes."""
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    return in_lines(text)


def write_rows(stream: TextIO, rows: Iterable[Iterable[Any]]) -> None:
    """Write rows, the first of them the headings."""
    csv.writer(stream, lineterminator="\n").writerows(map(safe_cell, row) for row in rows)


def safe_frame(frame: Any) -> Any:
    """A pandas frame whose texts and headings are no formulas."""
    changed = frame.rename(columns=safe_cell)
    for name, kind in changed.dtypes.items():
        if str(kind) in {"category", "object", "str", "string"}:
            column = changed[name].astype(object)
            cells = {one: safe_cell(one) for one in column.unique()}
            changed[name] = type(column)([cells[one] for one in column], index=column.index, dtype=object)
    return changed
