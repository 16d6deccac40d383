"""The sources of a capture, begun and ended together. One that fails is told of; the others and the program go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from runlog.capturing.choice import DESCRIPTOR, Capture

Undo = Callable[[], None]
_logger = logging.getLogger("runlog")
_streams: dict[str, Any] = {}


def begin(wanted: Capture, open_crash_file: Callable[[], BinaryIO] | None) -> list[Undo]:
    """Begin every source that is wanted; what undoes each, to be called in the opposite order.

    Args:
        wanted: The sources.
        open_crash_file: Opens a file of the run for ``faulthandler``; None outside any run.
    """
    undone: list[Undo] = []
    for name, start in (
        ("uncaught exceptions", _uncaught if wanted.uncaught else None),
        ("warnings", _warnings if wanted.warnings else None),
        ("stdout", (lambda: _stream("stdout")) if wanted.stdout else None),
        ("stderr", (lambda: _stream("stderr")) if wanted.stderr else None),
        ("stdout's file descriptor", (lambda: _descriptor("stdout")) if wanted.stdout == DESCRIPTOR else None),
        ("stderr's file descriptor", (lambda: _descriptor("stderr")) if wanted.stderr == DESCRIPTOR else None),
        ("crashes", (lambda: _crashes(open_crash_file)) if wanted.faulthandler and open_crash_file else None),
        ("loggers", (lambda: _loggers(wanted.loggers)) if wanted.loggers else None),
    ):
        if start is not None:
            try:
                undone.append(start())
            except OSError as error:  # as the surroundings are
                _logger.warning("%s can't be captured here: %s", name, error)
            except Exception:
                _logger.warning("%s can't be captured here; the program goes on", name, exc_info=True)
    return undone


def end(undone: list[Undo]) -> None:
    """End what was begun, the last first."""
    while undone:
        try:
            undone.pop()()
        except Exception:
            _logger.warning("a capture could not be ended as it should; the program goes on", exc_info=True)


def _uncaught() -> Undo:
    from runlog.capturing import uncaught

    uncaught.begin()
    return uncaught.end


def _warnings() -> Undo:
    from runlog.capturing import shown_warnings

    shown_warnings.begin()
    return shown_warnings.end


def _stream(name: str) -> Undo:
    from runlog.capturing.streams import StreamCapture

    capture = _streams.get(name)
    if capture is None:
        capture = _streams[name] = StreamCapture(name, logging.INFO if name == "stdout" else logging.WARNING)
    capture.begin()
    undo: Undo = capture.end
    return undo


def _descriptor(name: str) -> Undo:
    _streams[name].begin_descriptor()
    undo: Undo = _streams[name].end_descriptor
    return undo


def _crashes(open_file: Callable[[], BinaryIO]) -> Undo:
    from runlog.capturing import crashes

    return crashes.begin(open_file())


def _loggers(levels: Mapping[str, int]) -> Undo:
    from runlog.capturing import loggers

    return loggers.begin(levels)
