"""Runs whose content nobody would write who means well: bytes of events, files of journals, and entries beside them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from runlog.journal.format import HEADER_SIZE, EventFlag, Footer, Header, Stream, block_crcs, pack_event
from runlog.records import STATE_KINDS, EventKind

WRITER = "000000000001"
TIME = 1_700_000_000 * 10**9
TOO_LARGE = (1 << 64) - 1
HIGHEST, LOWEST = (1 << 63) - 1, -(1 << 63)
DEEP = 5000
encode = msgspec.msgpack.encode

Event = tuple[int, int, bytes]


def nested(depth: int, leaf: bytes = b"\xc0") -> bytes:
    """A msgpack list in a list in a list..."""
    return b"\x91" * depth + leaf


def nested_maps(depth: int, leaf: bytes = b"\xc0") -> bytes:
    """A msgpack map in a map in a map..."""
    return b"\x81\xa1a" * depth + leaf


def with_raw(fields: dict, name: str, raw: bytes) -> bytes:
    """The map with one more field, whose value is these bytes of msgpack."""
    whole = encode({**fields, name: None})
    assert whole.endswith(b"\xc0")
    return whole[:-1] + raw


def event(kind: int, payload: object, flags: int = 0) -> Event:
    """An event with the flag that its kind has."""
    data = payload if isinstance(payload, bytes) else encode(payload)
    return int(kind), flags | (EventFlag.STATE if kind in STATE_KINDS else 0), data


def opening(run_id: str, **fields: object) -> Event:
    """The first event of a writer."""
    run = {
        "time": TIME,
        "run_id": run_id,
        "experiment": "hostile",
        "name": run_id,
        "owner": True,
        "host": "h",
        "pid": 1,
    }
    return event(EventKind.RUN, run | fields)


def ending(**fields: object) -> Event:
    """The last one."""
    return event(EventKind.STATUS, {"time": TIME + 1, "status": "Completed"} | fields)


def header(run_id: str, stream: Stream = Stream.EVENTS, segment: int = 0) -> bytes:
    """The beginning of a segment."""
    return Header(stream, segment, 0, WRITER, run_id, boot_id="0" * 36, host="h", pid=1).pack()


def segment_of(run_id: str, events: list[Event]) -> bytes:
    """A sealed segment with these events."""
    data, states = bytearray(header(run_id)), []
    for kind, flags, payload in events:
        if flags & EventFlag.STATE:
            states.append(len(data))
        data += pack_event(WRITER, kind, flags, payload, len(data))
    return sealed(bytes(data), tuple(states))


def sealed(data: bytes, states: tuple[int, ...] = ()) -> bytes:
    """Bytes of a segment with the footer that they have when it is sealed."""
    return data + Footer(len(data), block_crcs(memoryview(data)[HEADER_SIZE:]), states).pack(data)


def log(extra: object = None, **fields: object) -> list:
    """A log record as the journal has it; some of its fields are others."""
    origin = {"levelno": 30, "level": "WARNING", "logger": "odd", "path": "p", "line": 1, "function": "f", "process": 1}
    origin |= {"process_name": "M", "thread": 1, "thread_name": "T", "created": 1.7e9, "template": "odd", "args": None}
    origin |= {"exception": None, "stack": None, "task": None}
    time, message = fields.pop("time", TIME), fields.pop("message", None)
    return [time, message, list((origin | fields).values()), extra or {}]


def log_with(place: str, raw: bytes) -> bytes:
    """A log record one of whose parts is these bytes of msgpack."""
    mark = "the place"
    whole = encode(log({"k": mark}) if place == "extra" else log(**{place: mark}))
    before, _, after = whole.partition(encode(mark))
    return before + raw + after


def _exceptions(depth: int) -> list:
    found = ["ValueError", "x", [], [], None, None, False, []]
    for _ in range(depth):
        found = ["ValueError", "x", [], [], found, None, False, []]
    return found


def _of(kind: EventKind, /, **fields: object) -> Event:
    return event(kind, {"time": TIME} | fields)


def _raw(kind: EventKind, place: str, raw: bytes, /, **fields: object) -> Event:
    return event(kind, with_raw({"time": TIME} | fields, place, raw))


IMAGE = {"name": "i", "sha256": "0" * 64, "size": 1, "format": "png"}
MEDIA = {"name": "t", "media": "text", "format": "txt", "sha256": "0" * 64, "size": 1}
EVENTS: dict[str, Event] = {
    "a run that began beyond 64 bits": opening("x", time=1 << 63),
    "a run that began before all time": opening("x", time=LOWEST),
    "a run that began at the last moment": opening("x", time=HIGHEST),
    "an attempt beyond 64 bits": opening("x", attempt=TOO_LARGE),
    "a negative attempt": opening("x", attempt=LOWEST),
    "a rank beyond 64 bits": opening("x", rank=TOO_LARGE),
    "a process number beyond 64 bits": opening("x", pid=TOO_LARGE),
    "a launch of numbers beyond 64 bits": opening("x", launch={"id": "l", "size": TOO_LARGE, "restarts": TOO_LARGE}),
    "a run that is its own parent": opening("x", parent="x"),
    "a run without a name or an experiment": opening("x", experiment="", name=""),
    "a run of another id": opening("somebody"),
    "an experiment of lines and control characters": opening("x", experiment="a\n\x1b[31mb\0" * 100),
    "a hundred thousand arguments": opening("x", argv=["a"] * 100_000),
    "a status of a time beyond 64 bits": event(EventKind.STATUS, {"time": TOO_LARGE, "status": "Failed"}),
    "a status of no known word": _of(EventKind.STATUS, status="\0" * 1000),
    "an end at the last moment": event(EventKind.STATUS, {"time": HIGHEST, "status": "Failed"}),
    "an error that is nested": _raw(EventKind.STATUS, "error", nested_maps(DEEP), status="Failed"),
    "parameters nested too deeply": _raw(EventKind.PARAMS, "values", b"\x81\xa1p" + nested(DEEP)),
    "parameters nested": _of(EventKind.PARAMS, values={"p": [[1]]}),
    "a parameter of no type": _of(EventKind.PARAMS, values={"p": {"$": ["int"], "v": 1}}),
    "a parameter of an unknown type": _of(EventKind.PARAMS, values={"p": {"$": "no type", "v": "x"}}),
    "a long text that says it is a number": _of(EventKind.PARAMS, values={"p": {"$": "int", "v": "9" * 100_000}}),
    "a fraction by nothing": _of(EventKind.PARAMS, values={"p": {"$": "fraction", "v": "1/0"}}),
    "a decimal of a huge exponent": _of(EventKind.PARAMS, values={"p": {"$": "decimal", "v": "1e999999999"}}),
    "parameters that are no numbers": _of(EventKind.PARAMS, values={"p": float("nan"), "q": float("inf"), "r": -0.0}),
    "parameters beyond 64 bits": _of(EventKind.PARAMS, values={"p": TOO_LARGE, "q": LOWEST}),
    "a hundred thousand parameters": _of(EventKind.PARAMS, values={f"p{i}": i for i in range(100_000)}),
    "a parameter with an odd name": _of(EventKind.PARAMS, values={"": 1, "\0": 2, "a" * 100_000: 3, "\n": 4}),
    "a number as a parameter's name": _of(EventKind.PARAMS, values={1: 1}),
    "a tag that is a list": _of(EventKind.TAGS, values={"t": []}),
    "a million tags are removed": _of(EventKind.TAGS, values={}, removed=["t"] * 1_000_000),
    "properties nested too deeply": _raw(EventKind.PROPERTIES, "values", nested_maps(DEEP)),
    "a name that is a number": _of(EventKind.RENAMED, name=5),
    "a value of a step beyond 64 bits": _of(EventKind.VALUE, name="m", text="x", step=TOO_LARGE),
    "a value that is a long number": _of(EventKind.VALUE, name="m", text="9" * 100_000, type="int"),
    "a value that is near no number": _of(EventKind.VALUE, name="m", text="1/0", type="fraction", approx=float("nan")),
    "a value of a date that is none": _of(EventKind.VALUE, name="m", text="2026-99-99", type="datetime"),
    "a value without a name": _of(EventKind.VALUE, name="", text="x"),
    "a list of lists": _of(EventKind.LIST, name="m", values=[[1]]),
    "a list of odd cells": _of(EventKind.LIST, name="m", values=[{"$": "x"}, {}, {"v": "1"}, float("inf")]),
    "a row of odd cells": _of(EventKind.ROW, name="r", columns={"a": {}, "": {"$": "", "v": ""}}),
    "a row of ten thousand columns": _of(EventKind.ROW, name="r", columns={f"c{i}": i for i in range(10_000)}),
    "a table of columns of other lengths": _of(EventKind.TABLE, name="t", columns={"a": [1, 2, 3], "b": []}),
    "a table nested too deeply": _raw(EventKind.TABLE, "columns", b"\x81\xa1a" + nested(DEEP), name="t"),
    "a picture of a negative size": _of(EventKind.IMAGE, **{**IMAGE, "size": -1, "width": -5, "height": HIGHEST}),
    "a picture of a size beyond 64 bits": _of(EventKind.IMAGE, **{**IMAGE, "size": TOO_LARGE}),
    "a picture of odd classes": _of(EventKind.IMAGE, **IMAGE, classes={TOO_LARGE: "x", -1: "y"}),
    "a text of facts nested too deeply": _raw(EventKind.MEDIA, "info", nested_maps(DEEP), **MEDIA),
    "a text of facts nested deeply": _raw(EventKind.MEDIA, "info", nested_maps(900), **MEDIA),
    "a text of odd facts": _of(EventKind.MEDIA, **MEDIA, info={"x": float("nan"), "y": TOO_LARGE, "z": b"\xff"}),
    "a sound of odd facts": _of(EventKind.MEDIA, **{**MEDIA, "media": "audio"}, info={"seconds": "x", "rate": []}),
    "a histogram of odd facts": _of(EventKind.MEDIA, **{**MEDIA, "media": "histogram"}, info={"count": {}, "low": []}),
    "a text of an unknown form": _of(EventKind.MEDIA, **{**MEDIA, "media": "\0", "format": "../x"}, data=b"\xff"),
    "a document nested too deeply": _raw(
        EventKind.DOCUMENT, "document", nested_maps(DEEP), name="d", schema="residuals"
    ),
    "a document nested deeply": _raw(EventKind.DOCUMENT, "document", nested_maps(900), name="d", schema="residuals"),
    "a document of odd content": _of(EventKind.DOCUMENT, name="d", schema="confusion_matrix", document={"data": 5}),
    "a document of no known schema": _of(EventKind.DOCUMENT, name="d", schema="\0", document={}),
    "a document with odd leaves": _of(
        EventKind.DOCUMENT, name="d", schema="residuals", document={"data": {"a": [float("nan"), TOO_LARGE, b"\xff"]}}
    ),
    "a system nested too deeply": _raw(EventKind.SYSTEM, "sections", b"\x81\xa3git" + nested_maps(DEEP)),
    "a system nested deeply": _raw(EventKind.SYSTEM, "sections", b"\x81\xa3git" + nested_maps(900)),
    "a system of odd facts": _of(
        EventKind.SYSTEM,
        sections={
            name: {"content": [], "x": TOO_LARGE, "count": "x"} for name in ("git", "packages", "machine", "gpu")
        },
    ),
    "packages that are a blob of another kind": _of(
        EventKind.SYSTEM, sections={"packages": {"content": {"sha256": "0" * 64, "size": LOWEST}}}
    ),
    "a note at the last moment": event(EventKind.NOTE, {"time": HIGHEST, "text": "x", "author": "y"}),
    "a series of an odd kind": _of(EventKind.SERIES, name="m", kind="\0", description="x" * 100_000),
    "children in a circle": _of(EventKind.CHILD, run_ids=["x", "x", "", "\0"]),
    "a file of a negative size": _of(EventKind.FILE, name="f", size=-1, sha256="0" * 64),
    "a file of a size beyond 64 bits": _of(EventKind.FILE, name="f", size=TOO_LARGE, sha256="0" * 64),
    "a file without a name": _of(EventKind.FILE, name="", size=1, sha256=""),
    "a payload in a blob that is gone": event(EventKind.PARAMS, {"sha256": "0" * 64, "size": 1}, EventFlag.BLOB),
    "a payload in a blob of a size beyond 64 bits": event(
        EventKind.PARAMS, {"sha256": "0" * 64, "size": TOO_LARGE}, EventFlag.BLOB
    ),
    "a payload in a blob without a name": event(EventKind.PARAMS, b"\xc0", EventFlag.BLOB),
    "a record in a blob that is gone": event(EventKind.LOG, {"sha256": "0" * 64, "size": 1}, EventFlag.BLOB),
    "extra fields nested too deeply": event(EventKind.LOG, log_with("extra", nested(DEEP))),
    "extra fields nested deeply": event(EventKind.LOG, log_with("extra", nested(900))),
    "extra maps nested deeply": event(EventKind.LOG, log_with("extra", nested_maps(900))),
    "arguments nested deeply": event(EventKind.LOG, log_with("args", nested(900))),
    "arguments nested too deeply": event(EventKind.LOG, log_with("args", nested(DEEP))),
    "extra fields of odd values": event(
        EventKind.LOG, log({"a": float("nan"), "b": TOO_LARGE, "c": b"\xff", "": None})
    ),
    "a record of a time beyond 64 bits": event(EventKind.LOG, log(time=TOO_LARGE)),
    "a record at the first moment": event(EventKind.LOG, log(time=LOWEST)),
    "a record at the last moment": event(EventKind.LOG, log(time=HIGHEST)),
    "a record of a level beyond 64 bits": event(EventKind.LOG, log(levelno=TOO_LARGE, level="\0")),
    "a record of a line that is a text": event(EventKind.LOG, log(line="x", process=[], thread={}, created="y")),
    "a record whose message is a number": event(EventKind.LOG, log(message=5)),
    "a record without anything": event(EventKind.LOG, []),
    "a record that is a map": event(EventKind.LOG, {"time": 1}),
    "an exception of another form": event(EventKind.LOG, log(exception=["ValueError", "x"])),
    "an exception of odd parts": event(
        EventKind.LOG, log(exception=[[], {}, [["p", "x", "f"]], [5], None, None, 1, 2])
    ),
    "a chain of exceptions without end": event(EventKind.LOG, log(exception=_exceptions(400))),
    "source lines of odd places": event(EventKind.SOURCE, [["p", "x", 5], "y", {}]),
    "source lines nested too deeply": event(EventKind.SOURCE, nested(DEEP)),
    "an event of a kind that nobody knows": event(60_000, {"sha256": "0" * 64}),
    "an overflowed point of odd bytes": event(EventKind.POINT, b"\xff" * 7),
    "no msgpack": event(EventKind.PARAMS, b"\xc1\xff"),
    "nothing at all": event(EventKind.PARAMS, b""),
    "a list that says it has four billion items": event(EventKind.LIST, b"\xdd\xff\xff\xff\xff"),
    "a text that says it has four billion letters": event(EventKind.NOTE, b"\xdb\xff\xff\xff\xff"),
    "a moment that is none": event(EventKind.NOTE, b"\xc7\x0c\xff" + b"\xff" * 12),
    "letters that are none": event(EventKind.NOTE, b"\x82\xa4time\x01\xa4text\xa2\xff\xfe"),
}
"""One event each, of a run that is like any other in all else."""

Plant = Callable[[Path], None]
"""Puts something hostile into a workspace's folder."""


