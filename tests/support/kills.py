"""Kills a logging process at a random moment, and compares what it left with the calls that had returned."""

from __future__ import annotations

import struct
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from support.journal_files import Written, read_folder
from support.killed_writer import STATE, THREADS, kind_of_call
from support.scripts import started_script

PROGRAM = Path(__file__).with_name("killed_writer.py")
Key = tuple[str, int, int]
"""Kind of record, thread, number of the call."""


def kill_once(folder: Path, mode: str, seconds: float) -> int:
    """Let the program run for so long, kill it, and check all it left.

    Returns:
        how many calls had returned.
    """
    run, counters = folder / "run", folder / "counters"
    run.mkdir(parents=True)
    counters.write_bytes(bytes(8 * THREADS))
    with started_script(folder, PROGRAM, str(run), str(counters), mode) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        else:
            raise AssertionError(process.stderr.read())
        process.wait()
    returned = struct.unpack(f"{THREADS}Q", counters.read_bytes())
    check(list(read_folder(run).values()), returned)
    return sum(returned)


def check(writers: Sequence[Written], returned: Sequence[int]) -> None:
    """Every call that had returned is there once, one more call of a thread may be, and order is kept."""
    seen: Counter[Key] = Counter()
    for written in writers:
        assert written.holes == 0
        assert written.lost == (0, 0)
        last: dict[tuple[str, int], int] = {}
        for kind, thread, number in records(written):
            assert last.get((kind, thread), -1) < number, "a thread's records are out of order"
            last[kind, thread] = number
            seen[kind, thread, number] += 1
    twice = [key for key, count in seen.items() if count > 1]
    assert not twice, f"read twice: {twice[:5]}"
    expected = {key for thread, count in enumerate(returned) for number in range(count) for key in keys(thread, number)}
    missing = expected - seen.keys()
    assert not missing, f"{len(missing)} calls had returned and are gone: {sorted(missing)[:5]}"
    begun = {key for thread, count in enumerate(returned) for key in keys(thread, count)}
    beyond = seen.keys() - expected - begun
    assert not beyond, f"never logged: {sorted(beyond)[:5]}"


def keys(thread: int, number: int) -> Iterator[Key]:
    """The records that a call leaves."""
    kind = kind_of_call(number)
    yield kind, thread, number
    if kind == "m":
        yield "M", thread, number


def records(written: Written) -> Iterator[Key]:
    """The records of a writer: points, then events, each in the order of their stream."""
    for point in written.points:
        assert point.value is not None
        number = int(point.value)
        if point.name[0] != "n":
            assert point.step == number
        thread, _, rest = point.name[1:].partition("-")
        assert not rest or int(rest) == number
        yield point.name[0], int(thread), number
    for event in written.events:
        thread, number = event.payload.split()[:2]
        yield "state" if event.kind == STATE else "event", int(thread), int(number)
