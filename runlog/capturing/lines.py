"""Lines put together from what is written in pieces, with progress bars folded to their last state."""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST = 1 << 20
"""Characters of a line that does not end; then what there is becomes a line."""

_UP = "\x1b[A"
"""How a bar below others (``position=1`` of tqdm) returns to its place: such lines are redrawn, too."""
_CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
"""Colours, movements of the cursor, titles of windows."""

Take = Callable[[str, bool], None]
"""Gets a line without its end, and whether it is the last state of one that was redrawn."""


class LineBuffer:
    """The lines of one writer. A line that a carriage return redraws counts once, as it stood last; empty ones don't.

    Args:
        take: Gets each line.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._pending = ""
        self._moved = ""

    def feed(self, text: str) -> None:
        """Add what was written."""
        text, self._pending = self._pending + text, ""  # whatever interrupts this finds nothing half done
        *lines, rest = text.split("\n")
        for line in lines:
            self._end_line(line)
        if "\r" in rest[:-1] and _UP not in rest:
            rest = _last_states(rest)
        if len(rest) > LONGEST:
            self._end_line(rest)
            rest = ""
        self._pending += rest

    def flush(self) -> None:
        """Hand over what has not ended in a line end."""
        rest, self._pending = self._pending, ""
        self._end_line(rest)
        self._show_moved()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits for its line end."""
        return not self._pending and not self._moved

    def _end_line(self, line: str) -> None:
        line = line.removesuffix("\r")
        redrawn = "\r" in line
        text = _CONTROL.sub("", _last_state(line) if redrawn else line).rstrip()
        if _UP in line:
            self._moved = text or self._moved
        elif text:
            self._show_moved()
            self._take(text, redrawn)

    def _show_moved(self) -> None:
        moved, self._moved = self._moved, ""
        if moved:
            self._take(moved, True)


def _last_state(line: str) -> str:
    """What was drawn last and is not blank."""
    return next((one for one in reversed(line.split("\r")) if _CONTROL.sub("", one).strip()), "")


def _last_states(rest: str) -> str:
    """As much of a redrawn line as its last state may need: the last that is not blank, and what follows it."""
    states = rest.split("\r")
    last = max((place for place, one in enumerate(states) if _CONTROL.sub("", one).strip()), default=0)
    return "\r" + "\r".join(states[last:])
