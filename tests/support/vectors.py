"""Writes the journal that a vector's description asks for, with a clock and ids that are always the same.

Arguments: a description (tests/journal/vectors/README.md says what is in it) and the folder to write to. A process of its
own, since what makes a journal differ from every other is replaced before the journal is imported.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from runlog.journal import real_time

WRITER, HOST, BOOT = "0123456789ab", "hôst", "01234567-89ab-cdef-0123-456789abcdef"
WALL, MONOTONIC = 1_700_000_000_000_000_000, 5_000_000_000
FIRST_SERIES = 1000


class Clock:
    """The monotonic clock; it stands still until it is set."""

    now = MONOTONIC

    def __call__(self) -> int:
        return self.now


def payload_of(event: dict[str, Any]) -> bytes:
    return event["payload"].encode() * event.get("times", 1)


def write(description: dict[str, Any], folder: Path, clock: Clock) -> None:
    from runlog.journal import segment, stream, writer
    from runlog.journal.format import Mode, PointKind
    from runlog.journal.identity import ProcessIdentity

    writer.new_writer_id = lambda: WRITER
    writer.this_process = lambda: ProcessIdentity(4242, 777, 4026531836, BOOT, HOST)
    stream.SEGMENT_SIZES = (160 * 1024,)
    if description["end"] == "sealed":
        segment.PACK_LIMIT = 0
    run = writer.JournalWriter(
        folder,
        "the-run",
        mode=Mode[description["mode"]],
        guest="guest" in description["writer"],
        late="late" in description["writer"],
    )
    for event in description["events"]:
        assert run.event(event["kind"], payload_of(event), event["flags"])
    for name, kind, value, step, at in description["points"]:
        clock.now = at - WALL + MONOTONIC
        assert run.point(name, PointKind[kind], value, step)
    for event in description.get("overflowed events", ()):
        assert run._overflow_event(event["kind"], payload_of(event), event["flags"])
    for name, kind, value, step, at in description.get("overflowed points", ()):
        assert run._overflow_point(name, PointKind[kind], value, step, at)
    for points, events in description.get("losses", ()):
        run.count_lost(points - run.lost.points, events - run.lost.events)
        run._record_losses()
    if description["end"] != "open":
        run.close()


def main(description: str, folder: str) -> None:
    clock = Clock()
    real_time.monotonic_ns = clock
    real_time.wall_ns = lambda: WALL - MONOTONIC + clock()
    real_time.suspended_ns = lambda: 0
    os.urandom = lambda size: FIRST_SERIES.to_bytes(size, "big")  # no chance
    write(json.loads(Path(description).read_text(encoding="utf-8")), Path(folder), clock)
    os._exit(0)  # what is left open stays as a kill leaves it


if __name__ == "__main__":
    main(*sys.argv[1:])