def _segment(name: str, data: bytes) -> Plant:
    def plant(folder: Path) -> None:
        run = folder / "runs" / "odd"
        run.mkdir(parents=True)
        (run / f"{WRITER}.lock").touch()
        (run / f"{WRITER}{name}").write_bytes(data)

    return plant


def _entry(name: str, data: bytes) -> Plant:
    def plant(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    return plant


def _folder(name: bytes) -> Plant:
    return lambda folder: os.makedirs(os.fsencode(folder) + b"/" + name)


def _with_event(one: Event) -> Plant:
    begin = [] if one[0] == EventKind.RUN else [opening("odd")]
    return _segment("-events-000000.seal", segment_of("odd", [*begin, one, ending()]))


def _version(data: bytes, version: int) -> bytes:
    """The header as one of another version, its checksum included."""
    import struct
    import zlib

    changed = bytearray(data)
    struct.pack_into("<I", changed, 8, version)
    struct.pack_into("<I", changed, 380, zlib.crc32(changed[:380]))
    return bytes(changed)


_DEEP_JSON = b'{"a":' * DEEP + b"1" + b"}" * DEEP
FILES: dict[str, Plant] = {
    "a segment of zeros": _segment("-events-000000.open", bytes(65536)),
    "a segment of noise": _segment("-events-000000.open", b"\xa7" * 5000),
    "a sealed segment of noise": _segment("-points-000000.seal", b"\xa7" * 5000),
    "an empty segment": _segment("-events-000000.open", b""),
    "an empty sealed segment": _segment("-events-000000.seal", b""),
    "a segment with a header alone": _segment("-events-000000.open", header("odd")),
    "a segment of another run": _segment("-events-000000.seal", segment_of("other", [opening("other"), ending()])),
    "points of noise behind a header": _segment(
        "-points-000000.open", header("odd", Stream.POINTS) + bytes(range(256)) * 64
    ),
    "a segment of a newer version": _segment("-events-000000.open", _version(header("odd"), 99) + bytes(4096)),
    "a pack of noise": _segment(".pack", b"RLJPACK\n" + b"\xff" * 4096),
    "an empty pack": _segment(".pack", b""),
    "compacted points of noise": _segment("-points-000000.compact", b"\xff" * 4096),
    "a lease of noise": _segment(".lease", b"\xff" * 4096),
    "last words of a crash that are noise": _segment("-crash.txt", b"\xff\0\x1b[31m" * 1000),
    "a run without a file": _folder(b"runs/odd"),
    "a run whose segment is a folder": _folder(b"runs/odd/" + WRITER.encode() + b"-events-000000.open"),
    "a run whose name is no text": _folder(b"runs/\xff\xfe"),
    "a run whose name has lines": _folder(b"runs/a\nb\x1b[31m"),
    "a process whose name is no text": _folder(b"processes/\xff\xfe"),
    "a file among the runs": _entry("runs/file", b"x"),
    "an experiment nested too deeply": _entry("experiments/odd.json", _DEEP_JSON),
    "an experiment that is a list": _entry("experiments/odd.json", b"[]"),
    "an experiment of odd values": _entry("experiments/odd.json", b'{"name": 5, "created": 1e400, "tags": []}'),
    "an experiment that is no JSON": _entry("experiments/odd.json", b"\xff\xfe\0"),
    "an experiment that is a folder": _folder(b"experiments/odd.json/x"),
    "a model nested too deeply": _entry("models/odd/1.json", _DEEP_JSON),
    "a model of odd values": _entry("models/odd/1.json", b'{"name": [], "version": 1e400, "files": 5}'),
    "a model of a version beyond 64 bits": _entry(f"models/odd/{TOO_LARGE}.json", b"{}"),
    "a model of no version": _entry("models/odd/x.json", b"{}"),
    "requests nested too deeply": _entry("runs/odd/requests/levels.json", _DEEP_JSON),
}
"""Files and folders as somebody may leave them in a workspace."""
PLANTS: dict[str, Plant] = {**{name: _with_event(one) for name, one in EVENTS.items()}, **FILES}
