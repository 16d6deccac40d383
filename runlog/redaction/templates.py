"""Templates of log messages that stay free of secrets, whatever numbers are put into them.

Most records of a training loop have a constant template and numbers. That such a template is harmless is found out
once; from then on its records cost a look into a set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from runlog.redaction.entries import LONGEST_NAME
from runlog.redaction.redactor import Redactor

_SPECIFIER = r"%(?:%|[\-+ #0]*\d*(?:\.\d+)?[diufFeEgGsr])"
_NUMBER = "1234567890123456789"
_PERCENT = "\0"
_IN_NUMBERS = frozenset("0123456789+-.einfa INFAE")
"""Characters that a number, or what fills its width, is written with."""
MOST = 2_000
"""Templates and messages that are remembered."""
LONGEST = 500
"""Characters of a message that is remembered."""

_only_texts = frozenset({int, float, str}).issuperset


class Templates:
    """What is known of templates under one redactor.

    Args:
        redactor: what decides.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.harmless: set[str] = set()
        """Templates whose message has no secret where all arguments are numbers."""
        self._plain: set[str] = set()
        """Templates without a secret that show each argument as a whole: to look at the message is enough."""
        self._judged: set[str] = set()
        self._clean: set[str] = set()
        """Messages without arguments that were looked at: many come again."""

    def passes(self, template: str, args: Any, message: str | None) -> bool:
        """Whether a record may be written as it is. False is no verdict: somebody has to look closer.

        That a template is harmless, and its arguments numbers, is what the caller has looked at.
        """
        text = self._redactor.text
        if not args or message is None:
            return template in self._clean or self._is_clean(template)
        if type(args) is not tuple or not _only_texts(map(type, args)):
            return False
        if len(args) == 2 and type(args[0]) is str and self._redactor.names.likely(args[0][:LONGEST_NAME]):
            return False
        if template not in self._judged:
            self._judge(template)
        if template not in self._plain and any(text(one) is not one for one in (template, *args) if type(one) is str):
            return False
        return text(message) is message

    def _is_clean(self, message: str) -> bool:
        if self._redactor.text(message) is not message:
            return False
        if len(self._clean) >= MOST:
            self._clean.clear()
        if len(message) <= LONGEST:
            self._clean.add(message)
        return True

    def _judge(self, template: str) -> None:
        if len(self._judged) >= MOST:  # templates that are made at run time
            self._judged.clear()
            self.harmless.clear()
            self._plain.clear()
        self._judged.add(template)
        pieces = re.sub(_SPECIFIER, _marked, template).split(_NUMBER)
        if any("%" in piece for piece in pieces) or _PERCENT in template or _NUMBER in template:
            return
        pieces = [piece.replace(_PERCENT, "%") for piece in pieces]
        if self._redactor.text(template) is not template:
            return
        if not any(_shows_otherwise(found[0]) for found in re.finditer(_SPECIFIER, template)):
            self._plain.add(template)
        sample = _NUMBER.join(pieces)
        is_searched = self._redactor.searches_all or self._redactor.text(sample) is not sample
        if not is_searched and not _could_be_made(self._redactor.literals, pieces):
            self.harmless.add(template)


def _marked(found: re.Match[str]) -> str:
    return _PERCENT if found[0] == "%%" else _NUMBER


def _shows_otherwise(specifier: str) -> bool:
    """Whether a text comes out of it as a repr, or cut."""
    return specifier[-1] == "r" or (specifier[-1] == "s" and "." in specifier)


def _could_be_made(literals: Sequence[str], pieces: list[str]) -> bool:
    """Whether numbers between the pieces could make one of these together with them; true also in doubt."""
    joined = _PERCENT.join(pieces)
    ends, starts = {piece[-1:] for piece in pieces[:-1]}, {piece[:1] for piece in pieces[1:]}
    return any(
        literal in joined
        or any(_may_stand(literal[:first], literal[last:], pieces) for first, last in _gaps(literal, ends, starts))
        for literal in literals
    )


def _gaps(literal: str, ends: set[str], starts: set[str]) -> Iterator[tuple[int, int]]:
    """Where a number could stand in a literal, judged by the characters beside it; any may stand beside nothing."""
    for first, one in enumerate(literal):
        if one not in _IN_NUMBERS or (first and literal[first - 1] not in ends and "" not in ends):
            continue
        last = first
        while last < len(literal) and literal[last] in _IN_NUMBERS:
            last += 1
            if last == len(literal) or literal[last] in starts or "" in starts:
                yield first, last


def _may_stand(before: str, after: str, pieces: list[str]) -> bool:
    """Whether a text with these two ends may have a number in a gap; what is beyond the next piece is not known."""
    return any(_stands(before, after, pieces, gap) for gap in range(len(pieces) - 1))


def _stands(before: str, after: str, pieces: list[str], gap: int) -> bool:
    ahead, behind = pieces[gap], pieces[gap + 1]
    return (ahead.endswith(before) or (gap > 0 and before.endswith(ahead))) and (
        behind.startswith(after) or (gap + 2 < len(pieces) and after.startswith(behind))
    )
