"""The files of a workspace and of a user's home, and something hostile in one place of one of them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from runlog.journal.format import PACK_MAGIC
from support.hostile.events import event_places, payloads, samples, segment, told
from support.hostile.places import Place, json_with, places
from support.hostile.sample import ALL
from support.hostile.segments import odd_segments
from support.hostile.values import Hostile

WRITER = "w" * 12
ROWS = 3
"""Rows of a table whose cells are replaced: the others are like them."""


class Attack(NamedTuple):
    """Something that is done to a copy of the sample."""

    label: str
    is_shared: bool
    """Whether the file holds what is known of all runs: what is said of the others may change then."""
    do: Callable[[Path, Hostile], None]
    takes_value: bool = True

    def __repr__(self) -> str:
        return self.label


def attacks(folder: Path, texts: list[Hostile]) -> list[Attack]:
    """Every one that the files of a sample allow, found by looking at them."""
    found = []
    for path in sorted([*(folder / "work").rglob("*"), *(folder / "home").rglob("*")]):
        if path.is_file() and not path.name.endswith("-stderr.txt"):  # the test's own, of what a server says
            found += attacks_on(path, path.relative_to(folder))
    run = folder / "work" / ".runlog" / "runs" / ALL
    return found + attacks_on_events(run) + [with_segment(one) for one in odd_segments(texts)]


def attacks_on(path: Path, name: Path) -> list[Attack]:
    """What can be done to a file, by what is in it."""
    data = path.read_bytes()
    is_shared = ALL not in name.parts
    ways = WHOLE if name.parts[0] == "work" else CONTENT  # nobody else puts links into a user's home
    found = [Attack(f"{name}: {label}", is_shared, deed(name, how), takes_value=False) for label, how in ways.items()]
    if data.startswith(b"SQLite format 3"):
        return found + attacks_on_cells(path, name)
    if data.startswith((PACK_MAGIC, b"\x89RLJ")):
        return found
    try:
        content = json.loads(data)
    except ValueError:
        return [
            *found,
            Attack(f"{name}: its bytes", is_shared, lambda folder, hostile: write(folder / name, hostile.json)),
        ]
    return found + [
        Attack(f"{name}: {place!r}", is_shared, replacing_json(name, content, place)) for place in places(content)
    ]


def replacing_json(name: Path, content: Any, place: Place) -> Callable[[Path, Hostile], None]:
    def do(folder: Path, hostile: Hostile) -> None:
        write(folder / name, json_with(content, place, hostile))

    return do


def attacks_on_cells(path: Path, name: Path) -> list[Attack]:
    """Each column of each table of a database."""
    found = []
    with closing(sqlite3.connect(path)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            with suppress(sqlite3.Error):
                columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
                found += [Attack(f"{name}: {table}.{one}", True, replacing_cells(name, table, one)) for one in columns]
    return found


def replacing_cells(name: Path, table: str, column: str) -> Callable[[Path, Hostile], None]:
    def do(folder: Path, hostile: Hostile) -> None:
        with closing(sqlite3.connect(folder / name)) as database, suppress(sqlite3.Error):
            database.execute("PRAGMA ignore_check_constraints = ON")
            change = f'UPDATE OR REPLACE "{table}" SET "{column}" = ? WHERE rowid IN (SELECT rowid FROM "{table}" LIMIT {ROWS})'
            database.execute(change, (hostile.cell,))
            database.commit()

    return do


def attacks_on_events(run: Path) -> list[Attack]:
    """Each place of each event."""
    events = samples(run)
    found = []
    for at in event_places(events):

        def do(folder: Path, hostile: Hostile, at=at) -> None:
            target = folder / "work" / ".runlog" / "runs" / ALL
            for one in target.glob("*.pack"):
                one.unlink()
            data = segment(ALL, WRITER, payloads(events, at, hostile))
            write(target / f"{WRITER}-events-000000.seal", data)

        found.append(Attack(f"an event of the run: {told(events, at)}", False, do))
    return found


def with_segment(odd: Any) -> Attack:
    def do(folder: Path, hostile: Hostile) -> None:
        target = folder / "work" / ".runlog" / "runs" / ALL
        write(target / f"{'x' * 12}-{odd.stream}-000000.seal", odd.make(ALL))

    return Attack(f"beside the run's segments: {odd.label}", False, do, takes_value=False)


def deed(name: Path, how: Callable[[Path, Path], None]) -> Callable[[Path, Hostile], None]:
    def do(folder: Path, hostile: Hostile) -> None:
        path = folder / name
        data = path.read_bytes()
        path.unlink()
        how(path, folder / "canary" / "secret")
        if not path.exists() and not path.is_symlink():
            path.write_bytes(data[: len(data) // 2])

    return do


def linked(target: str) -> Callable[[Path, Path], None]:
    return lambda path, canary: path.symlink_to(target or canary)


CONTENT: dict[str, Callable[[Path, Path], None]] = {
    "cut in half": lambda path, canary: None,
    "empty": lambda path, canary: path.touch(),
    "zeros in its place": lambda path, canary: path.write_bytes(bytes(70_000)),
}
WHOLE: dict[str, Callable[[Path, Path], None]] = {
    **CONTENT,
    "a folder in its place": lambda path, canary: path.mkdir(),
    "a pipe in its place": lambda path, canary: os.mkfifo(path),
    "a link to another file in its place": linked(""),
    "a link to endless zeros in its place": linked("/dev/zero"),
    "a link to a terminal in its place": linked("/dev/ptmx"),
    "a link to itself in its place": lambda path, canary: path.symlink_to(path),
}


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or not path.is_file():
        path.unlink(missing_ok=True)
    path.write_bytes(data)


def fresh_copy(folder: Path) -> None:
    """Put the sample's files back, which are in ``sample``."""
    for name in ("work", "home", "out", "tmp"):
        shutil.rmtree(folder / name, ignore_errors=True)
        source = folder / "sample" / name
        if source.exists():
            shutil.copytree(source, folder / name, symlinks=True)
        else:
            (folder / name).mkdir()
