"""Redaction for handlers that are not runlog's."""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import Any

from runlog.handlers.redacted_records import without_secrets


class RedactFilter(logging.Filter):
    """Hides secrets from the handler that it is attached to; :func:`runlog.redact` says what is hidden.

    runlog's own handlers hide secrets by themselves. This is for the handlers of other packages, on the way to a log
    server or a file. Attach it to the handler: a filter on a logger does not see the records of that logger's children.

    Since Python 3.12 the handler gets a copy without secrets, and the record, which other handlers get too, stays as
    it was. Before, :mod:`logging` has no way to hand a handler another record: the record itself is changed, so that
    the handlers after this one get it without secrets, too.

    Arguments keep their shape. Where a secret stands in the template, or is made of several arguments, the message is
    a text that no longer depends on them.
    """

    def __init__(self) -> None:
        super().__init__()

    def filter(self, record: logging.LogRecord) -> Any:
        """The record without its secrets, or True before Python 3.12."""
        kept = without_secrets(record)
        passed: Any = kept
        if sys.version_info < (3, 12):
            passed = True
            if kept is not record:
                _become(record, kept)
        return passed


def _become(record: logging.LogRecord, other: logging.LogRecord) -> None:
    """Make one record like another one, which may make its message in another way."""
    if "getMessage" not in other.__dict__:
        record.__dict__.pop("getMessage", None)
    record.__dict__.update(other.__dict__)
    with contextlib.suppress(TypeError):  # a class with slots of its own stays
        record.__class__ = other.__class__
