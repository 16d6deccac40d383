"""``run.log_list``, ``run.log_row`` and ``run.log_table``: one event each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runlog.errors import WrongTypeError, WrongValueError
from runlog.journal import clock
from runlog.records import ListLogged, RowLogged, TableLogged
from runlog.tables import convert_row, convert_table
from runlog.values import convert_list, convert_step
from runlog.writing.kinds import LIST, ROW, TABLE
from runlog.writing.rows import STEP
from runlog.writing.said_once import say_once
from runlog.writing.scalars import description_of, name_of

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder


def log_list(recorder: RunRecorder, name: str, value: Any, description: str) -> None:
    """Keep the values of a list as one event."""
    kept = name_of(recorder, name)
    cells = convert_list(kept, value)
    recorder.describe(kept, LIST, description_of(description))
    recorder.write(ListLogged(time=clock.now(), name=kept, values=cells))


def log_row(recorder: RunRecorder, name: str, description: Any, columns: dict[str, Any]) -> None:
    """Keep one row. A mapping in the place of the description has columns, too."""
    if (description is None or (type(description) is str and not description)) and recorder.rows.write(name, columns):
        return
    if isinstance(description, Mapping):
        twice = columns.keys() & description.keys()
        if twice:
            raise WrongValueError(f"run.log_row({name!r}): column {min(twice)!r} is given twice; give it once")
        columns, description = {**description, **columns}, None
    kept = name_of(recorder, name)
    changes: list[str] = []
    cells = convert_row(kept, columns, changes=changes)
    recorder.describe(kept, ROW, description_of(description))
    _tell(f"row {kept!r}", changes)
    step = recorder.note_step(_step_of(columns))
    recorder.write(RowLogged(time=clock.now(), name=kept, columns=cells, step=step))
    recorder.rows.learn(name, kept, columns, cells)


def log_table(recorder: RunRecorder, name: str, value: Any, description: str) -> None:
    """Keep a table as one event."""
    kept = name_of(recorder, name)
    changes: list[str] = []
    cells = convert_table(kept, value, changes=changes)
    recorder.describe(kept, TABLE, description_of(description))
    _tell(f"table {kept!r}", changes)
    recorder.write(TableLogged(time=clock.now(), name=kept, columns=cells))


def _step_of(columns: Mapping[str, Any]) -> int | None:
    """A row's ``step`` column as its step; None where it is no whole number: it is a column all the same."""
    try:
        return convert_step(columns.get(STEP))
    except (WrongTypeError, WrongValueError):
        return None


def _tell(what: str, changes: list[str]) -> None:
    for change in changes:
        say_once(f"{what}: {change}")
