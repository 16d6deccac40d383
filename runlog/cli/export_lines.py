"""Everything of a run as lines of JSON."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from runlog.cli.json_text import json_line
from runlog.cli.log_lines import record_fields
from runlog.errors import JournalError
from runlog.reading.chunks import read_scalars
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_records import read_records
from runlog.reading.system_facts import with_packages
from runlog.reading.texts import utc_text
from runlog.records import EventKind, MediaLogged, SystemNoted, decode, type_of
from runlog.values import decode_cells

if TYPE_CHECKING:
    from runlog.backend import JournalView
    from runlog.reading.chunks import Scalars

OTHERS = {
    EventKind.RUN: "run",
    EventKind.STATUS: "status",
    EventKind.PARAMS: "params",
    EventKind.TAGS: "tags",
    EventKind.ROW: "row",
    EventKind.TABLE: "table",
    EventKind.IMAGE: "image",
    EventKind.FILE: "file",
    EventKind.SERIES: "series",
    EventKind.PROPERTIES: "properties",
    EventKind.RENAMED: "renamed",
    EventKind.DOCUMENT: "document",
    EventKind.SYSTEM: "system",
    EventKind.MEDIA: "media",
    EventKind.NOTE: "note",
}
"""What a line's ``type`` is, beside ``log`` and ``metric``."""

READABLE = frozenset({"txt", "html", "json"})
"""Formats of content that stands in an event, which are written as text; others are base64."""

Row = tuple[int, dict[str, Any]]


def export_lines(journal: JournalView, read_blob: Callable[[str], bytes]) -> Iterator[str]:
    """One self-describing object a line, by time; two exports of an ended run are equal.

    Each has ``type`` and ``time`` (RFC 3339, nanoseconds). Source lines of tracebacks stand in the frames of the log
    records they belong to, and installed packages in the section that names them.

    Args:
        journal: of the run.
        read_blob: content by its hash.
    """
    metrics = [_metric_rows(name, got) for name, got in read_scalars(journal).items()]
    rows = heapq.merge(_other_rows(journal, read_blob), *metrics, _log_rows(journal), key=itemgetter(0))
    return (json_line(row) for _, row in rows)


def _metric_rows(name: str, got: Scalars) -> Iterator[Row]:
    for step, time, value, writer in zip(got.steps, got.times, got.values, got.writers, strict=True):
        row = {"type": "metric", "time": utc_text(time), "name": name, "value": value, "step": step, "writer": writer}
        yield time, row


def _log_rows(journal: JournalView) -> Iterator[Row]:
    for record in read_records(journal, LogFilter()):
        yield record.time_ns, {"type": "log", **record_fields(record)}


def _other_rows(journal: JournalView, read_blob: Callable[[str], bytes]) -> list[Row]:
    """Events that describe the run, and what was logged as rows, tables, images and documents."""
    rows: list[Row] = []
    for event in journal.events(OTHERS.keys()):
        payload_type = type_of(event.kind)
        assert payload_type is not None
        try:
            payload = decode(payload_type, event.payload)
        except JournalError:  # another version's fields
            continue
        fields = {name: decode_cells(value) for name, value in msgspec.to_builtins(payload).items() if name != "time"}
        if isinstance(payload, SystemNoted):
            fields["sections"] = with_packages(payload.sections, read_blob)
        elif isinstance(payload, MediaLogged) and payload.data is not None and payload.format in READABLE:
            fields["data"] = payload.data.decode("utf-8", "replace")
        head = {"type": OTHERS[EventKind(event.kind)], "time": utc_text(payload.time)}
        rows.append((payload.time, {**head, **fields, "writer": event.writer}))
    return sorted(rows, key=itemgetter(0))
