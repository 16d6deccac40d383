"""Reading and writing the tables of the index."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from runlog.store.index.content import (
    ManyMetrics,
    StoredMetric,
    StoredRun,
    encode_metric,
    encode_run,
    metric_fields,
)
from runlog.store.marks import Mark, read_mark


def revision(db: sqlite3.Connection) -> int:
    """The revision of the newest change."""
    return int(db.execute("SELECT revision FROM counter").fetchone()[0])


def begin_behind(db: sqlite3.Connection, number: int) -> None:
    """Count revisions of a new index from where another one was: who knows that one is told of every run."""
    db.execute("UPDATE counter SET revision = max(revision, ?)", (number,))


def marks(db: sqlite3.Connection, since: int) -> dict[str, Mark | None]:
    """The marks of runs that changed after a revision, by id; None of runs that are to be looked at each time."""
    found = db.execute("SELECT id, mark FROM runs WHERE revision > ?", (since,))
    return {run_id: read_mark(text) for run_id, text in found}


def contents(db: sqlite3.Connection, run_ids: Collection[str]) -> dict[str, tuple[int, bytes]]:
    """Revision and summary of runs, by id; those that are not there are left out."""
    statement = "SELECT id, revision, content FROM runs WHERE id IN (SELECT value FROM json_each(?))"
    found = db.execute(statement, (_listed(run_ids),))
    return {run_id: (number, content) for run_id, number, content in found}


def metrics(db: sqlite3.Connection, run_id: str) -> list[bytes]:
    """The metrics of a run that has more than its summary shows, in no order."""
    return [content for (content,) in db.execute("SELECT content FROM metrics WHERE run = ?", (run_id,))]


def changed(db: sqlite3.Connection, since: int) -> tuple[list[str], list[str]]:
    """Ids of runs that changed, and of runs that were deleted, after a revision; oldest change first."""
    runs = db.execute("SELECT id FROM runs WHERE revision > ? ORDER BY revision, id", (since,))
    deleted = db.execute("SELECT run FROM deleted WHERE revision > ? ORDER BY revision, run", (since,))
    return [one for (one,) in runs], [one for (one,) in deleted]


def field(db: sqlite3.Connection, space: str, key: str, run_ids: Collection[str] | None) -> Iterator[tuple[str, Any]]:
    """A value of runs, by id; of all of them where none are named. Runs without it are left out."""
    if run_ids is None:
        yield from db.execute("SELECT run, value FROM fields WHERE space = ? AND key = ?", (space, key))
    else:
        statement = (
            "SELECT run, value FROM fields WHERE space = ? AND key = ? AND run IN (SELECT value FROM json_each(?))"
        )
        yield from db.execute(statement, (space, key, _listed(run_ids)))


Written = tuple[StoredRun, Mark | None, ManyMetrics | None]


def write(db: sqlite3.Connection, taken: Iterable[Written], gone: Collection[str]) -> int:
    """Write what was taken in, and forget runs that are gone.

    Args:
        db: in a transaction that writes.
        taken: runs as they are now; with the mark under which they need not be looked at again, and with their metrics
            where they have more than the summary shows.
        gone: ids of runs that are no longer kept.

    Returns:
        the revision: a new one where anything differs from what stood there.
    """
    number = revision(db)
    given = {run.id: (run, encode_run(run), mark, many) for run, mark, many in taken}
    known = contents(db, given)
    there = [run_id for run_id in gone if contents(db, [run_id])]
    differing = {
        run_id
        for run_id, (_, content, _, many) in given.items()
        if known.get(run_id, (0, b""))[1] != content or (many is not None and many.changed)
    }
    if differing or there:
        number += 1
        db.execute("UPDATE counter SET revision = ?", (number,))
    for run_id, (run, content, mark, many) in given.items():
        text = None if mark is None else mark.text()
        if run_id in differing:
            _write_run(db, run, content, text, number)
            if many is not None and many.is_begun and run_id in known:
                _write_changed(db, run, many.changed)
            else:
                _write_fields(db, run, many)
        else:
            db.execute("UPDATE runs SET mark = ? WHERE id = ? AND mark IS NOT ?", (text, run_id, text))
        if mark is not None:
            db.execute("DELETE FROM progress WHERE run = ?", (run_id,))
    for run_id in there:
        db.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        db.execute("DELETE FROM fields WHERE run = ?", (run_id,))
        db.execute("DELETE FROM metrics WHERE run = ?", (run_id,))
        db.execute("DELETE FROM progress WHERE run = ?", (run_id,))
        db.execute("INSERT OR REPLACE INTO deleted VALUES (?, ?)", (run_id, number))
    return number


def progress(db: sqlite3.Connection, run_id: str) -> bytes | None:
    """How far a run was read that is written to, as some process kept it last; None where none did."""
    found = db.execute("SELECT kept FROM progress WHERE run = ?", (run_id,)).fetchone()
    return None if found is None else found[0]


def keep_progress(db: sqlite3.Connection, kept: Mapping[str, bytes]) -> None:
    """Keep how far runs were read."""
    db.executemany("INSERT OR REPLACE INTO progress VALUES (?, ?)", kept.items())


def _write_run(db: sqlite3.Connection, run: StoredRun, content: bytes, mark: str | None, number: int) -> None:
    db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", (run.id, number, mark, content))
    db.execute("DELETE FROM deleted WHERE run = ?", (run.id,))


def _write_fields(db: sqlite3.Connection, run: StoredRun, many: ManyMetrics | None) -> None:
    """Write all fields of a run anew."""
    every = None if many is None else many.every()
    db.execute("DELETE FROM fields WHERE run = ?", (run.id,))
    db.execute("DELETE FROM metrics WHERE run = ?", (run.id,))
    _put_fields(db, run.id, run.fields())
    if every is not None:
        _put_metrics(db, run.id, every)


def _write_changed(db: sqlite3.Connection, run: StoredRun, changed: Sequence[StoredMetric]) -> None:
    """Write the fields of a run that has very many metrics: of these only those that changed."""
    for space in ("attributes", "params", "tags", "properties"):
        keys = [key for (key,) in db.execute("SELECT key FROM fields WHERE run = ? AND space = ?", (run.id, space))]
        db.executemany(
            "DELETE FROM fields WHERE space = ? AND key = ? AND run = ?", ((space, key, run.id) for key in keys)
        )
    _put_fields(db, run.id, run.fields())
    _put_metrics(db, run.id, changed)


def _put_fields(db: sqlite3.Connection, run_id: str, fields: Iterable[tuple[str, str, Any]]) -> None:
    columns = ((space, key, run_id, value) for space, key, value in fields)
    db.executemany("INSERT OR REPLACE INTO fields VALUES (?, ?, ?, ?)", columns)


def _put_metrics(db: sqlite3.Connection, run_id: str, metrics: Sequence[StoredMetric]) -> None:
    _put_fields(db, run_id, metric_fields(metrics))
    db.executemany(
        "INSERT OR REPLACE INTO metrics VALUES (?, ?, ?)", ((run_id, one.name, encode_metric(one)) for one in metrics)
    )


def _listed(values: Collection[str]) -> str:
    return msgspec.json.encode(list(values)).decode()
