"""Exceptions that nobody caught: of the main program, of threads, of asyncio, and those that can't be raised."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import Any

from runlog.capturing import record, tasks
from runlog.capturing.hooks import ObservedHook

LOGGER = "runlog.uncaught"
"""The logger of the records."""
MAIN_HOOK = ObservedHook(sys, "excepthook")
"""Also observed by :mod:`runlog.lifecycle.exits`, for the status that open runs end with."""
_THREAD_HOOK = ObservedHook(threading, "excepthook")
_UNRAISABLE_HOOK = ObservedHook(sys, "unraisablehook")
_wanted = 0


def begin() -> None:
    """Record uncaught exceptions from now on; each call is undone by one of :func:`end`."""
    global _wanted
    _wanted += 1
    if _wanted == 1:
        MAIN_HOOK.observe(_in_main)
        _THREAD_HOOK.observe(_in_thread)
        _UNRAISABLE_HOOK.observe(_unraisable)
        tasks.begin(write)


def end() -> None:
    """Undo one :func:`begin`."""
    global _wanted
    _wanted -= 1
    if _wanted == 0:
        MAIN_HOOK.leave(_in_main)
        _THREAD_HOOK.leave(_in_thread)
        _UNRAISABLE_HOOK.leave(_unraisable)
        tasks.end()


def is_wanted() -> bool:
    """Whether uncaught exceptions are recorded now."""
    return _wanted > 0


def write_fatal(error: BaseException, where: str) -> bool:
    """Write the record of an exception that ends a run or the process; Ctrl-C is no fault of the program."""
    return write(error, where, logging.WARNING if isinstance(error, KeyboardInterrupt) else logging.CRITICAL)


def write(error: BaseException, where: str, level: int = logging.ERROR) -> bool:
    """Write the record of an exception that nobody caught in ``where``."""
    name = type(error).__name__
    record.write(record.exception_record(LOGGER, level, "uncaught %s in %s", (name, where), error))
    return True


def _in_main(_kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> bool:
    return write_fatal(error, "the main program")


def _in_thread(args: Any) -> bool:
    if args.exc_value is None or issubclass(args.exc_type, SystemExit):
        return False
    return write(args.exc_value, f"thread {'?' if args.thread is None else args.thread.name}")


def _unraisable(args: Any) -> bool:
    if args.exc_value is None:
        return False
    return write(args.exc_value, f"{_text_of(args.object)} ({args.err_msg or 'it could not be raised'})")


def _text_of(thing: object) -> str:
    """What a thing is called. Not its repr: the thing may be half gone already, and is not to be kept alive."""
    return str(getattr(thing, "__qualname__", None) or f"an object of {type(thing).__qualname__}")
