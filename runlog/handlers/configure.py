"""A set of handlers in one call."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from runlog.errors import WrongTypeError, WrongValueError
from runlog.levels import level_number

DEFAULT_FILE = "logs/run.jsonl"
MAX_BYTES = 10_000_000
BACKUPS = 5
_ARGUMENTS = ("console", "file", "run")

HandlerChoice: TypeAlias = bool | int | str | Mapping[str, Any] | None
FileChoice: TypeAlias = HandlerChoice | os.PathLike[str]


def handlers(
    *, console: HandlerChoice = "INFO", file: FileChoice = None, run: HandlerChoice = True
) -> list[logging.Handler]:
    """Make handlers, for ``logging.basicConfig(level=logging.DEBUG, handlers=runlog.handlers(...))``.

    Each is chosen by a level (``"INFO"`` or ``logging.INFO``), by True (the default level), by a mapping of the
    handler's arguments, or left out by False or None. ``format=`` of ``basicConfig`` holds for them; without it they
    have their own layouts, which a ``format`` in a mapping changes, too. The root logger's own level is not set here:
    it decides first.

    Args:
        console: A :class:`ConsoleHandler`; True is INFO. ``{"level": "INFO", "metrics": True}`` shows metrics too.
        file: A :class:`RotatingFileHandler` of JSON lines; True is every level. A level name writes to
            ``logs/run.jsonl`` in the current folder; any other string or path is the file's. It is put away at 10 MB
            and five such files are kept, unless a mapping (with ``filename``, ``maxBytes``, ...) says otherwise.
        run: A :class:`RunLogHandler`, which writes to the current run; True is every level.

    Returns:
        The chosen handlers, in the order console, file, run.

    Raises:
        WrongTypeError: for a choice, or an argument in a mapping, that is of another kind.
        WrongValueError: for a level that does not exist.
    """
    chosen = (
        _make("console", console, _console),
        _make("file", _file_options(file), _file),
        _make("run", run, _run),
    )
    return [handler for handler in chosen if handler is not None]


def call(given: Sequence[object], choices: dict[str, Any]) -> list[logging.Handler]:
    """:func:`handlers` with whatever it was called with.

    Raises:
        WrongTypeError: for an argument without a name, or of a name that does not exist.
    """
    if given:
        raise WrongTypeError(
            f"runlog.handlers() takes its arguments by name, not {given[0]!r}: write console={given[0]!r}, for instance"
        )
    for name in choices:
        if name not in _ARGUMENTS:
            raise WrongTypeError(f"runlog.handlers() has no argument {name!r}{_meant(name, _ARGUMENTS)}")
    return handlers(**choices)


def _meant(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}"


def _make(
    name: str, choice: HandlerChoice, make: Callable[[dict[str, Any]], logging.Handler]
) -> logging.Handler | None:
    if choice is None or choice is False:
        return None
    options = dict(choice) if isinstance(choice, Mapping) else _level_options(name, choice)
    level = level_number(options.pop("level", None))
    handler = make(options)
    if level is not None:
        handler.setLevel(level)
    return handler


def _made(kind: type[logging.Handler], options: Mapping[str, Any]) -> logging.Handler:
    """A handler with its arguments.

    Raises:
        WrongTypeError: it has no such argument, or the argument is of another kind.
    """
    from inspect import signature

    known = list(signature(kind).parameters)
    for name in options:
        if name not in known:
            raise WrongTypeError(f"{kind.__name__} has no argument {name!r}{_meant(str(name), known)}")
    return kind(**options)


def _level_options(name: str, choice: object) -> dict[str, Any]:
    if choice is True:
        return {}
    if isinstance(choice, int | str):
        return {"level": choice}
    raise WrongTypeError(f"{name} must be a level, True, False or a mapping of arguments, not {choice!r}")


def _file_options(choice: FileChoice) -> HandlerChoice:
    if isinstance(choice, str) and not _is_level(choice):
        if not choice:
            raise WrongValueError("file is empty: give a level such as 'DEBUG', or a file's path")
        return {"filename": choice}
    return {"filename": choice} if isinstance(choice, os.PathLike) else choice


def _is_level(text: str) -> bool:
    return isinstance(logging.getLevelName(text.upper()), int)


def _console(options: dict[str, Any]) -> logging.Handler:
    from runlog.handlers.console import ConsoleHandler

    handler = _made(ConsoleHandler, options)
    handler.setLevel(logging.INFO)
    return handler


def _file(options: dict[str, Any]) -> logging.Handler:
    from runlog.handlers.rotating import RotatingFileHandler

    defaults: dict[str, Any] = {"filename": DEFAULT_FILE, "maxBytes": MAX_BYTES, "backupCount": BACKUPS}
    return _made(RotatingFileHandler, {**defaults, **options})


def _run(options: dict[str, Any]) -> logging.Handler:
    from runlog.handlers.run_log import RunLogHandler

    return _made(RunLogHandler, options)
