"""Handlers that get every record of a logger without standing in its list of handlers.

So ``logging.basicConfig`` configures as if nobody had before, warnings are printed where no other handler is, and
nothing takes them off that is done to the list by ``dictConfig``, by ``basicConfig(force=True)`` or by hand. They get a
record before the listed ones: the copy that a ``QueueHandler`` makes for another thread then says that it was written.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from runlog.handlers import call_handlers
from runlog.handlers.call_handlers import unlisted
from runlog.handlers.replaced import AnyFunction, Replaced

TakenOff = Callable[[logging.Logger, logging.Handler], None]
_tell_taken_off: list[TakenOff] = []


def add(logger: logging.Logger, handler: logging.Handler) -> None:
    """Have ``handler`` get the records of ``logger``, once each."""
    with call_handlers.guard:
        earlier = of(logger)
        if handler in earlier:
            return
        call_handlers.begin((logger, handler))
        _replaced.begin()
        unlisted[logger] = (*earlier, handler)


def remove(logger: logging.Logger, handler: logging.Handler) -> None:
    """Take ``handler`` off; does nothing where it is not there."""
    with call_handlers.guard:
        left = tuple(one for one in of(logger) if one is not handler)
        if left:
            unlisted[logger] = left
        else:
            unlisted.pop(logger, None)
        call_handlers.end((logger, handler))
        if not unlisted:
            _replaced.end()


def of(logger: logging.Logger) -> tuple[logging.Handler, ...]:
    """The handlers of ``logger`` that stand in no list."""
    return unlisted.get(logger, ())


def when_taken_off(tell: TakenOff) -> None:
    """Have a function told of every unlisted handler that somebody takes off by ``logger.removeHandler(handler)``."""
    _tell_taken_off.append(tell)


def note_if_watched(what: str, logger: logging.Logger, handler: logging.Handler) -> None:
    """Note that an unlisted handler came or went, where each change of ``logging`` is noted."""
    provenance = sys.modules.get("runlog.handlers.provenance")  # who watches has imported it
    if provenance is not None:
        provenance.note_if_watched(what, logger.name, handler)


def _make(replaced: Replaced, original: AnyFunction) -> AnyFunction:
    def removeHandler(logger: logging.Logger, hdlr: logging.Handler) -> None:
        if replaced.acts(removeHandler) and hdlr in of(logger):
            remove(logger, hdlr)
            for tell in _tell_taken_off:
                tell(logger, hdlr)
            note_if_watched("handler removed", logger, hdlr)
        original(logger, hdlr)

    return removeHandler


_replaced = Replaced(logging.Logger, "removeHandler", _make)
