"""JSON answers, and pages of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Query, Response

from runlog.json_values import plain_json
from runlog.server.refusals import RefusalError
from runlog.store.contract import MetricRow, RunSummary

T = TypeVar("T")
json_bytes = msgspec.json.Encoder(enc_hook=plain_json).encode
"""The bytes of JSON; what JSON has no form for is text, and a float that is not finite is null."""
Cursor = Annotated[
    str | None, Query(max_length=2000, description="Where the page begins: the cursor of the one before.")
]
Limit = Annotated[int, Query(ge=1, le=1_000_000, description="The most that the page may have.")]


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of JSON."""
    return Response(json_bytes(content), status, dict(headers or {}), "application/json")


def plain_run(run: RunSummary) -> RunSummary:
    """A run with what users logged in the forms that JSON has: ``"NaN"``, and dates and fractions as texts."""
    metrics = {name: plain_metric(one) for name, one in run.metrics.items()}
    return replace(run, params=plain_json(run.params), metrics=metrics)


def plain_metric(metric: MetricRow) -> MetricRow:
    """The same of a metric."""
    last = plain_json(metric.last)
    return metric if last is metric.last else replace(metric, last=last)


def page_of(items: Sequence[str], limit: int, cursor: str | None) -> tuple[list[str], str | None]:
    """The part of sorted, distinct texts that follows a cursor, and the next one.

    Args:
        items: all of them, sorted.
        limit: the most of them in a page.
        cursor: the last text of the page before; None: the first page.
    """
    import bisect

    start = 0 if cursor is None else bisect.bisect_right(items, cursor)
    page = list(items[start : start + limit])
    return page, page[-1] if start + limit < len(items) else None


def whole_number(name: str, value: str | None, *, what: str) -> int | None:
    """A whole number in a header; None where it is not there.

    Raises:
        RefusalError: it is none.
    """
    if value is None:
        return None
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 19):
        raise RefusalError(400, "bad_header", f"the header {name} is {value[:40]!r}: give {what}")
    return int(value)
