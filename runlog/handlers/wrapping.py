"""The implicit handler beside whatever configures ``logging`` while a run is open.

A handler on root makes a later ``logging.basicConfig`` do nothing, and is removed by ``force=True`` and by a
``dictConfig`` or ``fileConfig`` that names root, which libraries call too. So an installed handler is one that these
functions do not count (:mod:`runlog.handlers.uncounted`); it stays while they run, and misses no record of another
thread; and a module that imported ``basicConfig`` by name before the run is no exception. What is left to do after
such a call is done by wrapping them: an installed handler gives way to a ``RunLogHandler`` that the new configuration
brought, and comes back when a later one takes that away; handlers of runlog on other loggers stay there; loggers of
runlog that were disabled as existing ones are enabled again; and :mod:`runlog.handlers.lowered_levels` looks at the new
levels and handlers. What such a call changes is noted with the line that made it (:mod:`runlog.handlers.provenance`),
for whoever asks why a record is missing.
"""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeGuard

from runlog import own_log
from runlog.handlers import lowered_levels
from runlog.handlers.metrics_logger import metrics_logger
from runlog.handlers.uncounted import UncountedHandlers, add_uncounted, remove_uncounted
from runlog.handlers.when_imported import when_imported

if TYPE_CHECKING:
    from runlog.handlers.run_log import RunLogHandler

_OWN = "runlog"

_installed: list[logging.Handler] = []
_standing_by: list[logging.Handler] = []
_beside: list[tuple[logging.Logger, logging.Handler]] = []
"""Handlers on other loggers than root."""
_lowerings: set[object] = set()
_originals: list[tuple[Any, str, Any, Any]] = []
_stop_waiting: list[Callable[[], None]] = []
"""What gives up waiting for the import of ``logging.config``; empty where nothing is wrapped."""
_depth = 0


def install(handler: logging.Handler) -> None:
    """Put ``handler`` on root so that no configuration counts or removes it.

    May be called once for each run; as many calls of :func:`uninstall` take it off. Where a ``RunLogHandler`` that was
    not installed here is on root, ``handler`` stands by until that one goes.
    """
    with logging._lock:  # type: ignore[attr-defined]
        _installed.append(handler)
        _wrap()
        metrics_logger()
        if _installed.count(handler) > 1:
            return
        logging.root.removeHandler(handler)
        if _is_configured():
            _standing_by.append(handler)
            _take_off(handler)
        else:
            _put_on(handler)


def uninstall(handler: logging.Handler) -> None:
    """Undo one :func:`install`; the last one takes the handler off root."""
    with logging._lock:  # type: ignore[attr-defined]
        if handler not in _installed:
            return
        _installed.remove(handler)
        if handler not in _installed:
            _standing_by[:] = [one for one in _standing_by if one is not handler]
            _take_off(handler)
        _unwrap_if_unused()


def how_installed(handler: logging.Handler) -> str:
    """How an installed handler takes part, in words."""
    if handler in _standing_by:
        return "by a RunLogHandler that was configured; the implicit handler stands by"
    return "by the implicit handler" if handler in logging.root.handlers else "by nobody: the handler was taken off"


def is_installed() -> bool:
    """Whether some run has asked for a handler on root."""
    return bool(_installed)


def install_on(logger: logging.Logger, handler: logging.Handler) -> None:
    """Put ``handler`` on a logger that is not root, so that no configuration counts or removes it."""
    with logging._lock:  # type: ignore[attr-defined]
        _beside.append((logger, handler))
        _wrap()
        add_uncounted(logger, handler)


def uninstall_from(logger: logging.Logger, handler: logging.Handler) -> None:
    """Undo :func:`install_on`."""
    with logging._lock:  # type: ignore[attr-defined]
        _beside.remove((logger, handler))
        remove_uncounted(logger, handler)
        _unwrap_if_unused()


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
        _lowerings.add(token)
        _wrap()
        undo = lowered_levels.lower_level(logger, level, keep=_writes_run_log)

    def restore() -> None:
        with logging._lock:  # type: ignore[attr-defined]
            undo()
            _lowerings.discard(token)
            _unwrap_if_unused()

    return restore


def _put_on(handler: logging.Handler) -> None:
    add_uncounted(logging.root, handler)
    if is_run_log_handler(handler):
        handler._take_part(wanted=True)


