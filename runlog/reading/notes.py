"""Notes on a run, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runlog.reading.moments import moment

if TYPE_CHECKING:
    from datetime import datetime

    from runlog.state import RunState


class Note(NamedTuple):
    """A note on a run.

    Attributes:
        text: in Markdown.
        author: the login name of who wrote it; empty where it is not known.
        time_ns: UTC nanoseconds since 1970.
    """

    text: str
    author: str
    time_ns: int

    @property
    def time(self) -> datetime:
        """When it was written: aware, UTC."""
        return moment(self.time_ns)


def notes_of(state: RunState) -> list[Note]:
    """The notes in a run's state, oldest first."""
    return [Note(one.text, one.author, one.time) for one in state.notes]
