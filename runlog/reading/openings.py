"""What the writers of a run said of themselves when they began."""

from __future__ import annotations

from runlog.attempt_numbers import numbered
from runlog.backend import JournalView
from runlog.errors import JournalError
from runlog.records import EventKind, RunOpened, decode


class Openings:
    """The RUN event of each writer of a journal, read when the first one is asked for."""

    def __init__(self, journal: JournalView) -> None:
        """Nothing is read here.

        Args:
            journal: of the run.
        """
        self._journal = journal
        self._known: dict[str, RunOpened] | None = None

    def of(self, writer: str) -> RunOpened | None:
        """What a writer said of its process, with the number that its attempt has; None where it can't be read."""
        if self._known is None:
            self._known = _read(self._journal)
        return self._known.get(writer)


def _read(journal: JournalView) -> dict[str, RunOpened]:
    found: dict[str, RunOpened] = {}
    for event in journal.events((EventKind.RUN,), state=True):
        try:
            found.setdefault(event.writer, decode(RunOpened, event.payload))
        except JournalError:  # another version's form: the reader's checks have found the bytes undamaged
            continue
    return numbered(found)
