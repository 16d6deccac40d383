"""What the root logger gets while a run is open: the implicit handler, and the level that was asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from runlog import own_log
from runlog.handlers.call_handlers import handlers_of
from runlog.handlers.run_log import RunLogHandler
from runlog.lifecycle import notices

if TYPE_CHECKING:
    from runlog.run import Run

DEFAULT_LEVEL = logging.WARNING
"""Root's, where nobody chose another."""
_logger = logging.getLogger("runlog")


class ImplicitRunLogHandler(RunLogHandler):
    """The handler that a run puts on the root logger where nobody configured one."""


_implicit: ImplicitRunLogHandler | None = None
_capturing: list[Run] = []
_restorers: dict[str, Callable[[], None]] = {}
_hinted = False


def begin(run: Run, level: int | None, *, wanted: bool, hint: bool = True) -> None:
    """Set up the root logger for a run that opened.

    Args:
        run: that records go to.
        level: what root is to let through at least; None leaves it.
        wanted: whether records are captured.
        hint: whether to say what root's level keeps from the run.
    """
    root = logging.getLogger()
    if level is not None:
        from runlog.handlers import wrapping

        _restorers[run.id] = wrapping.lower_root_level(level)
    if not wanted:
        return
    _capturing.append(run)
    if _implicit is None:
        _attach()
    if hint:
        _hint(root)


def is_capturing() -> bool:
    """Whether a run that is open captures what reaches the root logger."""
    return bool(_capturing)


def end(run: Run) -> None:
    """Put the root logger back as far as it was this run that changed it."""
    if (restore := _restorers.pop(run.id, None)) is not None:
        restore()
    if run in _capturing:
        _capturing.remove(run)
        if not _capturing:
            _detach()


def level_of_run_log() -> int | None:
    """The lowest level that reaches a run through the root logger; None where no record does."""
    own = [one.level for one in handlers_of(logging.getLogger()) if isinstance(one, RunLogHandler)]
    return min(own, default=None)


def set_level(level: int) -> None:
    """Give the implicit handler a level."""
    if _implicit is not None:
        _implicit.setLevel(level)


def _attach() -> None:
    """Have the implicit handler on root, or standing by as long as somebody's own ``RunLogHandler`` is there."""
    global _implicit
    from runlog.handlers import implicit, wrapping

    _implicit = ImplicitRunLogHandler()
    wrapping.install(_implicit)
    own_log.tell_in_particular("root's records are captured %s", implicit.how_installed(_implicit))


def _detach() -> None:
    global _implicit
    if _implicit is None:
        return
    from runlog.handlers import wrapping

    own_log.tell_in_particular("root's records are captured no more, as the last run that asked for it ends")
    wrapping.uninstall(_implicit)
    _implicit = None


def _hint(root: logging.Logger) -> None:
    """Say once that root's level, where nobody chose one, keeps INFO from a run whose handler would take it."""
    global _hinted
    wanted = level_of_run_log() or logging.NOTSET
    if _hinted or root.level != DEFAULT_LEVEL or wanted > logging.INFO or notices.is_quiet():
        return
    _hinted = True
    _logger.warning(
        "runlog: the root logger's level is %s: records below it, INFO and DEBUG, do not reach the run. "
        'log_level="DEBUG" for the run, or logging.basicConfig(level=logging.INFO), lets them through.',
        logging.getLevelName(root.level),
        extra=own_log.SHOWN_ONLY,
    )
