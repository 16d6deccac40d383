"""``run.log_row`` for rows like those that came before: the same name, the same columns, and plain numbers.

What is asked of a row's name and columns (their spelling, their kind, secrets in them) was asked when the first of its
like came. A row of a training loop then costs its encoding and its place in the journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runlog.journal import clock
from runlog.records import EventKind, RowLogged, encode
from runlog.redaction import process as redaction
from runlog.redaction.redactor import Redactor

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder

INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1
MOST = 1_000
"""Forms of rows that are remembered."""
STEP = "step"
"""The column of a row that is also its step, where it can be one."""
_only_floats = frozenset({float}).issuperset


class KnownRows:
    """The forms of rows that a recorder has written."""

    def __init__(self, recorder: RunRecorder) -> None:
        self._recorder = recorder
        self._append = recorder.writer.make_append(EventKind.ROW)
        self._names: dict[tuple[Any, ...], str] = {}
        """The kept name of each form: a row's name as it is given, and its columns."""
        self._redactor: Redactor | None = None
        """What found no secret in any of them."""

    def write(self, name: str, columns: dict[str, Any]) -> bool:
        """Write a row. False: its form is not known, or a value is no plain number; nothing is written then."""
        recorder = self._recorder
        try:
            kept = self._names.get((name, *columns))
        except TypeError:  # a name that has no hash
            return False
        if kept is None or redaction.current is not self._redactor or recorder.writer.closed:
            return False
        if not _only_floats(map(type, columns.values())) and not all(map(_is_plain, columns.values())):
            return False
        step = columns.get(STEP)
        if step is not None:
            if type(step) is not int:
                return False
            recorder.logged_step = step
        payload = encode(RowLogged(time=clock.now(), name=kept, columns=columns, step=step))
        if not self._append(payload):
            recorder.tell_losses()
        return True

    def learn(self, name: str, kept: str, columns: dict[str, Any], cells: dict[str, Any]) -> None:
        """Remember the form of a row that was written.

        Args:
            name: as it was given.
            kept: the name that it has.
            columns: as they were given.
            cells: as they are kept. A form is known only where its columns keep their names.
        """
        if redaction.current is not self._redactor:
            self._names.clear()
            self._redactor = redaction.current
        if type(name) is not str or not all(map(_is_plain, columns.values())) or [*columns] != [*cells]:
            return
        if len(self._names) < MOST and _is_clean(self._redactor, cells):
            self._names[(name, *columns)] = kept


def _is_plain(value: object) -> bool:
    return type(value) is float or (type(value) is int and INT64_MIN <= value <= INT64_MAX)


def _is_clean(redactor: Redactor | None, cells: dict[str, Any]) -> bool:
    return redactor is None or redactor.value(cells) is cells
