"""Shapes of credentials that are known by their looks, whatever they stand in.

None of them asks for a boundary before it: a token that is glued to a word is a token all the same.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from runlog.errors import WrongTypeError, WrongValueError
from runlog.redaction.names import HIDDEN

SECRET = "secret"  # noqa: S105 - the name of a group
"""The group of a pattern that is hidden; without one, all that it finds is."""


class Pattern(NamedTuple):
    """One shape."""

    literals: tuple[str, ...]
    """One of these is in every text that the expression finds anything in; empty where nothing is known."""
    expression: str | re.Pattern[str]
    """Compiled when one of the literals was met for the first time: most programs never log a secret."""

    def hide(self, text: str) -> str:
        """The text without what the pattern finds."""
        return re.sub(self.expression, _hidden, text)


def _hidden(found: re.Match[str]) -> str:
    if SECRET not in found.re.groupindex:
        return HIDDEN if found[0] else ""
    start, end = found.span(SECRET)
    if start == end:  # the group took no part, or found nothing
        return found[0]
    at = found.start()
    return f"{found[0][: start - at]}{HIDDEN}{found[0][end - at :]}"


DEFAULT = (
    # The first, as others might take its hyphens for their own and leave the key.
    Pattern(
        ("-----BEGIN ",),
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s:,.\-]|\\+[nr])*",
    ),
    Pattern(("AKIA", "ASIA"), r"A[KS]IA[0-9A-Z]{16}"),  # Amazon's key ids
    Pattern(("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{36,}"),
    Pattern(("github_pat_",), r"github_pat_[A-Za-z0-9_]{22,}"),
    Pattern(("glpat-",), r"glpat-[A-Za-z0-9_\-]{20,}"),
    Pattern(("rl_",), r"rl_[A-Za-z0-9_\-]{43}"),  # runlog's own server
    Pattern(("hf_",), r"hf_[A-Za-z0-9]{30,}"),
    # OpenAI and Anthropic; a hash behind "task-" has no capital letters.
    Pattern(("sk-",), r"sk-(?:(?:proj|ant|svcacct|admin)-[A-Za-z0-9_\-]{20,}|(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{32,})"),
    Pattern(
        ("xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-"),
        r"(?:xox[abeoprs]|xapp)-[A-Za-z0-9\-]{10,}",
    ),  # Slack
    Pattern(("hooks.slack.com/",), r"hooks\.slack\.com/services/(?P<secret>[A-Za-z0-9/]{20,})"),
    Pattern(("AIza",), r"AIza[A-Za-z0-9_\-]{35}"),  # Google
    Pattern(("pypi-",), r"pypi-AgE[A-Za-z0-9_\-]{50,}"),
    Pattern(("npm_",), r"npm_[A-Za-z0-9]{36}"),
    Pattern(("_live_",), r"[rs]k_live_[A-Za-z0-9]{20,}"),  # Stripe
    Pattern(("eyJ",), r"eyJ[A-Za-z0-9_\-]{8,1000}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)?"),  # JSON web tokens
    Pattern(("earer ", "asic "), r"(?:[Bb]earer|[Bb]asic)\s+(?P<secret>(?=[\w.+/~\-]*[\d=])[\w.+/=~\-]{8,})"),
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
