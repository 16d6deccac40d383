"""Damage done to journal files at random, and what must still be true of what is read."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runlog.errors import JournalError
from runlog.journal.format import HEADER_SIZE, POINT_SIZE, PointKind
from runlog.journal.reader import RunJournal
from runlog.journal.segment import seal_file
from runlog.journal.writer import JournalWriter

POINTS, EVENTS = 700, 250
SECTOR, PAGE = 512, 4096
NAMES = ("loss", "a name longer than eight bytes", "ü" * 40)


@dataclass
class Sample:
    """A run's folder as its writer left it, and what it wrote."""

    folder: Path
    points: set[tuple[str, int, Any, int]] = field(default_factory=set)
    events: dict[int, tuple[int, bytes]] = field(default_factory=dict)

    @property
    def named_times(self) -> set[tuple[str, int]]:
        return {(name, time) for name, time, _, _ in self.points}


def make_sample(folder: Path, *, sealed: bool) -> Sample:
    """Write a run; its segments are open (as a killed writer leaves them), or sealed."""
    writing = folder.with_name(f"{folder.name}-writing")
    writer = JournalWriter(writing, "run")
    for number in range(POINTS):
        writer.point(NAMES[number % 3], PointKind.FLOAT, number * 0.5, number)
    for number in range(EVENTS):
        writer.event(1, b"event %d " % number + bytes(number % 97), flags=number % 10 == 0)
    ends = {
        f"{writer.writer_id}-points-000000.open": writer._point_cells.offset,
        f"{writer.writer_id}-events-000000.open": writer._event_cells.offset,
    }
    folder.mkdir()
    for name in ends:
        shutil.copy(writing / name, folder / name)
    writer.close()
    if sealed:
        journal = RunJournal(folder)
        states = [event.offset for event in journal.events() if event.flags]
        for name, end in ends.items():
            seal_file(folder / name, end, states if "events" in name else [])
    sample = Sample(folder)
    read_into(sample)
    assert len(sample.points) == POINTS
    assert len(sample.events) == EVENTS
    return sample


def read_into(sample: Sample) -> None:
    journal = RunJournal(sample.folder)
    sample.points = set(points_of(journal))
    sample.events = {event.offset: (event.kind, event.payload) for event in journal.events()}
    assert not journal.damage


def points_of(journal: RunJournal) -> list[tuple[str, int, Any, int]]:
    found = []
    for columns in journal.points():
        names = [columns.names[place] for place in list(columns.series)]
        steps = [int(step) for step in columns.steps]
        found += list(zip(names, map(int, columns.times), columns.values(), steps, strict=True))
    return found


def damage(path: Path, other: Path, chance: random.Random) -> str:
    """Damage one file in one way; returns what was done."""
    data = bytearray(path.read_bytes())
    used = len(bytes(data).rstrip(b"\0"))
    is_cut_off = used < HEADER_SIZE + 2 * POINT_SIZE  # by the damage before: no place is left for most others
    way = append_garbage if is_cut_off else chance.choice(WAYS)
    way(data, used, other.read_bytes(), chance)
    path.write_bytes(data)
    return way.__name__


def flip_bits(data: bytearray, used: int, other: bytes, chance: random.Random) -> None:
    """One bit in each of some slots, or frames, of 32 bytes."""
    for place in chance.sample(range(used // POINT_SIZE), min(8, used // POINT_SIZE)):
        data[place * POINT_SIZE + chance.randrange(POINT_SIZE)] ^= 1 << chance.randrange(8)


def zero_sectors(data: bytearray, used: int, other: bytes, chance: random.Random) -> None:
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(used) // SECTOR * SECTOR
        data[at : at + SECTOR] = bytes(len(data[at : at + SECTOR]))


def zero_page(data: bytearray, used: int, other: bytes, chance: random.Random) -> None:
    at = chance.randrange(used) // PAGE * PAGE
    data[at : at + PAGE] = bytes(len(data[at : at + PAGE]))


def swap_slots(data: bytearray, used: int, other: bytes, chance: random.Random) -> None:
    first, second = (chance.randrange(HEADER_SIZE // 32, used // 32) * 32 for _ in range(2))
    data[first : first + 32], data[second : second + 32] = data[second : second + 32], data[first : first + 32]


def swap_pages(data: bytearray, used: int, other: bytes, chance: random.Random) -> None:
    first, second = (chance.randrange(max(1, used // PAGE)) * PAGE for _ in range(2))
    data[first : first + PAGE], data[second : second + PAGE] = data[second : second + PAGE], data[first : first + PAGE]


def repeat_page(data: bytearray, used: int, other: bytes, chance: random.Random) -> None:
    first, second = (chance.randrange(max(1, used // PAGE)) * PAGE for _ in range(2))
    data[first : first + PAGE] = data[second : second + PAGE]


def stray_page(data: bytearray, used: int, other: bytes, chance: random.Random) -> None:
    """A page of another writer's file, from the same place."""
    at = chance.randrange(max(1, min(used, len(other)) // PAGE)) * PAGE
    data[at : at + PAGE] = other[at : at + PAGE]


def cut_short(data: bytearray, used: int, other: bytes, chance: random.Random) -> None:
    del data[chance.randrange(used) :]


def append_garbage(data: bytearray, used: int, other: bytes, chance: random.Random) -> None:
    data[used:] = chance.randbytes(chance.randrange(1, 3 * PAGE))


def overwrite_with_garbage(data: bytearray, used: int, other: bytes, chance: random.Random) -> None:
    at, length = chance.randrange(used), chance.randrange(1, PAGE)
    data[at : at + length] = chance.randbytes(length)


WAYS = [
    flip_bits,
    zero_sectors,
    zero_page,
    swap_slots,
    swap_pages,
    repeat_page,
    stray_page,
    cut_short,
    append_garbage,
    overwrite_with_garbage,
]


def damaged_copy(sample: Sample, other: Sample, target: Path, seed: int) -> str:
    """A copy of the sample with one file damaged in one or two ways."""
    chance = random.Random(seed)
    shutil.copytree(sample.folder, target)
    done = []
    for _ in range(chance.randrange(1, 3)):
        path = chance.choice(sorted(target.iterdir()))
        stream = path.name.split("-")[1]
        foreign = next(one for one in other.folder.iterdir() if one.name.split("-")[1] == stream)
        done.append(f"{damage(path, foreign, chance)} of {stream}")
    return ", ".join(done)


def check_damaged(sample: Sample, folder: Path, *, sealed: bool) -> None:
    """Whatever is returned was written so, at that place, and is returned once."""
    try:
        journal = RunJournal(folder)
        points = points_of(journal)
        events = [(event.offset, (event.kind, event.payload)) for event in journal.events()]
        states = [event.offset for event in journal.events(state=True)]
    except JournalError:
        return
    assert len(events) == len({offset for offset, _ in events})
    assert set(events) <= set(sample.events.items())
    assert set(states) <= sample.events.keys()
    assert len(points) == len({(name, time) for name, time, _, _ in points})
    if sealed:
        assert set(points) <= sample.points
        missing = len(points) < len(sample.points) or len(events) < len(sample.events)
        assert not missing or journal.damage
    else:
        assert {(name, time) for name, time, _, _ in points} <= sample.named_times
