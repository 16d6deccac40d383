"""What a payload must be beyond the types of its fields: else readers of it would fail later, at something else.

An honest writer keeps to all of it. Events are checked when they are read, as they may come from anybody.
"""

from __future__ import annotations

from typing import Any

from runlog.errors import WrongTypeError, WrongValueError
from runlog.json_values import DEPTH, is_nested_beyond
from runlog.records import DocumentLogged, MediaLogged, SystemNoted, TableLogged
from runlog.values import decode_cells


def check(payload: Any) -> None:
    """See whether readers can rely on a payload.

    Args:
        payload: of one of the types in :data:`runlog.records.CHECKED`.

    Raises:
        WrongTypeError: a part is of another type than it must be.
        WrongValueError: parts do not agree, or are nested too deeply.
    """
    if isinstance(payload, TableLogged):
        _check_table(payload)
    elif isinstance(payload, DocumentLogged):
        _check_document(payload)
    elif isinstance(payload, MediaLogged):
        _check_depth(payload.info)
    elif isinstance(payload, SystemNoted):
        _check_depth(payload.sections)


def _check_depth(value: Any) -> None:
    if is_nested_beyond(value, DEPTH):
        raise WrongValueError(f"it is nested more than {DEPTH} levels deep")


def _check_table(table: TableLogged) -> None:
    lengths = {len(column) for column in table.columns.values()}
    if len(lengths) > 1:
        raise WrongValueError(f"its columns have {' and '.join(map(str, sorted(lengths)[:2]))} values")


def _check_document(logged: DocumentLogged) -> None:
    """The checks of a document that is logged, but for its depth, which is looked at first: they go down into it."""
    from runlog.documents import SCHEMA_TYPES
    from runlog.documents.schemas import convert_document

    _check_depth(logged.document)
    if logged.schema not in SCHEMA_TYPES:
        raise WrongTypeError(f"there is no schema {logged.schema[:40]!r}")
    convert_document(logged.schema, logged.name, decode_cells(logged.document))
