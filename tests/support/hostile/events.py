"""Events of every kind with every field that there may be, and segments that have hostile ones among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from runlog.journal.format import (
    HEADER_SIZE,
    Footer,
    Header,
    Stream,
    block_crcs,
    pack_event,
)
from runlog.journal.reader import RunJournal
from runlog.records import EventKind, type_of
from support.hostile.places import Place, msgpack_with, places
from support.hostile.values import Hostile

decode = msgspec.msgpack.decode
STATE = 1


class Sample(NamedTuple):
    """An event as a real run has it, with the fields it lacks filled in."""

    kind: int
    flags: int
    content: Any

    def encoded(self) -> bytes:
        return msgspec.msgpack.encode(self.content)


def samples(folder: Path) -> list[Sample]:
    """The events of a real run, one of each form, and those of kinds that it has none of."""
    found: dict[Any, Sample] = {}
    for event in RunJournal(folder).events():
        content = decode(event.payload)
        kind_type = None if event.flags & 4 else type_of(event.kind)
        if kind_type is not None:
            content = completed(content, inspect.type_info(kind_type))
        found[event.kind, event.flags, form(content)] = Sample(event.kind, event.flags, content)  # the newest: it ended
    kinds = {sample.kind for sample in found.values()}
    for kind in set(map(int, EventKind)) - kinds:
        if (kind_type := type_of(kind)) is not None:
            content = completed({}, inspect.type_info(kind_type))
            found[kind] = Sample(kind, STATE, content)
    return sorted(found.values(), key=lambda sample: (sample.kind != EventKind.RUN, sample.kind == EventKind.STATUS))


def form(value: Any) -> Any:
    """What tells kinds of content apart: names and types."""
    if isinstance(value, dict):
        return tuple((name, form(member)) for name, member in list(value.items())[:12])
    if isinstance(value, list):
        return tuple(form(item) for item in value[:8]) if len(value) > 3 else (list, *map(form, value[:1]))
    return type(value).__name__


def completed(value: Any, kind: Any) -> Any:
    """A value with every field of its type, those that it lacks from the type alone."""
    if isinstance(kind, inspect.UnionType):
        fitting = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return completed(value, fitting[0]) if value is None or isinstance(value, dict) else value
    if isinstance(kind, inspect.StructType):
        given = value if isinstance(value, dict) else {}
        names = [field.encode_name for field in kind.fields]
        given = {name: given[name] if given.get(name) is not None else VALID.get(name) for name in names}
        return {field.encode_name: completed(given[field.encode_name], field.type) for field in kind.fields}
    if isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.CollectionType):
        return [completed(one, kind.item_type) for one in value or [None]]
    if isinstance(kind, inspect.DictType):
        if value:
            return {name: completed(member, kind.value_type) for name, member in value.items()}
        return {completed(None, kind.key_type): completed(None, kind.value_type)}
    return PLAIN.get(type(kind), "any") if value is None else value


VALID = {"sha256": "0" * 64, "parent": "failed", "name": "html"}
"""What a field may be that can't be any text."""
PLAIN = {
    inspect.BoolType: False,
    inspect.IntType: 1,
    inspect.FloatType: 1.5,
    inspect.StrType: "a text",
    inspect.BytesType: b"bytes",
}


class EventPlace(NamedTuple):
    """A place in one of the sample's events."""

    number: int
    place: Place


def event_places(events: list[Sample]) -> list[EventPlace]:
    """Every place of every event."""
    return [EventPlace(number, place) for number, one in enumerate(events) for place in places(one.content)]


def told(events: list[Sample], at: EventPlace) -> str:
    """A place in words."""
    return f"{EventKind(events[at.number].kind).name}: {at.place!r}"


def payloads(events: list[Sample], at: EventPlace, hostile: Hostile) -> Iterator[tuple[int, int, bytes]]:
    """The events, one of them with a hostile value."""
    for number, event in enumerate(events):
        is_meant = number == at.number
        yield event.kind, event.flags, msgpack_with(event.content, at.place, hostile) if is_meant else event.encoded()


def segment(run_id: str, writer: str, events: Iterable[tuple[int, int, bytes]], *, sealed: bool = True) -> bytes:
    """A segment of events as a writer would leave it."""
    header = Header(Stream.EVENTS, 0, 0, writer, run_id, boot_id="0" * 36, host="h", pid=1).pack()
    image = bytearray(header)
    states = []
    for kind, flags, payload in events:
        if flags & STATE:
            states.append(len(image))
        image += pack_event(writer, kind, flags, payload, len(image))
    return bytes(image) + (seal(header, bytes(image), states) if sealed else b"")


def seal(header: bytes, image: bytes, states: list[int]) -> bytes:
    """The footer of a sealed segment."""
    return Footer(len(image), block_crcs(memoryview(image)[HEADER_SIZE:]), tuple(states)).pack(header)
