"""Lines put together from what is written in pieces, with what is redrawn folded to its last state."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from runlog.capturing.control_sequences import ControlReader
from runlog.capturing.display import LONGEST, Display, Take

_CONTROL = re.compile(r"\r(?!\n)|[\b\x07\x1b]")
_HARMLESS = re.compile(r"\x1b\[[\d;:]*m|\x1b\[0?K|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\([0B]|\x07")
"""Colours, titles of windows, the erasing of what is not there, and bells."""


def without_colours(text: str) -> str | None:
    """A text as it is read; None where something in it moves the cursor, or begins to."""
    if _CONTROL.search(text) is None:
        return text
    text = _HARMLESS.sub("", text)
    return text if _CONTROL.search(text) is None else None


class PlainLines:
    """Lines of a text in which nothing is redrawn.

    Args:
        take: Gets each line without its end, empty ones too.
    """

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self.pending = ""
        """What has not ended in a line end."""

    def feed(self, text: str) -> None:
        """Add what was written."""
        text, self.pending = self.pending + text, ""  # whatever interrupts this finds nothing half done
        *lines, rest = text.split("\n")
        for line in lines:
            self._take(line.removesuffix("\r").rstrip())
        if len(rest) > LONGEST:
            self._take(rest.rstrip())
            rest = ""
        self.pending += rest

    def pop(self) -> str:
        """Take away what has not ended in a line end."""
        pending, self.pending = self.pending, ""
        return pending


class LineBuffer:
    """The lines of one writer. One that is redrawn counts once, as it stood last; empty ones don't.

    Args:
        take: Gets each line.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._plain = PlainLines(self._take_plain)
        self._begin()

    def _begin(self) -> None:
        self._display = Display(self._take)
        self._controls = ControlReader(self._display)

    @property
    def is_open(self) -> bool:
        """Whether something that was drawn may still change."""
        return self._display.is_open or self._controls.is_unfinished

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits for its line end."""
        return not self._plain.pending and self._display.is_empty

    def feed(self, text: str, tag: Any = None) -> None:
        """Add what was written.

        Args:
            text: the next piece of it, wherever it was cut.
            tag: goes with it, and is :attr:`tag` when the line is taken that it ends in.
        """
        self._display.tag = tag
        plain = None if self.is_open else without_colours(text)
        if plain is not None:
            self._plain.feed(plain)
        else:
            self._controls.feed(self._plain.pop() + text)

    @property
    def tag(self) -> Any:
        """Of the line that is being taken."""
        return self._display.tag

    def flush(self) -> None:
        """Hand over what has not ended in a line end."""
        if self._plain.pending:
            self._plain.feed("\n")
        self._display.tell_all()
        self._begin()

    def passed(self, line: str) -> None:
        """A line was told of another writer to the same screen: it stands above what is drawn later."""
        if not self.is_open:
            self._display.passed(line)

    def _take_plain(self, line: str) -> None:
        self._display.passed(line)
        if line.strip():
            self._take(line, False)
