"""What a search asks of a record's text."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

from runlog.store.search.words import LETTER, is_letter, split

_NOT_TEXT = frozenset({"nan", "inf", "true", "false", "none"})
"""Words that a number, a truth value or nothing is written with; others begin with a digit."""

SHORT = 2_000_000
"""Characters times words up to which a regular expression is asked: it may try all words at each of the characters."""


class Term(NamedTuple):
    """Words that follow one another in a text, whatever stands between them; or what has no word in it, as it is."""

    words: tuple[str, ...]
    is_prefix: bool = False
    """The last one may go on."""
    is_excluded: bool = False
    """No text of the record may have it."""
    literal: str = ""
    """In the place of words: signs such as an emoji or ``=>``, folded. The index knows words only."""

    def is_in(self, text: str) -> bool:
        """Whether a folded text has it."""
        if self.literal:
            return self.literal in text
        if len(self.words) * len(text) > SHORT:
            return _follow(split(text), self.words, is_prefix=self.is_prefix)
        pattern = _pattern if not text.isascii() else _ascii_pattern
        return pattern(self.words, self.is_prefix).search(text) is not None

    def may_be_number(self, place: int) -> bool:
        """Whether one of the words may stand for a value that is no text, which is kept in another form."""
        word = self.words[place]
        if word[0].isdigit() or word in _NOT_TEXT:
            return True
        return self.is_prefix and place == len(self.words) - 1 and any(one.startswith(word) for one in _NOT_TEXT)


@functools.lru_cache(maxsize=1024)
def _ascii_pattern(words: tuple[str, ...], is_prefix: bool) -> re.Pattern[str]:
    """Finds words in ASCII: compiled in a hundredth of the time that sets of other characters take."""
    parts = [rf"(?<!\w){re.escape(word)}(?!\w)" for word in words]
    if is_prefix:
        parts[-1] = rf"(?<!\w){re.escape(words[-1])}"
    return re.compile(r"\W*".join(parts))


@functools.lru_cache(maxsize=1024)
def _pattern(words: tuple[str, ...], is_prefix: bool) -> re.Pattern[str]:
    parts = []
    for place, word in enumerate(words):
        before = rf"(?<!{LETTER})" if is_letter(word[0]) else ""
        may_go_on = (is_prefix and place == len(words) - 1) or not is_letter(word[-1])
        parts.append(before + re.escape(word) + ("" if may_go_on else rf"(?!{LETTER})"))
    return re.compile(r"\W*".join(parts))


def _follow(text: Sequence[str], words: Sequence[str], *, is_prefix: bool) -> bool:
    """Whether words follow one another in a text, each of whose words is looked at twice at most.

    Args:
        text: its words.
        words: those that are looked for.
        is_prefix: the last of them may go on.
    """
    borders, matched = _borders(words), 0
    for word in text:
        while matched and word != words[matched]:
            if is_prefix and matched == len(words) - 1 and word.startswith(words[-1]):
                break
            matched = borders[matched - 1]
        is_last = matched == len(words) - 1
        if word == words[matched] or (is_prefix and is_last and word.startswith(words[-1])):
            matched += 1
        if matched == len(words):
            return True
    return False


def _borders(words: Sequence[str]) -> list[int]:
    """For each beginning of the words, how many of its first ones it ends with (Knuth, Morris and Pratt)."""
    borders = [0] * len(words)
    for place in range(1, len(words)):
        length = borders[place - 1]
        while length and words[place] != words[length]:
            length = borders[length - 1]
        borders[place] = length + (words[place] == words[length])
    return borders
