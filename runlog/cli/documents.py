"""Documents of a run (confusion matrices and their kin) as tables for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from runlog.cli.tables import print_table
from runlog.control_characters import in_one_line
from runlog.documents import ACCURACY_TABLE, CONFUSION_MATRIX, PREDICTIONS, RESIDUALS
from runlog.documents.schemas import COUNTS
from runlog.reading.documents import Document
from runlog.reading.texts import local_time, number_text

Row = tuple[str, ...]
Table = tuple[Sequence[str], Iterator[Row]]
"""Headings and rows; all columns but the first hold numbers."""


def summary(documents: Sequence[Document]) -> str:
    """What a name's documents are, in a few words."""
    labels = documents[-1]["data"].get("class_labels")
    return documents[-1].kind if labels is None else f"{documents[-1].kind} of {len(labels)} classes"


def print_documents(name: str, documents: Sequence[Document]) -> None:
    """Print the last document of a name."""
    last = documents[-1]
    step = "" if last.step is None else f", step {last.step}"
    what = f"{in_one_line(name)}: {summary(documents)}"
    print(f"{what}, {len(documents)} logged, the last at {local_time(last.time_ns)}{step}")
    headings, rows = _TABLES[last.kind](last["data"])
    print_table(headings, rows, right=headings[1:])


def _confusion_matrix(data: dict[str, Any]) -> Table:
    labels = [number_text(label) for label in data["class_labels"]]
    rows = ((label, *map(number_text, row)) for label, row in zip(labels, data["matrix"], strict=True))
    return ("true \\ predicted", *labels), rows


def _accuracy_table(data: dict[str, Any]) -> Table:
    rows = (
        (number_text(label), number_text(threshold), *map(number_text, counts))
        for label, table in zip(data["class_labels"], data["probability_tables"], strict=True)
        for threshold, counts in zip(data["probability_thresholds"], table, strict=True)
    )
    return ("class", "threshold", *COUNTS), rows


def _residuals(data: dict[str, Any]) -> Table:
    return ("from", "to", "count"), _bins(data, "bin_counts")


def _predictions(data: dict[str, Any]) -> Table:
    return ("from", "to", "count", "average", "error"), _bins(data, "bin_counts", "bin_averages", "bin_errors")


def _bins(data: dict[str, Any], *names: str) -> Iterator[Row]:
    edges = data["bin_edges"]
    columns = (edges[:-1], edges[1:], *(data[name] for name in names))
    return (tuple(map(number_text, row)) for row in zip(*columns, strict=True))


_TABLES: dict[str, Callable[[dict[str, Any]], Table]] = {
    CONFUSION_MATRIX: _confusion_matrix,
    ACCURACY_TABLE: _accuracy_table,
    RESIDUALS: _residuals,
    PREDICTIONS: _predictions,
}
