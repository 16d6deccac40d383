"""Documents read back: confusion matrices and their kin, as they were logged."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from runlog.backend import Backend
from runlog.documents import SCHEMA_TYPES
from runlog.errors import JournalError
from runlog.reading.moments import moment
from runlog.records import DocumentLogged, EventKind, decode
from runlog.values import decode_cells


class Document(dict[str, Any]):
    """The JSON object that was logged, and what is known of it.

    Attributes:
        name: of the metric.
        kind: its schema type.
        step: at which it was logged; None where none was given.
        time_ns: when it was logged, UTC nanoseconds.
    """

    name: str = ""
    kind: str = ""
    step: int | None = None
    time_ns: int = 0

    @classmethod
    def of(cls, logged: DocumentLogged) -> Document:
        """What an event holds."""
        document = cls(decode_cells(logged.document))
        document.name, document.kind = logged.name, logged.schema
        document.step, document.time_ns = logged.step, logged.time
        return document

    @property
    def time(self) -> datetime:
        """When it was logged: aware, UTC."""
        return moment(self.time_ns)


def read_documents(backend: Backend, run_id: str, wanted: Collection[str] | None = None) -> dict[str, list[Document]]:
    """The documents of each name, in the order of their time.

    Args:
        backend: keeps the run.
        run_id: of the run; where its state says that it has no documents, its bulk is not read.
        wanted: only these names; None for all.
    """
    kinds = {one.kind for one in backend.state(run_id).series.values()}
    events = backend.journal(run_id).events((EventKind.DOCUMENT,)) if kinds.intersection(SCHEMA_TYPES) else ()
    found = []
    for event in events:
        try:
            found.append(decode(DocumentLogged, event.payload))
        except JournalError:  # another version's fields
            continue
    found.sort(key=lambda one: one.time)
    documents: dict[str, list[Document]] = {}
    for one in found:
        if wanted is None or one.name in wanted:
            documents.setdefault(one.name, []).append(Document.of(one))
    return documents
