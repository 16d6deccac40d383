"""Watching every change of loggers and handlers, so that an explanation can name the line that made it."""

from __future__ import annotations

import functools
import logging
import logging.config
from collections.abc import Callable
from typing import Any

from runlog.handlers import provenance

_LOGGER_FIELDS = ("level", "propagate", "disabled")
_HANDLER_FIELDS = {"level": "handler level", "_closed": "handler closed"}
_replaced: list[tuple[Any, str, Any, Any]] = []
_MISSING = object()


def watch() -> None:
    """Note each change from now on: levels, ``propagate``, ``disabled``, handlers, ``logging.disable``. For debugging.

    An assignment to an attribute of a logger or handler then takes about a microsecond more; records do not.
    """
    if _replaced:
        return
    provenance.each_change_is_seen = True
    _replace(logging.Logger, "__setattr__", _set_on_logger)
    _replace(logging.Handler, "__setattr__", _set_on_handler)
    _replace(logging.Logger, "addHandler", _noted_handlers(logging.Logger.addHandler))
    _replace(logging.Logger, "removeHandler", _noted_handlers(logging.Logger.removeHandler))
    _replace(logging.Manager, "__setattr__", _set_on_manager)
    for place, name in (
        (logging, "basicConfig"),
        (logging.config, "dictConfig"),
        (logging.config, "fileConfig"),
    ):
        _replace(place, name, _noted_call(getattr(place, name)))


def unwatch() -> None:
    """Undo :func:`watch`. What somebody wrapped since stays, and does nothing of its own."""
    provenance.each_change_is_seen = False
    for owner, name, original, ours in reversed(_replaced):
        if owner.__dict__.get(name) is ours:
            if original is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, original)
    _replaced.clear()


def is_watching() -> bool:
    """Whether each change is noted."""
    return provenance.each_change_is_seen


def _replace(owner: Any, name: str, ours: Any) -> None:
    _replaced.append((owner, name, owner.__dict__.get(name, _MISSING), ours))
    setattr(owner, name, ours)


def _set_on_logger(logger: logging.Logger, name: str, value: Any) -> None:
    before = logger.__dict__.get(name, _MISSING)
    earlier = list(before) if name == "handlers" and isinstance(before, list) else []
    object.__setattr__(logger, name, value)
    if before is _MISSING:  # the logger is being made
        return
    if name in _LOGGER_FIELDS and before != value:
        provenance.note(name, logger.name, value)
    elif name == "handlers":
        _note_handlers(logger, earlier)


def _set_on_handler(handler: logging.Handler, name: str, value: Any) -> None:
    before = handler.__dict__.get(name, None if name == "level" else False)
    object.__setattr__(handler, name, value)
    if name in _HANDLER_FIELDS and (before or 0) != value:
        what = _HANDLER_FIELDS[name]
        provenance.note(what, "", value if name == "level" else type(handler).__name__, handler=handler)


def _set_on_manager(manager: logging.Manager, name: str, value: Any) -> None:
    before = manager.__dict__.get("_disable", 0)
    object.__setattr__(manager, name, value)
    if name == "disable" and before != manager.disable:
        provenance.note("disable", "", manager.disable)


def _noted_handlers(method: Callable[[logging.Logger, logging.Handler], None]) -> Callable[..., None]:
    @functools.wraps(method)
    def noted(logger: logging.Logger, hdlr: logging.Handler) -> None:
        before = list(logger.handlers)
        method(logger, hdlr)
        _note_handlers(logger, before)

    return noted


def _note_handlers(logger: logging.Logger, before: list[logging.Handler]) -> None:
    now = list(logger.handlers)
    for handler in now:
        if handler not in before:
            provenance.note("handler added", logger.name, type(handler).__name__, handler=handler)
    for handler in before:
        if handler not in now:
            provenance.note("handler removed", logger.name, type(handler).__name__, handler=handler)


def _noted_call(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def noted(*args: Any, **kwargs: Any) -> Any:
        with provenance.called(function.__name__, force=bool(kwargs.get("force"))):
            return function(*args, **kwargs)

    return noted
