"""What runlog tells of itself, step by step, where DEBUG is asked for; and the records of its own that no run takes."""

from __future__ import annotations

import io
import logging
import sys
from types import MappingProxyType

_logger = logging.getLogger("runlog")
SHOWN_ONLY = MappingProxyType({"_runlog_written": True})
"""The ``extra`` of a record that handlers show and no run keeps: it is about the run, not of it."""


def is_asked_for() -> bool:
    """Whether records of the logger ``runlog`` at DEBUG go anywhere: by its own level, or by that of root."""
    return _logger.isEnabledFor(logging.DEBUG)


def is_asked_for_in_particular() -> bool:
    """Whether the logger ``runlog`` was itself given DEBUG, by its user or by ``RUNLOG_DEBUG``.

    Then runs keep the steps as well. Root at DEBUG is how programs ask for their own records: it shows the steps, and
    no run would be the better for them.
    """
    return logging.NOTSET < _logger.level <= logging.DEBUG


def tell(message: str, *args: object) -> None:
    """Log a step at DEBUG, where it is asked for."""
    if is_asked_for_in_particular():
        _logger.debug(message, *args, stacklevel=2)
    elif is_asked_for() and not _may_go_round():
        _logger.debug(message, *args, stacklevel=2, extra=SHOWN_ONLY)


def tell_in_particular(message: str, *args: object) -> None:
    """Log a detail at DEBUG, for whoever asked the logger ``runlog`` for it: of others it would take the room."""
    if is_asked_for_in_particular():
        _logger.debug(message, *args, stacklevel=2)


def _may_go_round() -> bool:
    """Whether what handlers print may come back as records: outside a run nothing keeps them from going round."""
    return any(stream is not None and not isinstance(stream, io.TextIOBase) for stream in (sys.stdout, sys.stderr))
