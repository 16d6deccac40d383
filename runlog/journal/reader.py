"""A run's journal, read back from its folder."""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from runlog.errors import JournalError, JournalVersionError
from runlog.journal.damage import Damage, Fault
from runlog.journal.decode import PointColumns, PointDecoder
from runlog.journal.files import pack_name, parse_segment_name, parse_whole_name
from runlog.journal.format import (
    FOOTER_SIZE,
    HEADER_SIZE,
    OVERFLOWED_POINT,
    SEAL_MAGIC,
    Footer,
    Header,
    Lost,
    Stream,
    WriterFlag,
    unpack_loss,
    unpack_parts,
)
from runlog.journal.liveness import Liveness, probe
from runlog.journal.scan import EventScanner

CHUNK = 1 << 20
"""Bytes that are read at a time of a segment that is being written; a chunk of zeros is its end."""
MAPPED_FROM = 1 << 20
"""A sealed file of this size or more is mapped, as it never changes. Others are read."""
SETTLING = 0.001
"""Seconds after which the tail of a live writer is read again: stores may arrive out of order on some processors."""
ATTEMPTS = 5

__all__ = ["Event", "PointColumns", "RunJournal", "Segment", "WriterFiles"]


class Event(NamedTuple):
    """One event of a run."""

    kind: int
    flags: int
    payload: bytes
    writer: str
    offset: int
    """The logical offset in the writer's stream: it only grows along the stream."""


@dataclass(frozen=True)
class Segment:
    """Where a segment is to be found."""

    stream: Stream
    number: int
    path: Path
    sealed: bool
    part: tuple[int, int] | None = None
    """Offset and length in a pack."""

    @property
    def label(self) -> str:
        """What a damage report calls it."""
        return self.path.name if self.part is None else f"{self.path.name}[{self.stream.name.lower()}]"


@dataclass
class Image:
    """A segment's bytes."""

    data: Any
    header: Header
    footer: Footer | None
    live: bool
    label: str

    @property
    def end(self) -> int:
        """Where its data ends."""
        return self.footer.data_end if self.footer is not None else len(self.data)


@dataclass
class WriterFiles:
    """The files of one writer."""

    writer_id: str
    folder: Path
    segments: dict[tuple[Stream, int], Segment] = field(default_factory=dict)
    _header: Header | None = None
    _lost: Lost = field(default_factory=lambda: Lost(0, 0))
    _liveness: Liveness | None = None

    @property
    def header(self) -> Header | None:
        """The header of its newest events segment that can be read; None where there is none."""
        if self._header is None:
            self._read_headers()
        return self._header

    @property
    def guest(self) -> bool:
        """Whether another process owned the run."""
        return bool(self.header is not None and self.header.flags & WriterFlag.GUEST)

    @property
    def late(self) -> bool:
        """Whether it began after the run's end."""
        return bool(self.header is not None and self.header.flags & WriterFlag.LATE)

    @property
    def lost(self) -> Lost:
        """Points and events that it could not keep, as far as it could still say."""
        self._read_headers()
        return self._lost

    def liveness(self) -> Liveness:
        """Whether its process lives; asked anew while it does."""
        if self._liveness is None or self._liveness.may_write:
            header = self.header
            self._liveness = Liveness.CLOSED if header is None else probe(self.folder, header)
        return self._liveness

    def _read_headers(self) -> None:
        for segment in sorted(self.segments.values(), key=lambda one: (one.stream is not Stream.EVENTS, -one.number)):
            try:
                with segment.path.open("rb") as file:
                    file.seek(segment.part[0] if segment.part else 0)
                    start = file.read(HEADER_SIZE)
                header = Header.unpack(start, segment.label)
            except (OSError, JournalVersionError):
                continue
            except JournalError:  # noted when the segment itself is read
                continue
            self._header = self._header or header
            lost = unpack_loss(start)
            self._lost = max(self._lost, lost, key=sum)