def _take_off(handler: logging.Handler) -> None:
    remove_uncounted(logging.root, handler)
    if is_run_log_handler(handler):
        handler._take_part(wanted=False)


def is_run_log_handler(handler: logging.Handler) -> TypeGuard[RunLogHandler]:
    """Whether a handler writes to the run log by itself."""
    module = sys.modules.get("runlog.handlers.run_log")  # nobody has an instance where it was not imported
    return module is not None and isinstance(handler, module.RunLogHandler)


def _writes_run_log(handler: logging.Handler) -> bool:
    return handler in _installed or is_run_log_handler(handler)


def _is_configured() -> bool:
    """Whether root has a ``RunLogHandler`` of somebody's own."""
    return any(_writes_run_log(handler) and handler not in _installed for handler in logging.root.handlers)


@contextmanager
def _beside_installed() -> Iterator[None]:
    """Call a configuration function in this block. Wrapped functions call each other: the outermost counts."""
    global _depth
    with logging._lock:  # type: ignore[attr-defined]  # they all hold it nearly throughout
        attached = [handler for handler in dict.fromkeys(_installed) if handler in logging.root.handlers]
        beside = [(logger, handler) for logger, handler in _beside if handler in logger.handlers]
        enabled = [logger for logger in _own_loggers() if not logger.disabled]
        if not _depth:
            _hide(attached)
        _depth += 1
        try:
            yield
        finally:
            _depth -= 1
            if not _depth:
                _settle(attached, enabled)
                for logger, handler in beside:
                    add_uncounted(logger, handler)


def _hide(attached: list[logging.Handler]) -> None:
    for handler in attached:
        handlers = logging.root.handlers
        if not isinstance(handlers, UncountedHandlers) or handler not in handlers.uncounted:
            add_uncounted(logging.root, handler)  # somebody made a plain list of root's handlers


def _settle(attached: list[logging.Handler], enabled: list[logging.Logger]) -> None:
    wanted = [handler for handler in dict.fromkeys([*attached, *_standing_by]) if handler in _installed]
    if _is_configured():
        for handler in wanted:
            _take_off(handler)
        _standing_by[:] = wanted
    else:
        _standing_by.clear()
        for handler in wanted:
            _put_on(handler)
    for logger in enabled:
        logger.disabled = False
    metrics_logger()
    if _lowerings:
        lowered_levels.settle(_writes_run_log)


def _own_loggers() -> list[logging.Logger]:
    return [
        logger
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger) and (name == _OWN or name.startswith(f"{_OWN}."))
    ]


def _wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def beside_installed(*args: Any, **kwargs: Any) -> Any:
        if not (_installed or _beside or _lowerings):
            return original(*args, **kwargs)
        from runlog.handlers import provenance

        with _beside_installed(), provenance.called(original.__name__, force=bool(kwargs.get("force"))):
            result = original(*args, **kwargs)
        for handler in dict.fromkeys(_installed):
            own_log.tell("after %s, root's records are captured %s", original.__name__, how_installed(handler))
        return result

    return beside_installed


def _wrap() -> None:
    if _stop_waiting:
        return
    _wrap_in(logging, "basicConfig")
    _stop_waiting.append(when_imported("logging.config", _wrap_configuration))


def _wrap_configuration() -> None:
    """Called by whoever imports ``logging.config``, so it takes no lock that somebody may hold who imports it, too."""
    config = sys.modules["logging.config"]
    _wrap_in(config, "dictConfig")
    _wrap_in(config, "fileConfig")
    # The class is what dictConfig uses, also one that a module imported by name before.
    _wrap_in(config.DictConfigurator, "configure")


def _wrap_in(place: Any, name: str) -> None:
    original = getattr(place, name)
    wrapper = _wrapped(original)
    _originals.append((place, name, original, wrapper))
    setattr(place, name, wrapper)


def _unwrap_if_unused() -> None:
    if _installed or _beside or _lowerings:
        return
    while _stop_waiting:
        _stop_waiting.pop()()
    for place, name, original, wrapper in _originals:
        if getattr(place, name) is wrapper:  # else somebody wrapped the wrapper, which then only passes on
            setattr(place, name, original)
    _originals.clear()
