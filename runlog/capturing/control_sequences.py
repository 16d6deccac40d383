"""The control sequences of terminals (ECMA-48), told apart from the text between them, however it is cut in pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol

_LONGEST = 256
"""Characters of a sequence that has not ended, until it is passed over."""
_CONTROL = re.compile(
    r"\x1b\[(?P<numbers>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[ -/]*(?P<escape>[0-Z\\^-~])"
    r"|(?P<single>[\r\n\b\x07\x1b])"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)\Z")
_END_OF_STRING = re.compile(r"\x07|\x1b\\")
_CURSOR = "25"
_ELSEWHERE = frozenset({"47", "1047", "1049"})


class Screen(Protocol):
    """What is written to, and what moves; rows and columns are counted from the cursor where nothing else is said."""

    def write(self, text: str) -> None:
        """Write at the cursor."""

    def newline(self) -> None:
        """Go to the next row's first column."""

    def carriage_return(self) -> None:
        """Go to the row's first column."""

    def up(self, rows: int, column: int | None = None) -> None:
        """Go up, and to a column."""

    def down(self, rows: int, column: int | None = None) -> None:
        """Go down, and to a column."""

    def aside(self, columns: int) -> None:
        """Go right, or left by a negative number."""

    def to_column(self, column: int) -> None:
        """Go to a column of the row."""

    def to_row(self, row: int, column: int | None = None) -> None:
        """Go to a row of the screen, and to a column."""

    def save(self) -> None:
        """Note where the cursor is."""

    def restore(self) -> None:
        """Go to the place that was noted."""

    def erase_in_row(self, mode: int) -> None:
        """Erase from the cursor on (0), up to it (1), or the whole row (2)."""

    def erase_rows(self, mode: int) -> None:
        """Erase from the cursor on (0), up to it (1), or everything (2, 3)."""

    def show_cursor(self, *, shown: bool) -> None:
        """Show or hide the cursor."""

    def go_elsewhere(self, *, elsewhere: bool) -> None:
        """Draw on the alternate screen, or no more."""


_SINGLE: Mapping[str, Callable[[Screen], None]] = {
    "\n": lambda screen: screen.newline(),
    "\r": lambda screen: screen.carriage_return(),
    "\b": lambda screen: screen.aside(-1),
    "7": lambda screen: screen.save(),
    "8": lambda screen: screen.restore(),
    "D": lambda screen: screen.down(1),
    "E": lambda screen: screen.newline(),
    "M": lambda screen: screen.up(1),
}
"""Control characters, and letters after ESC."""
_MOVES: Mapping[str, Callable[[Screen, int, int], None]] = {
    "A": lambda screen, rows, _: screen.up(rows),
    "B": lambda screen, rows, _: screen.down(rows),
    "C": lambda screen, columns, _: screen.aside(columns),
    "D": lambda screen, columns, _: screen.aside(-columns),
    "E": lambda screen, rows, _: screen.down(rows, 0),
    "F": lambda screen, rows, _: screen.up(rows, 0),
    "G": lambda screen, column, _: screen.to_column(column - 1),
    "H": lambda screen, row, column: screen.to_row(row - 1, column - 1),
    "d": lambda screen, row, _: screen.to_row(row - 1),
    "f": lambda screen, row, column: screen.to_row(row - 1, column - 1),
    "s": lambda screen, *_: screen.save(),
    "u": lambda screen, *_: screen.restore(),
}
"""Final bytes of CSI sequences whose numbers are 1 where they are left out or 0."""
_ERASES: Mapping[str, Callable[[Screen, int], None]] = {
    "J": lambda screen, mode: screen.erase_rows(mode),
    "K": lambda screen, mode: screen.erase_in_row(mode),
}


class ControlReader:
    """Reads a text in pieces, and has a screen do what it says.

    Colours, titles and everything else that leaves the text as it stands are passed over.

    Args:
        screen: Does it.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._unfinished = ""
        self._is_in_string = False

    @property
    def is_unfinished(self) -> bool:
        """Whether a control sequence has begun and not ended."""
        return bool(self._unfinished) or self._is_in_string

    def feed(self, text: str) -> None:
        """Take a piece of the text."""
        text, self._unfinished = self._unfinished + text, ""
        if self._is_in_string:
            text = self._after_string(text)
        if "\x1b" in text and (begun := _UNFINISHED.search(text)) is not None:
            text = self._put_by(text, begun.start())
        end = 0
        for found in _CONTROL.finditer(text):
            if found.start() > end:
                self._screen.write(text[end : found.start()])
            end = found.end()
            self._obey(found)
        if end < len(text):
            self._screen.write(text[end:])

    def _put_by(self, text: str, start: int) -> str:
        """What stands before a sequence that has not ended, which is kept; or passed over, where it is long."""
        sequence = text[start:]
        if len(sequence) <= _LONGEST:
            self._unfinished = sequence
        elif sequence[1] != "[":
            self._is_in_string = True
            self._unfinished = "\x1b" if sequence.endswith("\x1b") else ""
        return text[:start]

    def _after_string(self, text: str) -> str:
        """What follows a long sequence, such as a picture, if it ends here."""
        if (ended := _END_OF_STRING.search(text)) is not None:
            self._is_in_string = False
            return text[ended.end() :]
        self._unfinished = "\x1b" if text.endswith("\x1b") else ""
        return ""

    def _obey(self, control: re.Match[str]) -> None:
        if (single := control["single"] or control["escape"]) is not None:
            if (alone := _SINGLE.get(single)) is not None:
                alone(self._screen)
            return
        final, parts = control["final"], (control["numbers"] or "").split(";")
        first, second = (_number(part) for part in (*parts, "")[:2])
        if final in _MOVES:
            _MOVES[final](self._screen, first or 1, second or 1)
        elif final in _ERASES:
            _ERASES[final](self._screen, first)
        elif final in {"h", "l"} and parts[0].startswith("?"):
            self._switch([parts[0][1:], *parts[1:]], on=final == "h")

    def _switch(self, modes: list[str], *, on: bool) -> None:
        if _CURSOR in modes:
            self._screen.show_cursor(shown=on)
        if not _ELSEWHERE.isdisjoint(modes):
            self._screen.go_elsewhere(elsewhere=on)


def _number(part: str) -> int:
    return int(part) if part.isdecimal() and len(part) < 10 else 0
