"""Exceptions that an asyncio event loop reports, whoever handles them.

A loop without an exception handler of its own logs what it reports on the logger ``asyncio``, which reaches the run
like any record. One with a handler does what that says; so the call of the handler is wrapped, for every loop that is
built on ``asyncio.BaseEventLoop``, the running ones and the new ones.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from runlog.capturing import record
from runlog.handlers.replaced import AnyFunction, Replaced

Write = Callable[[BaseException, str], bool]
_replaced: Replaced | None = None


def begin(write: Write) -> None:
    """Wrap the loops of asyncio, if it is imported: without it nothing runs in a loop yet."""
    global _replaced
    loops = sys.modules.get("asyncio.base_events")
    if loops is None:
        return
    if _replaced is None:
        _replaced = Replaced(loops.BaseEventLoop, "call_exception_handler", _written_by(write))
    _replaced.begin()


def end() -> None:
    """Put the loops back, as far as the wrapper is still ours."""
    if _replaced is not None:
        _replaced.end()


def _written_by(write: Write) -> Callable[[Replaced, AnyFunction], AnyFunction]:
    def make(replaced: Replaced, original: AnyFunction) -> AnyFunction:
        def call_exception_handler(loop: Any, context: dict[str, Any]) -> Any:
            error = context.get("exception")
            if replaced.acts(call_exception_handler) and isinstance(error, BaseException) and not _is_logged(loop):
                write(error, str(context.get("message") or "an event loop"))
            return original(loop, context)

        return call_exception_handler

    return make


def _is_logged(loop: Any) -> bool:
    """Whether the loop logs the exception by itself, and the run gets that record."""
    no_handler = loop.get_exception_handler() is None
    return no_handler and record.reaches_run_log(logging.getLogger("asyncio"), logging.ERROR)
