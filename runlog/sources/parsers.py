"""What a line says of itself: its level, message and fields, from JSON or by a regular expression."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from runlog.errors import WrongTypeError, WrongValueError


class ParsedLine(NamedTuple):
    """A line, taken apart."""

    message: str
    level: int | None = None
    """None: it says none, and has that of its source."""
    fields: Mapping[str, Any] = {}


Parser: TypeAlias = Callable[[str], ParsedLine]
ParserChoice: TypeAlias = str | re.Pattern[str] | Callable[[str], Any] | None

_LEVEL_KEYS = ("level", "levelname", "severity", "lvl", "log.level")
_MESSAGE_KEYS = ("message", "msg", "event")
_ALIASES = {
    "TRACE": logging.DEBUG,
    "NOTICE": logging.INFO,
    "WARN": logging.WARNING,
    "ERR": logging.ERROR,
    "FATAL": logging.CRITICAL,
    "ALERT": logging.CRITICAL,
    "EMERGENCY": logging.CRITICAL,
    "PANIC": logging.CRITICAL,
}


def parser_of(choice: ParserChoice) -> Parser:
    """Read ``parser=``.

    Args:
        choice: None for lines as they are; ``"json"`` for JSON objects; a regular expression (text or compiled) whose
            group ``message`` is the message, ``level`` the level, and others are fields; or a function of a line that
            returns a :class:`ParsedLine`. A line that does not fit is kept as it is.

    Raises:
        WrongTypeError: it is none of these.
        WrongValueError: the regular expression is none, or has no named group.
    """
    if choice is None:
        return ParsedLine
    if choice == "json":
        return parse_json
    if isinstance(choice, str):
        try:
            choice = re.compile(choice)
        except (re.error, OverflowError, RecursionError) as error:
            raise WrongValueError(f"parser={choice!r} is neither 'json' nor a regular expression: {error}") from error
    if isinstance(choice, re.Pattern):
        return _by_pattern(choice)
    if not callable(choice):
        raise WrongTypeError(f"parser must be 'json', a regular expression or a function, not {choice!r}")
    return _guarded(choice)


def parse_json(line: str) -> ParsedLine:
    """A line of JSON, as most loggers write it."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return ParsedLine(line)
    if not isinstance(found, dict):
        return ParsedLine(line)
    message_key = next((key for key in _MESSAGE_KEYS if isinstance(found.get(key), str)), None)
    level_key = next((key for key in _LEVEL_KEYS if _level(found.get(key)) is not None), None)
    fields = {key: value for key, value in found.items() if key not in (message_key, level_key)}
    message = line if message_key is None else found[message_key]
    return ParsedLine(message, None if level_key is None else _level(found[level_key]), fields)


def _by_pattern(pattern: re.Pattern[str]) -> Parser:
    if not pattern.groupindex:
        raise WrongValueError(
            f"the pattern {pattern.pattern!r} names no group: write (?P<level>...), (?P<message>...), others are fields"
        )

    def parse(line: str) -> ParsedLine:
        match = pattern.match(line)
        if match is None:
            return ParsedLine(line)
        fields = {name: value for name, value in match.groupdict().items() if value is not None}
        level = _level(fields.get("level"))
        if level is not None:
            del fields["level"]
        return ParsedLine(fields.pop("message", line), level, fields)

    return parse


def _guarded(function: Callable[[str], Any]) -> Parser:
    """A parser of the user's own: what it raises costs the line its fields, and nothing else."""

    def parse(line: str) -> ParsedLine:
        try:
            parsed = function(line)
        except Exception as error:
            return ParsedLine(line, None, {"parser_error": f"{type(error).__name__}: {error}"})
        if not isinstance(parsed, ParsedLine):
            return ParsedLine(line, None, {"parser_error": f"it returned {type(parsed).__name__}, no ParsedLine"})
        return parsed

    return parse


def _level(value: object) -> int | None:
    """A level by name or, as some loggers have it, by number."""
    if isinstance(value, str):
        name = value.strip().upper()
        number = _ALIASES.get(name, logging.getLevelName(name))
        return number if isinstance(number, int) else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 100:
        return value
    return None
