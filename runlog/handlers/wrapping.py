"""What is put in order after somebody has configured ``logging``, while a run captures.

``basicConfig``, ``dictConfig`` and ``fileConfig`` are wrapped meanwhile. After each call the implicit handlers give way
to a ``RunLogHandler`` that it brought, or come back where it took one away (:mod:`runlog.handlers.implicit`). Loggers
of runlog that it disabled as existing ones are enabled again, and levels that were lowered for the run log are lowered
again (:mod:`runlog.handlers.lowered_levels`). What it changed is noted with the line that called it
(:mod:`runlog.handlers.provenance`), for whoever asks why a record is missing.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from runlog import own_log
from runlog.handlers import call_handlers, implicit, lowered_levels
from runlog.handlers.metrics_logger import metrics_logger
from runlog.handlers.replaced import AnyFunction, Replaced
from runlog.handlers.when_imported import when_imported

_OWN = "runlog"

_users: list[object] = []
_places: dict[tuple[Any, str], Replaced] = {}
_wrapped: list[Replaced] = []
_stop_waiting: list[Callable[[], None]] = []
"""What gives up waiting for the import of ``logging.config``; empty where nothing is wrapped."""
_depth = 0


def install(handler: logging.Handler) -> None:
    """Have ``handler`` get the records of root, whatever configures ``logging`` meanwhile; see :mod:`implicit`.

    May be called once for each run; as many calls of :func:`uninstall` undo it.
    """
    with logging._lock:  # type: ignore[attr-defined]
        _begin(handler)
        metrics_logger()
        implicit.install(handler)


def uninstall(handler: logging.Handler) -> None:
    """Undo one :func:`install`."""
    with logging._lock:  # type: ignore[attr-defined]
        implicit.uninstall(handler)
        _end(handler)


def lower_root_level(level: int) -> Callable[[], None]:
    """:func:`lower_level` of root."""
    return lower_level(logging.root, level)


def lower_level(logger: logging.Logger, level: int) -> Callable[[], None]:
    """Let records from ``level`` on through a logger to the run log; other handlers go on showing what they did.

    Returns:
        A function that undoes it; calling it again does nothing.
    """
    token = object()
    with logging._lock:  # type: ignore[attr-defined]
        _begin(token)
        call_handlers.begin(token)
        undo = lowered_levels.lower_level(logger, level)

    def restore() -> None:
        with logging._lock:  # type: ignore[attr-defined]
            undo()
            call_handlers.end(token)
            _end(token)

    return restore


@contextmanager
def _settled_after() -> Iterator[None]:
    """Call a configuration function in this block. Wrapped functions call each other: the outermost counts."""
    global _depth
    with logging._lock:  # type: ignore[attr-defined]  # they all hold it nearly throughout
        enabled = [logger for logger in _own_loggers() if not logger.disabled]
        _depth += 1
        try:
            yield
        finally:
            _depth -= 1
            if not _depth:
                _settle(enabled)


def _settle(enabled: list[logging.Logger]) -> None:
    implicit.settle()
    for logger in enabled:
        logger.disabled = False
    metrics_logger()
    lowered_levels.settle()


def _own_loggers() -> list[logging.Logger]:
    return [
        logger
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger) and (name == _OWN or name.startswith(f"{_OWN}."))
    ]


def _begin(user: object) -> None:
    _users.append(user)
    if not _stop_waiting:
        _wrap_in(logging, "basicConfig")
        _stop_waiting.append(when_imported("logging.config", _wrap_configuration))


def _end(user: object) -> None:
    if user in _users:
        _users.remove(user)
    if _users:
        return
    while _stop_waiting:
        _stop_waiting.pop()()
    while _wrapped:
        _wrapped.pop().end()


def _wrap_configuration() -> None:
    """Called by whoever imports ``logging.config``, so it takes no lock that somebody may hold who imports it, too."""
    config = sys.modules["logging.config"]
    _wrap_in(config, "dictConfig")
    _wrap_in(config, "fileConfig")
    # The class is what dictConfig uses, also one that a module imported by name before.
    _wrap_in(config.DictConfigurator, "configure")


def _wrap_in(owner: Any, name: str) -> None:
    replaced = _places.setdefault((owner, name), Replaced(owner, name, _make))
    replaced.begin()
    _wrapped.append(replaced)


def _make(replaced: Replaced, original: AnyFunction) -> AnyFunction:
    def configured(*args: Any, **kwargs: Any) -> Any:
        if not replaced.acts(configured):
            return original(*args, **kwargs)
        from runlog.handlers import provenance

        with _settled_after(), provenance.called(original.__name__, force=bool(kwargs.get("force"))):
            result = original(*args, **kwargs)
        for handler in implicit.installed():
            how = implicit.how_installed(handler)
            own_log.tell_in_particular("after %s, root's records are captured %s", original.__name__, how)
        return result

    return configured
