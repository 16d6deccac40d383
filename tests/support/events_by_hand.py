"""Runs whose events say what no writer of ours would: made by hand, as anybody may who can send bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from runlog.journal.files import segment_name
from runlog.journal.format import HEADER_SIZE, EventFlag, Footer, Header, Stream, block_crcs, pack_event
from runlog.records import EventKind

WRITER = "000000000001"
MOMENT = 1_700_000_000_000_000_000
Event = tuple[int, int, bytes]


def event(kind: EventKind, *, state: bool = False, **fields: Any) -> Event:
    """An event of a kind, with any fields at all."""
    return int(kind), int(EventFlag.STATE) if state else 0, msgspec.msgpack.encode({"time": MOMENT, **fields})


def in_blob(kind: EventKind, pointer: object, *, state: bool = False) -> Event:
    """An event whose payload is said to be in a blob."""
    flags = int(EventFlag.BLOB) | (int(EventFlag.STATE) if state else 0)
    return int(kind), flags, msgspec.msgpack.encode(pointer)


def opened(run_id: str, **fields: Any) -> Event:
    """The event by which a run begins."""
    return event(EventKind.RUN, state=True, run_id=run_id, experiment="study", name="hostile", owner=True, **fields)


def ended() -> Event:
    """The event by which it ends well."""
    return event(EventKind.STATUS, state=True, status="Completed")


def parameter(name: str, value: object) -> Event:
    """An event that is as it should be, by which a test sees that the rest of a run is read."""
    return event(EventKind.PARAMS, state=True, values={name: value})


def sealed_events(run_id: str, events: Sequence[Event], writer: str = WRITER) -> bytes:
    """A whole sealed segment of events."""
    data = bytearray(Header(Stream.EVENTS, 0, 0, writer, run_id, boot_id="0" * 36, host="elsewhere", pid=1).pack())
    states = []
    for kind, flags, payload in events:
        if flags & EventFlag.STATE:
            states.append(len(data))
        data += pack_event(writer, kind, flags, payload, len(data))
    footer = Footer(len(data), block_crcs(memoryview(data)[HEADER_SIZE:]), tuple(states))
    return bytes(data) + footer.pack(bytes(data))


def make_run(workspace: Path, run_id: str, *events: Event, writer: str = WRITER) -> Path:
    """A run that began and ended, in a workspace's folder, with events in between; its folder."""
    folder = workspace / "runs" / run_id
    folder.mkdir(parents=True)
    data = sealed_events(
        run_id, [opened(run_id), parameter("before", 1), *events, parameter("after", 2), ended()], writer
    )
    (folder / segment_name(writer, Stream.EVENTS, 0, sealed=True)).write_bytes(data)
    return folder
