"""What the root logger gets while a run is open: the implicit handler, and the level that was asked for."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runlog.handlers.run_log import RunLogHandler

if TYPE_CHECKING:
    from runlog.run import Run

_logger = logging.getLogger("runlog")


class ImplicitRunLogHandler(RunLogHandler):
    """The handler that a run puts on the root logger where nobody configured one.

    Where it is the only handler, :mod:`logging` would print warnings through ``logging.lastResort``; so they are still
    printed.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, and print it where nothing else would."""
        super().emit(record)
        last = logging.lastResort
        if last is not None and record.levelno >= last.level and self._is_alone(record):
            last.handle(record)

    def _is_alone(self, record: logging.LogRecord) -> bool:
        logger: logging.Logger | None = logging.getLogger(record.name)
        while logger is not None:
            if any(handler is not self for handler in logger.handlers):
                return False
            logger = logger.parent if logger.propagate else None
        return True


@dataclass
class _Lowered:
    """What lowering the root level changed, to be put back."""

    root_level: int
    lowered_to: int
    pinned: list[tuple[logging.Handler, int, int]] = field(default_factory=list)


_implicit: ImplicitRunLogHandler | None = None
_capturing: list[Run] = []
_lowered: dict[str, _Lowered] = {}
_hinted = False


def begin(run: Run, level: int | None, *, wanted: bool) -> None:
    """Set up the root logger for a run that opened."""
    root = logging.getLogger()
    if level is not None:
        _lower(run, root, level)
    if not wanted:
        return
    _capturing.append(run)
    if _implicit is None and not _is_configured(root):
        _attach(root)
    _hint(root)


def end(run: Run) -> None:
    """Put the root logger back as far as it was this run that changed it."""
    root = logging.getLogger()
    _restore(run, root)
    if run in _capturing:
        _capturing.remove(run)
        if not _capturing:
            _detach(root)


def _is_configured(root: logging.Logger) -> bool:
    return any(isinstance(handler, RunLogHandler) for handler in root.handlers)


def _attach(root: logging.Logger) -> None:
    global _implicit
    from runlog.handlers import wrapping

    _implicit = ImplicitRunLogHandler()
    root.addHandler(_implicit)
    wrapping.install(_implicit)


def _detach(root: logging.Logger) -> None:
    global _implicit
    if _implicit is None:
        return
    from runlog.handlers import wrapping

    wrapping.uninstall(_implicit)
    root.removeHandler(_implicit)
    _implicit = None


def _lower(run: Run, root: logging.Logger, level: int) -> None:
    before = root.level
    if level >= before:
        return
    lowered = _Lowered(before, level)
    for handler in root.handlers:
        if not isinstance(handler, RunLogHandler) and handler.level < before:
            lowered.pinned.append((handler, handler.level, before))
            handler.setLevel(before)
    root.setLevel(level)
    _lowered[run.id] = lowered


def _restore(run: Run, root: logging.Logger) -> None:
    """Undo the lowering, except where somebody set another level since."""
    lowered = _lowered.pop(run.id, None)
    if lowered is None:
        return
    if root.level == lowered.lowered_to:
        root.setLevel(lowered.root_level)
    for handler, level, pinned in lowered.pinned:
        if handler.level == pinned:
            handler.setLevel(level)


def _hint(root: logging.Logger) -> None:
    global _hinted
    if _hinted or root.level <= logging.INFO:
        return
    _hinted = True
    _logger.warning(
        "the root logger's level is %s: records below it, INFO and DEBUG, do not reach the run. "
        'logging.basicConfig(level=logging.DEBUG) or log_level="DEBUG" for the run lets them through.',
        logging.getLevelName(root.level),
    )
