"""Shapes of credentials that are known by their looks, whatever they stand in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from runlog.errors import WrongTypeError, WrongValueError
from runlog.redaction.formats import COMMANDS, FILES, LOGINS, SENTENCES
from runlog.redaction.looks import is_login, is_told, says_nothing
from runlog.redaction.names import HIDDEN
from runlog.redaction.providers import PRIVATE_KEYS, PROVIDERS

SECRET = "secret"  # noqa: S105 - the name of a group
"""The group of a pattern that is hidden; without one, all that it finds is."""


class Pattern(Struct, frozen=True):
    """One shape."""

    literals: tuple[str, ...]
    """One of these is in every text that the expression finds anything in; empty where nothing is known."""
    expression: str | re.Pattern[str]
    """Compiled when one of the literals was met for the first time: most programs never log a secret."""
    proof: Callable[[str], bool] | None = None
    """Whether what was found is a secret indeed; None where the shape is enough."""

    goes_on: bool = False
    """Whether 16 characters of a token stand behind each literal, which ends with a hyphen or underscore."""

    def hide(self, text: str) -> str:
        """The text without what the pattern finds."""
        return re.sub(self.expression, self._hidden, text)

    def _hidden(self, found: re.Match[str]) -> str:
        if SECRET not in found.re.groupindex:
            return HIDDEN if found[0] else ""
        start, end = found.span(SECRET)
        if start == end or (self.proof is not None and not self.proof(found[SECRET])):
            return found[0]  # the group took no part, found nothing, or no secret
        at = found.start()
        return f"{found[0][: start - at]}{HIDDEN}{found[0][end - at :]}"


def _says_something(value: str) -> bool:
    return not says_nothing(value.strip("\"'"))


DEFAULT = (
    *(Pattern(literals, expression) for literals, expression in PRIVATE_KEYS),
    *(Pattern(literals, expression, goes_on=literals[0].endswith(("-", "_"))) for literals, expression in PROVIDERS),
    *(Pattern(literals, expression, _says_something) for literals, expression in (*COMMANDS, *FILES)),
    *(Pattern(literals, expression, is_told) for literals, expression in SENTENCES),
    *(Pattern(literals, expression, is_login) for literals, expression in LOGINS),
)
"""What is hidden without being asked for."""

_PLAIN = r"[A-Za-z0-9_\-:/@# ]+"
_REPEATED = frozenset("*?{|+")


def own_pattern(given: Any) -> Pattern:
    """A pattern of the user's: a regular expression, as text or compiled.

    What it must begin with is looked for first, so that texts without it cost next to nothing.

    Raises:
        WrongTypeError: it is neither.
        WrongValueError: it can't be compiled, or finds nothing in an empty text that could be hidden.
    """
    if not isinstance(given, str | re.Pattern) or isinstance(getattr(given, "pattern", ""), bytes):
        raise WrongTypeError(f"patterns are regular expressions of text, not {type(given).__name__}: {given!r}")
    try:
        compiled = re.compile(given)
    except re.error as error:
        raise WrongValueError(f"the pattern {given!r} is no regular expression: {error}") from error
    if compiled.fullmatch("") is not None:
        raise WrongValueError(f"the pattern {given!r} fits an empty text: have it need at least one character")
    return Pattern(_beginning(compiled), compiled)


def _beginning(expression: re.Pattern[str]) -> tuple[str, ...]:
    """The text that an expression begins with; empty where it may begin in several ways."""
    source = expression.pattern
    found = re.match(_PLAIN, source)
    if found is None or "|" in source or expression.flags & (re.IGNORECASE | re.VERBOSE):
        return ()
    text = found[0]
    if source[found.end() : found.end() + 1] in _REPEATED:
        text = text[:-1]
    return (text,) if len(text) > 1 else ()
