"""Handlers on a logger that the configuration functions of ``logging`` neither count nor remove."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import chain


class UncountedHandlers(list[logging.Handler]):
    """A logger's list of handlers with some more that only show when it is walked through.

    ``Logger.callHandlers`` walks through the list, so the uncounted handlers get every record. They get it first: the
    copy that a ``QueueHandler`` makes for another thread then says that the record was written. Length, truth and
    slices know the others only, and these are what ``basicConfig`` (which does nothing where there are handlers),
    ``force=True``, ``dictConfig``, ``fileConfig`` and ``logging.warning`` look at: to them nobody has configured
    anything yet, and there is nothing to remove. ``in`` and ``remove`` know all, so that ``removeHandler`` works for
    whoever means just that handler.
    """

    def __init__(self, counted: list[logging.Handler], uncounted: tuple[logging.Handler, ...] = ()) -> None:
        super().__init__(counted)
        self.uncounted = uncounted

    def __iter__(self) -> Iterator[logging.Handler]:
        return chain(self.uncounted, super().__iter__())

    def __contains__(self, handler: object) -> bool:
        return super().__contains__(handler) or handler in self.uncounted

    def __repr__(self) -> str:
        return f"{super().__repr__()} + uncounted {list(self.uncounted)!r}"

    def remove(self, handler: logging.Handler) -> None:
        """Take a handler off, counted or not."""
        if handler in self.uncounted:
            self.uncounted = tuple(one for one in self.uncounted if one is not handler)
        else:
            super().remove(handler)


def add_uncounted(logger: logging.Logger, handler: logging.Handler) -> None:
    """Have ``handler`` get the records of ``logger`` without being counted."""
    with logging._lock:  # type: ignore[attr-defined]  # what addHandler and removeHandler hold
        handlers = logger.handlers
        earlier = handlers.uncounted if isinstance(handlers, UncountedHandlers) else ()
        uncounted = (*(one for one in earlier if one is not handler), handler)
        logger.handlers = UncountedHandlers([one for one in handlers[:] if one is not handler], uncounted)


def remove_uncounted(logger: logging.Logger, handler: logging.Handler) -> None:
    """Take ``handler`` off; with the last uncounted handler the list is a plain one again."""
    with logging._lock:  # type: ignore[attr-defined]
        if handler in logger.handlers:
            logger.handlers.remove(handler)
        if isinstance(logger.handlers, UncountedHandlers) and not logger.handlers.uncounted:
            logger.handlers = logger.handlers[:]