class RunJournal:
    """The journal in a run's folder. Reading raises nothing but :class:`~runlog.errors.JournalError`."""

    def __init__(self, folder: Path) -> None:
        """List the folder.

        Args:
            folder: of the run; one that does not exist is an empty journal.
        """
        self.folder = folder
        self.damage = Damage()
        """What was found broken so far."""
        self._writers: dict[str, WriterFiles] = {}
        self.refresh()

    @property
    def writers(self) -> list[WriterFiles]:
        """The writers, in the order they began."""
        return [self._writers[writer] for writer in sorted(self._writers)]

    def refresh(self) -> None:
        """List the folder again."""
        try:
            names = sorted(path.name for path in self.folder.iterdir())
        except FileNotFoundError:
            names = []
        except OSError as error:
            raise JournalError(f"{self.folder} can't be listed: {error}") from error
        found: dict[str, WriterFiles] = {}
        packed: list[str] = []
        for name in names:
            if (segment := parse_segment_name(name)) is not None:
                files = found.setdefault(segment.writer, WriterFiles(segment.writer, self.folder))
                key = (segment.stream, segment.number)
                if segment.sealed or key not in files.segments:
                    files.segments[key] = Segment(*key, self.folder / name, segment.sealed)
            elif (whole := parse_whole_name(name)) is not None and whole[1] == "pack":
                packed.append(whole[0])
        for writer in packed:
            self._add_pack(found.setdefault(writer, WriterFiles(writer, self.folder)))
        self._writers = found

    def _add_pack(self, files: WriterFiles) -> None:
        """Let a pack take the place of the segments it was made of; the overflow stream stands beside it."""
        path = self.folder / pack_name(files.writer_id)
        try:
            data = path.read_bytes()
            parts = unpack_parts(data, path.name)
            headers = [Header.unpack(data[offset : offset + HEADER_SIZE], path.name) for offset, _ in parts]
        except JournalVersionError:
            raise
        except (JournalError, OSError) as error:
            self.damage.note(path.name, Fault.SEGMENT, 1, str(error))
            return
        files.segments = {key: one for key, one in files.segments.items() if key[0] is Stream.OVERFLOW}
        for part, header in zip(parts, headers, strict=True):
            key = (header.stream, header.segment)
            files.segments[key] = Segment(*key, path, sealed=True, part=part)

    def events(
        self,
        kinds: Collection[int] | None = None,
        *,
        state: bool = False,
        writer: str | None = None,
        contains: bytes | None = None,
    ) -> Iterator[Event]:
        """Events in the order of each writer's stream, writer after writer; overflowed ones last.

        Args:
            kinds: only these.
            state: only state events; sealed segments have an index of them.
            writer: only this writer's.
            contains: only events whose payload contains these bytes.
        """
        wanted = None if kinds is None else frozenset(int(kind) for kind in kinds)
        for files in self.writers:
            if writer is None or files.writer_id == writer:
                yield from self._events_of(files, wanted, state, contains)

    def _events_of(
        self, files: WriterFiles, kinds: frozenset[int] | None, state: bool, contains: bytes | None
    ) -> Iterator[Event]:
        scanner = EventScanner(files.writer_id, self.damage)
        for stream in (Stream.EVENTS, Stream.OVERFLOW):
            for image in self._images(files, stream):
                if state and image.footer is not None:
                    frames = scanner.at(image.data, image.footer.state_offsets, image.label)
                else:
                    frames = scanner.scan(
                        image.data,
                        image.label,
                        end=image.end,
                        placed=stream is Stream.EVENTS,
                        live=image.live and stream is Stream.EVENTS,
                        sealed=image.footer is not None,
                        kinds=kinds,
                        state=state,
                        contains=contains,
                    )
                for frame in frames:
                    if (kinds is None or frame.kind in kinds) and (contains is None or contains in frame.payload):
                        base = image.header.base
                        yield Event(frame.kind, frame.flags, frame.payload, files.writer_id, base + frame.position)

    def points(self) -> list[PointColumns]:
        """The points of each writer that has any."""
        found = []
        for files in self.writers:
            decoder = PointDecoder(files.writer_id, self.damage)
            for image in self._images(files, Stream.POINTS):
                decoder.add(image.data, image.label, footer=image.footer, live=image.live)
            decoder.add_overflowed(self._overflowed_points(files))
            columns = decoder.columns()
            if len(columns):
                found.append(columns)
        return found

    def _overflowed_points(self, files: WriterFiles) -> Iterator[tuple[str, int, Any, int | None, int]]:
        if (Stream.OVERFLOW, 0) not in files.segments:
            return
        for event in self._events_of(files, frozenset({OVERFLOWED_POINT}), False, None):
            yield msgspec.msgpack.decode(event.payload, type=tuple[str, int, Any, int | None, int])

    def _images(self, files: WriterFiles, stream: Stream) -> Iterator[Image]:
        numbers = sorted(number for one, number in files.segments if one is stream)
        number = numbers[0] if numbers else 0
        while (image := self.image(files.writer_id, stream, number)) is not None or number < max(numbers, default=-1):
            if image is not None:
                yield image
            number += 1

    def image(self, writer: str, stream: Stream, number: int, start: int = 0) -> Image | None:
        """A segment's bytes; None where it is not there, or can't be read (which is noted).

        Args:
            writer: its writer.
            stream: its stream.
            number: of the segment.
            start: bytes of an open segment before it are known, and need not be true.
        """
        for _ in range(ATTEMPTS):
            files = self._writers.get(writer)
            segment = files.segments.get((stream, number)) if files is not None else None
            if files is None or segment is None:
                return None
            try:
                return _load(segment, files, start)
            except FileNotFoundError:  # sealed, packed or removed since the folder was listed
                self.refresh()
            except JournalVersionError:
                raise
            except (JournalError, OSError, ValueError) as error:
                self.damage.note(segment.label, Fault.SEGMENT, 1, str(error))
                return None
        return None


