"""What a terminal shows of a text that moves its cursor: progress bars, and displays of several lines.

Only as far as it takes to tell the lines that stay from the states that pass. A line is told when it ends, and so is a
bar that was redrawn in its line. In a display of several lines, which the cursor comes back to, a row is told

* when a line that was not redrawn ends below it;
* when the bar below it is redrawn while it is left alone, or the cursor comes back to rows below it only;
* when the cursor, which had been hidden, is shown below it; and at the end.

A row that was wiped is told as it stood before. Of a full-screen program nothing stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

LONGEST = 1 << 20
"""Characters of a line that does not end; then what there is becomes a line."""
MOST_ROWS = 100
"""A terminal has fewer, and a cursor can't go above them."""
MOST_VISITS = 10
"""How often the cursor comes back to rows below one that is redrawn no more, until that is told."""
MOST_HIDDEN = 50
"""Lines that end while the cursor is hidden and goes nowhere, until it is plain that nothing is drawn."""

Take = Callable[[str, bool], None]
"""Gets a line without its end, and whether it was redrawn, as a progress bar is."""


class _Row:
    __slots__ = ("covered", "drawn", "is_redrawn", "states", "tag", "text", "told")

    def __init__(self, covered: int, told: str = "") -> None:
        self.text = self.told = told
        self.drawn = ""
        """Its last state that was not blank, where it is blank now."""
        self.is_redrawn = False
        self.states = 0
        """How often it was drawn from its start."""
        self.covered = covered
        """The last visit of the cursor to this row or to one above it."""
        self.tag: Any = None

    @property
    def last_state(self) -> str:
        return self.text.rstrip() or self.drawn.rstrip()

    def write(self, column: int, text: str) -> None:
        self.text = f"{self.text[:column]:<{column}}{text}{self.text[column + len(text) :]}"

    def wipe(self, start: int = 0, end: int | None = None) -> None:
        """Erase the columns from ``start`` on, up to ``end``."""
        if not self.text.strip() or start >= len(self.text):
            return
        left = self.text[:start]
        if end is not None:
            left = f"{left:<{end}}{self.text[end:]}"
        if not left.strip():
            self.drawn = self.text
        self.text = left
        self.is_redrawn = True


