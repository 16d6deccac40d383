"""Runs as a query sees them: single columns of the index, held in memory and kept up with.

A query is answered by :mod:`runlog.query.evaluate` over these columns, as it is over journals: so both give the same
runs, and nothing that a user wrote becomes part of an SQL statement.
"""

from __future__ import annotations

import bisect
import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Any

from runlog.query.syntax import Field, Space
from runlog.statuses import RUNNING
from runlog.store.index import rows
from runlog.store.index.content import from_column

FEW = 1_000
"""Runs that are looked for one by one."""
HELD = 64
"""Columns that are held; the one that was asked for longest ago goes first."""


class Columns:
    """The columns that queries asked for, as of one revision."""

    def __init__(self) -> None:
        self._revision = 0
        self._columns: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()
        self._sorted: list[tuple[int, str]] = []
        self._lent: set[tuple[str, str]] = set()
        """Columns that somebody may be reading: they are changed in a copy."""
        self.order: list[str] = []
        """Ids of all runs, newest first; another list where it changes."""

    def follow(self, db: sqlite3.Connection) -> None:
        """Take in what changed in the index since the last call."""
        newest = rows.revision(db)
        if newest == self._revision:
            return
        if newest < self._revision:  # another process made the index anew
            self._revision = 0
            self._columns.clear()
            self._sorted = []
        changed, deleted = rows.changed(db, self._revision)
        for name in self._lent & self._columns.keys():
            self._columns[name] = dict(self._columns[name])
        self._lent.clear()
        for name, column in self._columns.items():
            for run_id in (*changed, *deleted):
                column.pop(run_id, None)
            column.update(_read(db, name, changed))
        self._revision = newest
        self._sort(db, changed, deleted)

    def _sort(self, db: sqlite3.Connection, changed: Collection[str], deleted: Collection[str]) -> None:
        """Put what changed at its place: to sort what is sorted but for some costs next to nothing."""
        started = self.column(db, Field(Space.ATTRIBUTES, "started"))
        begun = {(started.get(run_id) or 0, run_id) for run_id in changed}
        moved = begun.difference(self._sorted) if len(begun) > FEW else {one for one in begun if not self._has(one)}
        gone = {run_id for _, run_id in moved} | set(deleted)
        if gone:
            self._sorted = sorted([*(one for one in self._sorted if one[1] not in gone), *moved])
            self.order = [run_id for _, run_id in reversed(self._sorted)]

    def _has(self, place: tuple[int, str]) -> bool:
        at = bisect.bisect_left(self._sorted, place)
        return at < len(self._sorted) and self._sorted[at] == place

    def column(self, db: sqlite3.Connection, field: Field) -> dict[str, Any]:
        """The values of a field by the runs' ids; runs without it are left out."""
        name = _name_of(field)
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = dict(_read(db, name, None))
            if len(self._columns) > HELD:
                self._columns.popitem(last=False)
        self._columns.move_to_end(name)
        return column

    def lent(self, db: sqlite3.Connection, fields: Iterable[Field]) -> dict[Field, dict[str, Any]]:
        """Columns as they are now, which stay so: they can be read while others go on."""
        found = {field: self.column(db, field) for field in fields}
        self._lent.update(map(_name_of, found))
        return found


class ColumnRow:
    """One run as :mod:`runlog.query.evaluate` asks it."""

    __slots__ = ("_columns", "_now", "run_id")

    def __init__(self, run_id: str, columns: dict[Field, dict[str, Any]], now: int) -> None:
        self.run_id = run_id
        self._columns = columns
        self._now = now

    def value(self, field: Field) -> Any:
        """The run's value of a field; None where it has none."""
        if field.space is Space.ATTRIBUTES:
            if field.key == "id":
                return self.run_id
            if field.key == "duration":
                return self._duration()
        return self._columns[field].get(self.run_id)

    def _duration(self) -> int | None:
        started = self._at("started")
        ended = self._at("ended") or (self._now if self._at("status") == RUNNING else None)
        return None if started is None or ended is None else ended - started

    def _at(self, attribute: str) -> Any:
        return self._columns[Field(Space.ATTRIBUTES, attribute)].get(self.run_id)


def needed(fields: Iterable[Field]) -> set[Field]:
    """The fields whose columns are read to answer for these."""
    found: set[Field] = set()
    for field in fields:
        if field == Field(Space.ATTRIBUTES, "duration"):
            found |= {Field(Space.ATTRIBUTES, one) for one in ("started", "ended", "status")}
        elif field != Field(Space.ATTRIBUTES, "id"):
            found.add(field)
    return found


def _name_of(field: Field) -> tuple[str, str]:
    space = f"metrics.{field.function}" if field.space is Space.METRICS else field.space.value
    return space, field.key


def _read(db: sqlite3.Connection, name: tuple[str, str], run_ids: Collection[str] | None) -> Iterable[tuple[str, Any]]:
    found = list(rows.field(db, *name, run_ids))
    return [(run_id, from_column(value)) for run_id, value in found if value is not None]
