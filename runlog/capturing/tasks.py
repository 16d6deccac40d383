"""Exceptions that an asyncio event loop reports, whoever handles them.

A loop without an exception handler of its own logs what it reports on the logger ``asyncio``, which reaches the run
like any record. One with a handler does what that says; so the call of the handler is wrapped, for every loop that is
built on ``asyncio.BaseEventLoop``, the running ones and the new ones.
"""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable
from typing import Any

from runlog.capturing import record

Write = Callable[[BaseException, str], bool]
_original: Any = None
_wrapper: Any = None


def begin(write: Write) -> None:
    """Wrap the loops of asyncio, if it is imported: without it nothing runs in a loop yet."""
    global _original, _wrapper
    loops = sys.modules.get("asyncio.base_events")
    if loops is None or _wrapper is not None:
        return
    original = loops.BaseEventLoop.call_exception_handler

    @functools.wraps(original)
    def call_exception_handler(loop: Any, context: dict[str, Any]) -> Any:
        error = context.get("exception")
        if _wrapper is call_exception_handler and isinstance(error, BaseException) and not _is_logged(loop):
            write(error, str(context.get("message") or "an event loop"))
        return original(loop, context)

    _original, _wrapper = original, call_exception_handler
    loops.BaseEventLoop.call_exception_handler = call_exception_handler


def end() -> None:
    """Put the loops back, as far as the wrapper is still ours."""
    global _original, _wrapper
    if _wrapper is None:
        return
    loop_class = sys.modules["asyncio.base_events"].BaseEventLoop
    if loop_class.call_exception_handler is _wrapper:
        loop_class.call_exception_handler = _original
    _original = _wrapper = None


def _is_logged(loop: Any) -> bool:
    """Whether the loop logs the exception by itself, and the run gets that record."""
    no_handler = loop.get_exception_handler() is None
    return no_handler and record.reaches_run_log(logging.getLogger("asyncio"), logging.ERROR)
