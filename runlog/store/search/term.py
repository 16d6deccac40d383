"""What a search asks of a record's text."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from runlog.store.search.words import LETTER, is_letter

_NOT_TEXT = frozenset({"nan", "inf", "true", "false", "none"})
"""Words that a number, a truth value or nothing is written with; others begin with a digit."""


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
