"""Metrics that are no scalars on the command line: rows and tables, content such as images, documents."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from runlog.cli import documents
from runlog.cli.json_text import json_line
from runlog.cli.tables import print_table
from runlog.reading.documents import Document
from runlog.reading.references import ContentRef, FileRef
from runlog.reading.texts import local_time, number_text, size_text, utc_text

MOST_ROWS = 40
"""Rows that a person is shown; ``--json`` and ``--csv`` have all."""
CONTENT_COLUMNS = ("step", "time", "kind", "format", "size", "sha256")


def summary_row(name: str, values: Any) -> tuple[str, ...]:
    """A row for the list of a run's metrics."""
    if isinstance(values, Mapping):
        return name, str(max(map(len, values.values()), default=0)), "-", f"columns {', '.join(values)}"
    if isinstance(values[-1], Document):
        return name, str(len(values)), documents.summary(values), ""
    return name, str(len(values)), "-", _kind(values[-1])


def print_others(name: str, values: Any) -> None:
    """Print rows, a list of content, or the last document."""
    if isinstance(values, Mapping):
        rows = _rows(values)
        print_table(tuple(values), [tuple(map(number_text, row)) for row in rows[:MOST_ROWS]], right=tuple(values))
        if len(rows) > MOST_ROWS:
            print(f"... {len(rows):,} rows: --csv and --json have all")
    elif isinstance(values[-1], Document):
        documents.print_documents(name, values)
    else:
        print_table(CONTENT_COLUMNS, list(map(_content, values)), right=("step", "size"))


def write_json(name: str, values: Any) -> None:
    """Print one object for each row, content or document."""
    if isinstance(values, Mapping):
        rows: list[Any] = [{"row": dict(zip(values, row, strict=True))} for row in _rows(values)]
    elif isinstance(values[-1], Document):
        rows = [{"step": one.step, "time": utc_text(one.time_ns), "value": one} for one in values]
    else:
        rows = [dict(zip(CONTENT_COLUMNS, _content_fields(one), strict=True)) for one in values]
    for index, row in enumerate(rows):
        sys.stdout.write(json_line({"name": name, "index": index, **row}))


def csv_rows(name: str, values: Any) -> list[Sequence[Any]]:
    """Rows of comma-separated values, the first of them the headings.

    Raises:
        click.UsageError: documents have no such form.
    """
    if isinstance(values, Mapping):
        return [tuple(values), *_rows(values)]
    if isinstance(values[-1], Document):
        raise click.UsageError(f"{name!r} is a {values[-1].kind}, which has no form in CSV: use --json")
    return [CONTENT_COLUMNS, *map(_content_fields, values)]


def _rows(columns: Mapping[str, Sequence[Any]]) -> list[tuple[Any, ...]]:
    return list(zip(*columns.values(), strict=True))


def _content_fields(one: ContentRef) -> tuple[Any, ...]:
    return one.step, utc_text(one.time_ns), _kind(one), one.format, one.size, one.sha256


def _content(one: ContentRef) -> tuple[str, ...]:
    step, time = number_text(one.step), local_time(one.time_ns)
    return step, time, _kind(one), one.format, size_text(one.size), one.sha256[:12]


def _kind(one: ContentRef) -> str:
    if isinstance(one, FileRef):
        return "image" if one.width is None else f"image {one.width} x {one.height}"
    return str(getattr(one, "media", "content"))
