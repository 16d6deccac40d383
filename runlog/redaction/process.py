"""The one redactor of the process, and how it is told of secrets.

It is on by default, with the shapes of well-known credentials, the names that secrets go under, and the secrets that
the environment holds. ``RUNLOG_REDACT=0`` turns it off.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from runlog.errors import WrongTypeError, WrongValueError
from runlog.redaction import payloads
from runlog.redaction.environment import secrets_in
from runlog.redaction.patterns import DEFAULT, Pattern, own_pattern
from runlog.redaction.redactor import Redactor
from runlog.redaction.templates import Templates
from runlog.switches import is_switched_on

SHORTEST_VALUE = 4
"""Characters of a secret that is told: shorter ones would take the half of each text with them."""


class _Told:
    """What the program said so far."""

    def __init__(self) -> None:
        self.names: frozenset[str] = frozenset()
        self.patterns: tuple[Pattern, ...] = ()
        self.values: frozenset[str] = frozenset()
        self.environment = True


current: Redactor | None = None
"""The redactor; None where it is turned off."""
templates: Templates | None = None
"""What it knows of templates of log messages."""
_told = _Told()
_found: frozenset[str] = frozenset()


def redact(
    names: Iterable[str] = (),
    patterns: Iterable[Any] = (),
    values: Iterable[str] = (),
    *,
    environment: bool = True,
) -> None:
    """Hide further secrets from now on, in this process. What was written before stays as it is.

    Each call adds to what is hidden, and looks at the environment again, for variables that were set since the start.

    Args:
        names: names that secrets go under, beside those that are known (``password``, ``api_key``, ...), without
            regard to case: what stands under a name that has one of these in it is hidden in ``name=value``, JSON,
            mappings, extra fields, parameters, tags and columns. Numbers stay.
        patterns: regular expressions of what is hidden. Where one has a group named ``secret``, only that is.
        values: secrets themselves, of at least 4 characters each.
        environment: hide the values of environment variables that are named like secrets.

    Raises:
        WrongTypeError: one of them is no list, or has something else in it than text.
        WrongValueError: a pattern can't be compiled, a name is empty, or a value is too short.
    """
    own_names = _texts("names", names)
    own_values = _texts("values", values)
    if isinstance(patterns, str | bytes) or not isinstance(patterns, Iterable):
        raise WrongTypeError(f"patterns is a list of regular expressions, not {type(patterns).__name__}")
    own_patterns = tuple(map(own_pattern, patterns))
    if any(not one.strip() for one in own_names):
        raise WrongValueError("names has an empty one; leave it out")
    if any(len(one) < SHORTEST_VALUE for one in own_values):
        raise WrongValueError(
            f"values has a secret of fewer than {SHORTEST_VALUE} characters, which would be found in ordinary words"
        )
    _told.names |= own_names
    _told.patterns += own_patterns
    _told.values |= own_values
    _told.environment = environment
    _build()


def refresh() -> None:
    """Look whether the environment has other secrets than before."""
    if current is not None and _secrets_of_environment() != _found:
        _build()


def text(value: str) -> str:
    """A text without its secrets; the very object where there are none, or redaction is off."""
    return value if current is None else current.text(value)


def named(name: str, value: str) -> str:
    """The same of a text that stands under a name."""
    if current is None:
        return value
    kept = current.under_name(current.names.likely(name), current.text(value), name=name)
    return str(kept)


def content(data: bytes) -> bytes:
    """Text in UTF-8 without its secrets."""
    return data if current is None else current.content(data)


def clean(kind: int, payload: bytes) -> bytes:
    """The payload of an event without its secrets; the very object where there are none."""
    return payload if current is None else payloads.clean(current, kind, payload)


def clean_log(payload: bytes, varying: bytes | str, recurring: Sequence[Any]) -> bytes:
    """The payload of a log record without its secrets, where its texts were told apart.

    See :func:`runlog.redaction.payloads.clean_log`.
    """
    return payload if current is None else payloads.clean_log(current, payload, varying, recurring)


def arguments(given: Sequence[str]) -> list[str]:
    """A command line without its secrets."""
    from runlog.redaction.arguments import redact_arguments, redact_text

    return redact_arguments(given, lambda one: text(redact_text(one)))


def always() -> Redactor:
    """The redactor, also where it is turned off: for what is handed on to others."""
    if current is not None:
        return current
    return Redactor(_told.names, (*DEFAULT, *_told.patterns), _told.values | secrets_in(os.environ))


def is_on() -> bool:
    """Whether the environment lets secrets be hidden."""
    return is_switched_on("RUNLOG_REDACT", default=True)


def _texts(what: str, given: Iterable[str]) -> frozenset[str]:
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise WrongTypeError(f"{what} is a list of texts, not {type(given).__name__}")
    listed = list(given)
    if any(not isinstance(one, str) for one in listed):
        raise WrongTypeError(f"{what} has something in it that is no text")
    return frozenset(listed)


def _secrets_of_environment() -> frozenset[str]:
    return secrets_in(os.environ) if _told.environment else frozenset()


def _build() -> None:
    global current, templates, _found
    _found = _secrets_of_environment()
    if not is_on():
        current = templates = None
        return
    current = Redactor(_told.names, (*DEFAULT, *_told.patterns), _told.values | _found)
    templates = Templates(current)


_build()
