"""What runlog tells of itself, step by step, to whoever asks for that in particular."""

from __future__ import annotations

import logging

_logger = logging.getLogger("runlog")


def is_asked_for() -> bool:
    """Whether the logger ``runlog`` was itself given DEBUG, by its user or by ``RUNLOG_DEBUG``.

    Root at DEBUG is not enough: that is how programs ask for their own records, and each run would begin and end with
    ours.
    """
    return logging.NOTSET < _logger.level <= logging.DEBUG


def tell(message: str, *args: object) -> None:
    """Log a step at DEBUG, where it is asked for."""
    if is_asked_for():
        _logger.debug(message, *args, stacklevel=2)
