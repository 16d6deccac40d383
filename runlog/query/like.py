"""Patterns of ``like``: ``%`` is any text, ``_`` any character.

A text's length bounds the work, whatever the pattern is. A regular expression would try much of it again and again, and
hold all other threads back meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Fits = Callable[[str], bool]


def like(pattern: str, *, ignore_case: bool) -> Fits:
    """A function that tells whether a text fits.

    What stands between two ``%`` is looked for from left to right, each piece once and as early as it fits.

    Args:
        pattern: as the query has it.
        ignore_case: letters of either case are the same.
    """
    first, *others = [_piece(_folded(one) if ignore_case else one) for one in pattern.split("%")]
    fits = _exactly(first) if not others else _in_order(first, [one for one in others[:-1] if one.length], others[-1])
    return (lambda text: fits(_folded(text))) if ignore_case else fits


class _Chunk(NamedTuple):
    """Plain text of a piece."""

    at: int
    """Characters of the piece before it."""
    text: str


class _Piece(NamedTuple):
    """What stands between two ``%``."""

    length: int
    chunks: tuple[_Chunk, ...]
    """Between them, before and behind, stand any characters."""

    def stands_at(self, text: str, place: int) -> bool:
        """Whether a text has it at a place."""
        return place + self.length <= len(text) and all(text.startswith(one, place + at) for at, one in self.chunks)

    def find(self, text: str, start: int) -> int:
        """The first place at which a text has it; -1 where it has it nowhere."""
        if not self.chunks:
            return start if start + self.length <= len(text) else -1
        rare = max(self.chunks, key=lambda one: len(one.text))
        tries = len(text) // 16 + 16
        while start + self.length <= len(text):
            found = text.find(rare.text, start + rare.at)
            if found < 0:
                return -1
            start = found - rare.at
            if self.stands_at(text, start):
                return start
            start, tries = start + 1, tries - len(self.chunks)
            if tries < 0:
                return self._find_by_bits(text, start)
        return -1

    def _find_by_bits(self, text: str, start: int) -> int:
        """The same in a time that no text and no piece can stretch: a bit for each beginning of the piece."""
        free, at = (1 << self.length) - 1, 0
        letters: dict[str, int] = {}
        for at, chunk in self.chunks:
            for place, letter in enumerate(chunk, at):
                letters[letter] = letters.get(letter, 0) | 1 << place
                free &= ~(1 << place)
        state, whole = 0, 1 << self.length - 1
        for place in range(start, len(text)):
            state = (state << 1 | 1) & (free | letters.get(text[place], 0))
            if state & whole:
                return place - self.length + 1
        return -1


def _piece(text: str) -> _Piece:
    chunks, at = [], 0
    for chunk in text.split("_"):
        if chunk:
            chunks.append(_Chunk(at, chunk))
        at += len(chunk) + 1
    return _Piece(len(text), tuple(chunks))


def _exactly(piece: _Piece) -> Fits:
    return lambda text: len(text) == piece.length and piece.stands_at(text, 0)


def _in_order(first: _Piece, middle: list[_Piece], last: _Piece) -> Fits:
    least = first.length + sum(one.length for one in middle) + last.length

    def fits(text: str) -> bool:
        if len(text) < least or not first.stands_at(text, 0):
            return False
        end = first.length
        for piece in middle:
            found = piece.find(text, end)
            if found < 0:
                return False
            end = found + piece.length
        return end + last.length <= len(text) and last.stands_at(text, len(text) - last.length)

    return fits


def _folded(text: str) -> str:
    """A text in which letters of either case are the same, of the same length."""
    return text.lower() if text.isascii() else "".join(map(_folded_letter, text))


def _folded_letter(letter: str) -> str:
    folded = letter.casefold()
    return folded if len(folded) == 1 else letter