class Display:
    """The rows from the first that may still change to the last.

    Args:
        take: Gets each row that stays.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self.tag: Any = None
        """Goes with what is written; while a row is taken, what went with its last piece."""
        self.recent: deque[str] = deque(maxlen=MOST_ROWS)
        """The lines above, which were told."""
        self._rows = [_Row(0)]
        self._at = self._column = 0
        self._is_fresh, self._is_returned = True, False
        """Whether what is written at the first column draws the row anew; and whether a carriage return led there."""
        self._home: int | None = None
        self._saved: tuple[int, int] | None = None
        self._draws = self._visits = self._hidden_lines = 0
        self._is_going_up = self._was_visited = self._is_hidden = self._is_elsewhere = False
        self._showing_ends_it = True

    @property
    def is_open(self) -> bool:
        """Whether a row may still change, or the cursor is not where a new line would begin."""
        row = self._rows[0]
        is_begun = len(self._rows) > 1 or row.text or row.drawn or self._column or self._is_returned
        return bool(is_begun or self._is_hidden or self._is_elsewhere)

    @property
    def is_empty(self) -> bool:
        """Whether no row waits to be told."""
        return all(row.last_state.strip() in {"", row.told.strip()} for row in self._rows)

    @property
    def pending(self) -> str:
        """What stands in the row of the cursor, and was not told."""
        row = self._rows[self._at]
        return "" if row.text == row.told else row.text

    def drop_pending(self) -> None:
        """Take what stands in the row of the cursor for told."""
        self._rows[self._at].told = self._rows[self._at].last_state

    # -- what is told -------------------------------------------------------------------------------------------------

    def tell_all(self) -> None:
        """Hand over every row as it stands."""
        self._tell(len(self._rows))

    def _tell(self, count: int) -> None:
        """Hand over the first rows, as far as they were not before."""
        for row in self._rows[:count]:
            state = row.last_state
            if state.strip() and state != row.told:
                row.told, tag, self.tag = state, self.tag, row.tag
                self._take(state, row.is_redrawn)
                self.tag = tag

    def _settle(self) -> None:
        """Let go of rows that were told, once the cursor has left them for a new line."""
        if self._at == len(self._rows) - 1 and not self._is_hidden and self.is_empty and not self._rows[-1].last_state:
            while len(self._rows) > 1:
                self._leave_first()
            self._was_visited = False

    def passed(self, line: str) -> None:
        """A line was told that was written here, or by another writer; nothing of the display is open."""
        self.recent.append(line)
        self._shift(-1)

    def _leave_first(self) -> None:
        """Leave the first row to the lines above."""
        self.passed(self._rows.pop(0).last_state)
        self._at -= 1

    def _bring_back(self) -> None:
        """Have the last of the lines above be the first row."""
        self._rows.insert(0, _Row(0, self.recent.pop()))
        self._at += 1
        self._shift(1)

    def _shift(self, by: int) -> None:
        """Rows are counted from another one: places that were noted change with it, or are too far away."""
        if self._saved is not None:
            row, column = self._saved
            self._saved = None if row + by < -MOST_ROWS else (row + by, column)
        if self._home is not None:
            self._home = None if self._home + by < -MOST_ROWS else self._home + by

    # -- what is written ----------------------------------------------------------------------------------------------

    def write(self, text: str) -> None:
        """Write at the cursor."""
        if self._is_elsewhere:
            return
        row = self._rows[self._at]
        if self._is_fresh and self._column == 0:
            row.wipe()
            row.is_redrawn = row.is_redrawn or self._is_returned
            row.states += 1
            self._draws += 1
            if self._draws > (MOST_VISITS if self._is_hidden else 1):  # rows above are no part of what is redrawn here
                self._tell(self._at)
        self._is_fresh = self._is_returned = self._is_going_up = False
        row.write(self._column, text)
        row.tag = self.tag
        self._column += len(text)
        if self._column > LONGEST:
            self.newline()

    def newline(self) -> None:
        """Go to the next row; the line that ends here is told, if nothing says that it is redrawn."""
        row = self._rows[self._at]
        if self._is_hidden:
            self._hidden_lines += 1
            self._is_hidden = self._hidden_lines < MOST_HIDDEN
        is_bar = row.states > 1 and not self._was_visited
        if row.text.strip() and not self._is_hidden and (is_bar or not row.is_redrawn):
            self._tell(self._at + 1)
        if self._at + 1 == len(self._rows):
            self._rows.append(_Row(self._visits))
        if len(self._rows) > MOST_ROWS:
            self._tell(1)
            self._leave_first()
        self._go(self._at + 1, 0)
        self._settle()

    def carriage_return(self) -> None:
        """Go to the row's first column."""
        self._column = 0
        self._is_fresh = self._is_returned = True

    # -- where the cursor goes ----------------------------------------------------------------------------------------

    def up(self, rows: int, column: int | None = None) -> None:
        """Go up, and to a column."""
        while rows > self._at and self.recent and len(self._rows) < MOST_ROWS:
            self._bring_back()
        at = max(0, self._at - rows)
        if not self._is_going_up:
            self._visits += 1
            self._hidden_lines = 0
        for row in self._rows[at:]:
            row.covered = self._visits
            self._showing_ends_it = self._showing_ends_it and not row.told
        self._tell(sum(self._visits - row.covered >= MOST_VISITS for row in self._rows))
        self._go(at, column)
        self._is_going_up = self._was_visited = True

    def down(self, rows: int, column: int | None = None) -> None:
        """Go down, and to a column."""
        self._go(min(self._at + rows, len(self._rows) - 1), column)

    def to_row(self, row: int, column: int | None = None) -> None:
        """Go to a row of the screen, and to a column. Its first row is the one of the first such movement."""
        if self._home is None:
            self._home = self._at
        at = self._home + min(row, MOST_ROWS - 1)
        while len(self._rows) <= at:
            self._rows.append(_Row(self._visits))
        if at < self._at:
            self.up(self._at - at, column)
        else:
            self.down(at - self._at, column)

    def to_column(self, column: int) -> None:
        """Go to a column of the row."""
        self._column = min(column, LONGEST)
        self._is_fresh = True

    def aside(self, columns: int) -> None:
        """Go right, or left by a negative number. What is written there changes the row and does not draw it anew."""
        self._column = max(0, min(self._column + columns, LONGEST))
        self._is_fresh = self._is_returned = False

    def save(self) -> None:
        """Note where the cursor is."""
        self._saved = (self._at, self._column)

    def restore(self) -> None:
        """Go to the place that was noted."""
        if self._saved is None:
            return
        at, column = self._saved
        if at < self._at:
            self.up(self._at - at, column)
        else:
            self.down(at - self._at, column)

    def _go(self, at: int, column: int | None) -> None:
        self._at, self._draws = at, 0
        self._column = self._column if column is None else min(column, LONGEST)
        self._is_fresh, self._is_returned, self._is_going_up = True, False, False

    # -- what is erased and switched ----------------------------------------------------------------------------------

    def erase_in_row(self, mode: int) -> None:
        """Erase from the cursor on (0), up to it (1), or the whole row."""
        start, end = {0: (self._column, None), 1: (0, self._column + 1)}.get(mode, (0, None))
        self._rows[self._at].wipe(start, end)

    def erase_rows(self, mode: int) -> None:
        """Erase from the cursor on (0), up to it (1), or everything."""
        if mode in {0, 1}:
            self.erase_in_row(mode)
        others = {0: self._rows[self._at + 1 :], 1: self._rows[: self._at]}.get(mode, self._rows)
        for row in others:
            row.wipe()

    def show_cursor(self, *, shown: bool) -> None:
        """Whether the cursor is shown: while it is not, something is drawn. Shown at a new line, that is over."""
        if self._is_hidden and shown and self._showing_ends_it and not self._rows[self._at].last_state:
            self._tell(len(self._rows))
        self._is_hidden = not shown
        self._hidden_lines = 0
        if self._column == 0:
            self._settle()

    def go_elsewhere(self, *, elsewhere: bool) -> None:
        """Whether a full-screen program draws on a screen of its own."""
        self._is_elsewhere = elsewhere
