"""Records that carry an exception whose traceback has 16 frames."""

from __future__ import annotations

import logging
from pathlib import Path

from benchmarks.statement import Statement

from .stdlib import logger_with

FRAMES = 16
_ERROR = 'log.error("batch %d failed", i, exc_info=error)'


def raised(frames: int = FRAMES) -> ValueError:
    """An exception that was raised through this many frames, the one that catches it included."""
    try:
        _descend(frames - 1)
    except ValueError as error:
        return error
    raise AssertionError("the descent raises")


def _descend(depth: int) -> None:
    if depth == 1:
        raise ValueError("loss is not finite")
    _descend(depth - 1)


def error_into(name: str, handler: logging.Handler) -> Statement:
    """``logger.error(..., exc_info=error)`` into a handler."""
    return Statement(_ERROR, {"log": logger_with(f"error.{name}", handler), "error": raised()})


def handlers(folder: Path) -> dict[str, Statement]:
    """The standard library's FileHandler, which formats the traceback in the caller."""
    return {
        "NullHandler, exception": error_into("null", logging.NullHandler()),
        "FileHandler, exception": error_into("file", logging.FileHandler(folder / "errors.log")),
    }
