"""What ``run.log_confusion_matrix`` and its kin take: documents with the schemas of Azure ML SDK v1.

A document is a JSON object of ``schema_type``, ``schema_version`` and ``data``. Azure ML uploads whatever it is given,
so that a wrong one shows as an empty chart, days later; here it raises at once, and the message names the field.

The checks are code rather than JSON schemas for the package jsonschema: what goes wrong in practice is that lengths do
not agree or that counts do not add up, which a JSON schema can't say; numpy's arrays are converted on the same way; and
a check that needs a package would be missing where only the core is installed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from runlog.documents import ACCURACY_TABLE, CONFUSION_MATRIX, PREDICTIONS, RESIDUALS
from runlog.documents.fields import Length, Place, as_key, as_labels, as_list, as_numbers, as_object, as_plain, required
from runlog.errors import WrongTypeError, WrongValueError
from runlog.introspection import describe

_VERSION = re.compile(r"1\.\d+\.\d+")
COUNTS = ("TP", "FP", "TN", "FN")
"""What the four numbers of a cell of an accuracy table count."""
_FOUR = Length(len(COUNTS), "TP, FP, TN and FN")
_SHOWN_TEXT = 40
_CLOSE = 1e-6
"""How far sums of weighted samples may differ, relative to their size: float32 weights add up to no less."""


def convert_document(kind: str, name: str, value: object) -> dict[str, Any]:
    """Check a document, and bring it to the form that is kept: maps, lists and cells, in the order given.

    Fields beyond those of the schema are kept as they are.

    Args:
        kind: the schema type, one of the four above.
        name: the metric, for the message of an error.
        value: a mapping, or JSON text. Lists and numbers in it may be numpy's or a tensor's. Not-a-number and None
            stand for gaps; a number outside 64 bits becomes the nearest float64.

    Raises:
        WrongTypeError: it is neither, or a field is of another type than its schema says.
        WrongValueError: it is no JSON, a field is missing, or lengths or counts do not agree.
    """
    place = Place(f"run.log_{kind}({name!r})")
    given = as_object(place, _parsed(place, value))
    _check_type(place.field("schema_type"), required(place, given, "schema_type"), kind)
    _check_version(place.field("schema_version"), required(place, given, "schema_version"))
    within = place.field("data")
    data = as_object(within, required(place, given, "data"))
    checked = _CHECKS[kind](within, data)
    return _kept(place, given, {"data": _kept(within, data, checked)})


def _kept(place: Place, fields: Mapping[str, Any], checked: Mapping[str, Any]) -> dict[str, Any]:
    """All fields in their order: those that were checked as the check left them, others as they are."""
    return {
        as_key(place, name): checked[name] if name in checked else as_plain(place.field(name), item)
        for name, item in fields.items()
    }


def _parsed(place: Place, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        start = value[:_SHOWN_TEXT]
        raise WrongValueError(f"{place}: the text {start!r}... is no JSON: {error}; pass json.dumps(...)") from error


def _check_type(place: Place, value: object, kind: str) -> None:
    if value == kind:
        return
    remedy = f"; use run.log_{value} for it" if isinstance(value, str) and value in _CHECKS else ""
    raise WrongValueError(f"{place}: {value!r} is not {kind!r}{remedy}")


def _check_version(place: Place, value: object) -> None:
    if not isinstance(value, str):
        raise WrongTypeError(f"{place}: {describe(value)} is no text; use '1.0.0'")
    if not _VERSION.fullmatch(value):
        raise WrongValueError(f"{place}: {value!r} is none of the known versions, 1.x.y; use '1.0.0'")


def _check_confusion_matrix(place: Place, data: Mapping[str, Any]) -> dict[str, Any]:
    """``matrix[i][j]``: how many samples of class i were taken for class j."""
    labels = as_labels(place.field("class_labels"), required(place, data, "class_labels"))
    side = Length(len(labels), "one for each class label")
    matrix = as_numbers(place.field("matrix"), required(place, data, "matrix"), side, side)
    return {"class_labels": labels, "matrix": matrix}


def _check_accuracy_table(place: Place, data: Mapping[str, Any]) -> dict[str, Any]:
    """Tables of shape (classes, thresholds, 4): TP, FP, TN, FN of each class against the rest at each threshold."""
    labels = as_labels(place.field("class_labels"), required(place, data, "class_labels"))
    classes = Length(len(labels), "one for each class label")
    checked: dict[str, Any] = {"class_labels": labels}
    for what in ("probability", "percentile"):
        name = f"{what}_thresholds"
        checked[name] = as_numbers(place.field(name), required(place, data, name))
        each = Length(len(checked[name]), f"one for each of data.{name}")
        name = f"{what}_tables"
        checked[name] = as_numbers(place.field(name), required(place, data, name), classes, each, _FOUR)
    cells = [*_cells(place, checked, "probability_tables"), *_cells(place, checked, "percentile_tables")]
    _check_sums(cells, "TP+FP+TN+FN")
    for number in range(len(labels)):
        own = [cell for cell in cells if cell[1] == number]
        _check_sums(own, "TP+FN")
        _check_sums(own, "FP+TN")
    return checked


Cell = tuple[Place, int, list[Any]]
"""A place in an accuracy table, the number of its class, and the four counts."""


def _cells(place: Place, checked: Mapping[str, Any], name: str) -> Iterator[Cell]:
    for number, table in enumerate(checked[name]):
        for at, counts in enumerate(table):
            if all(one is not None and math.isfinite(one) for one in counts):
                yield place.field(name).element(number).element(at), number, counts


def _check_sums(cells: list[Cell], terms: str) -> None:
    """Every threshold counts the same samples, so such a sum is the same in all of the cells."""
    places = [COUNTS.index(term) for term in terms.split("+")]
    first: tuple[Place, float] | None = None
    for place, _, counts in cells:
        total = sum(counts[at] for at in places)
        if first is None:
            first = place, total
        elif not math.isclose(total, first[1], rel_tol=_CLOSE, abs_tol=_CLOSE):
            raise WrongValueError(
                f"{place}: {terms} is {total}, but {first[1]} in {first[0].path}; "
                "each threshold counts the same samples"
            )


def _check_residuals(place: Place, data: Mapping[str, Any]) -> dict[str, Any]:
    return _binned(place, data, "bin_counts")


def _check_predictions(place: Place, data: Mapping[str, Any]) -> dict[str, Any]:
    return _binned(place, data, "bin_counts", "bin_averages", "bin_errors")


def _binned(place: Place, data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Lists with a number for each bin, and the edges between the bins, one more."""
    first = as_list(place.field(names[0]), required(place, data, names[0]))
    bins = Length(len(first), f"as in data.{names[0]}")
    checked = {name: as_numbers(place.field(name), required(place, data, name), bins) for name in names}
    edges = Length(len(first) + 1, f"one more than in data.{names[0]}")
    checked["bin_edges"] = as_numbers(place.field("bin_edges"), required(place, data, "bin_edges"), edges)
    _check_bins(place, checked)
    return checked


def _check_bins(place: Place, checked: Mapping[str, Any]) -> None:
    for at, (low, high) in enumerate(pairwise(checked["bin_edges"])):
        if low is not None and high is not None and low > high:
            where = place.field("bin_edges").element(at + 1)
            raise WrongValueError(f"{where}: {high!r} is below the edge before it, {low!r}; give them in order")
    for at, count in enumerate(checked["bin_counts"]):
        if count is not None and count < 0:
            raise WrongValueError(f"{place.field('bin_counts').element(at)}: {count!r} is no count; use zero or more")


_CHECKS: dict[str, Callable[[Place, Mapping[str, Any]], dict[str, Any]]] = {
    CONFUSION_MATRIX: _check_confusion_matrix,
    ACCURACY_TABLE: _check_accuracy_table,
    RESIDUALS: _check_residuals,
    PREDICTIONS: _check_predictions,
}