def _load(segment: Segment, files: WriterFiles, start: int) -> Image | None:
    image = _read(segment, files, start)
    if image is not None:
        header = image.header
        if (header.writer, header.stream, header.segment) != (files.writer_id, segment.stream, segment.number):
            raise JournalError(f"{segment.label} has the header of another segment")
    return image


def _read(segment: Segment, files: WriterFiles, start: int) -> Image | None:
    if segment.sealed:
        data = _read_sealed(segment)
        return Image(
            data, Header.unpack(data[:HEADER_SIZE], segment.label), _footer(data, segment), False, segment.label
        )
    live = files.liveness().may_write
    data = _read_open(segment.path, start, live=live)
    if live and not segment.path.exists():
        raise FileNotFoundError(segment.path)
    if not data.strip(b"\0"):  # made ahead by its writer, and not used yet
        return None
    header = Header.unpack(data, segment.label)
    if data[-FOOTER_SIZE:].startswith(SEAL_MAGIC):  # sealed, and not renamed yet; its writer may have died in between
        try:
            return Image(data, header, _footer(data, segment), False, segment.label)
        except JournalError:
            data = data[: int.from_bytes(data[-24:-16], "little")]
    return Image(data, header, None, live, segment.label)


def _footer(data: Any, segment: Segment) -> Footer:
    return Footer.unpack(data, segment.label)


def _read_sealed(segment: Segment) -> Any:
    with segment.path.open("rb") as file:
        if segment.part is not None:
            file.seek(segment.part[0])
            return file.read(segment.part[1])
        if os.fstat(file.fileno()).st_size < MAPPED_FROM:
            return file.read()
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _read_open(path: Path, start: int, *, live: bool) -> bytes:
    """What stands in a segment that is, or was, being written; of a dead writer up to the file's end.

    Before ``start`` only the header is read; zeros stand for the rest.
    """
    with path.open("rb") as file:
        head = file.read(HEADER_SIZE)
        start = max(start, HEADER_SIZE)
        parts = [head.ljust(start, b"\0") if len(head) == HEADER_SIZE else head]
        file.seek(start)
        while chunk := file.read(CHUNK):
            if live and not chunk.strip(b"\0"):
                break
            parts.append(chunk)
        if live and len(parts) > 1:
            time.sleep(SETTLING)
            file.seek(start + sum(map(len, parts[1:-1])))
            parts[-1] = file.read(len(parts[-1]))
    return b"".join(parts)
