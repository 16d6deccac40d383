"""The part of a run that has notes. (Azure ML has none; its description holds one text.)"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runlog.run.base import RunBase
from runlog.run.best_effort import best_effort

if TYPE_CHECKING:
    from runlog.reading.notes import Note


class RunNotes(RunBase):
    """What people say of a run, while it goes on or long after its end."""

    @best_effort
    def note(self, text: str, *, author: str | None = None) -> None:
        """Write a note on the run. Notes add up; none is changed or removed.

        Args:
            text: Markdown, of any length.
            author: who wrote it; by default this user's login name.

        Raises:
            WrongTypeError: it is no text.
            WrongValueError: there is nothing in it.
        """
        from runlog.writing.notes import write_note

        write_note(self._recorder(), text, author)

    @property
    def notes(self) -> list[Note]:
        """The run's notes, each with its ``text``, ``time`` and ``author``; oldest first."""
        from runlog.reading.notes import notes_of

        return notes_of(self.state())
