"""A run's journal, read back from its folder."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from runlog.errors import JournalError, JournalVersionError
from runlog.journal import real_time
from runlog.journal.backwards import places_of
from runlog.journal.bounds import PACK_MOST
from runlog.journal.damage import Damage, Fault
from runlog.journal.decode import OverflowedPoint, PointColumns, PointDecoder, first_hole
from runlog.journal.files import pack_name, parse_segment_name, parse_whole_name
from runlog.journal.format import (
    HEADER_SIZE,
    OVERFLOWED_POINT,
    Header,
    Lost,
    Stream,
    WriterFlag,
    unpack_loss,
    unpack_parts,
)
from runlog.journal.image import SETTLING, Image, SegmentFile, load
from runlog.journal.liveness import Liveness, probe
from runlog.journal.open_file import NOT_REGULAR, opened_regular
from runlog.journal.patience import Patience, written_end
from runlog.journal.scan import EventScan, Frame, Wanted

ATTEMPTS = 5

__all__ = ["Event", "PointColumns", "RunJournal", "WriterFiles"]


class Event(NamedTuple):
    """One event of a run."""

    kind: int
    flags: int
    payload: bytes
    writer: str
    offset: int
    """The logical offset in the writer's stream: it only grows along the stream."""
    stream: Stream


def event_of(frame: Frame, header: Header) -> Event:
    """The event that a frame holds.

    Args:
        frame: a valid frame.
        header: of the segment that it stands in.
    """
    return Event(frame.kind, frame.flags, frame.payload, header.writer, header.base + frame.position, header.stream)


@dataclass
class WriterFiles:
    """The files of one writer."""

    writer_id: str
    folder: Path
    segments: dict[tuple[Stream, int], SegmentFile] = field(default_factory=dict)
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
    def has_gap(self) -> bool:
        """Whether a segment before another one is not there."""
        numbers: dict[Stream, list[int]] = {}
        for stream, number in self.segments:
            numbers.setdefault(stream, []).append(number)
        return any(max(found) + 1 != len(found) for found in numbers.values())

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
            self._liveness = probe(self.folder, self.writer_id, self.header)
        return self._liveness

    def _read_headers(self) -> None:
        for segment in sorted(self.segments.values(), key=lambda one: (one.stream is not Stream.EVENTS, -one.number)):
            try:
                with opened_regular(segment.path) as file:
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
    """The journal in a run's folder. Reading raises nothing but :class:`~runlog.errors.JournalError`.

    But for compacted segments where numpy or zstandard is not installed: :class:`~runlog.errors.MissingExtraError`.
    """

    def __init__(self, folder: Path, *, patience: float | None = None) -> None:
        """List the folder.

        Args:
            folder: of the run; one that does not exist is an empty journal.
            patience: seconds that reading may stand still in all for what live writers have not stored yet; None: as
                long as one hole is waited for.
        """
        self.folder = folder
        self.damage = Damage()
        """What was found broken so far."""
        self.patience = Patience(patience)
        """How long holes in live writers' streams were waited for."""
        self._writers: dict[str, WriterFiles] = {}
        self.refresh()

    @property
    def writers(self) -> list[WriterFiles]:
        """The writers, in the order they began."""
        return [self._writers[writer] for writer in sorted(self._writers)]

    def refresh(self) -> None:
        """List the folder again."""
        found, packed = self._listed()
        if any(files.has_gap for files in found.values()):  # a file that is renamed may be missed by a long listing
            found, packed = self._listed()
        for writer in packed:
            self._add_pack(found.setdefault(writer, WriterFiles(writer, self.folder)))
        self._writers = found

    def _listed(self) -> tuple[dict[str, WriterFiles], list[str]]:
        """The writers with their segments, and those that have a pack."""
        try:
            with os.scandir(self.folder) as entries:
                names = sorted(one.name for one in entries if self._is_file(one))
        except FileNotFoundError:
            names = []
        except OSError as error:
            raise JournalError(f"{self.folder} can't be listed: {error}") from error
        found: dict[str, WriterFiles] = {}
        packed: list[str] = []
        for name in names:  # a compacted segment comes before the sealed one that it was made of, and stays
            if (segment := parse_segment_name(name)) is not None:
                files = found.setdefault(segment.writer, WriterFiles(segment.writer, self.folder))
                key = (segment.stream, segment.number)
                if key not in files.segments or (segment.sealed and not files.segments[key].sealed):
                    files.segments[key] = SegmentFile(*key, self.folder / name, segment.sealed)
            elif (whole := parse_whole_name(name)) is not None and whole[1] == "pack":
                packed.append(whole[0])
        return found, packed

    def _is_file(self, entry: os.DirEntry[str]) -> bool:
        """Whether an entry of the folder is a regular file; a link or a pipe of a segment's name is noted."""
        if entry.is_file(follow_symlinks=False):
            return True
        if entry.name.endswith((".open", ".seal", ".compact", ".pack")) and os.path.lexists(entry.path):
            self.damage.note(entry.name, Fault.SEGMENT, 1, f"{entry.name}: {NOT_REGULAR}, and is not read")
        return False

    def _add_pack(self, files: WriterFiles) -> None:
        """Let a pack take the place of the segments it was made of; the overflow stream stands beside it."""
        path = self.folder / pack_name(files.writer_id)
        try:
            data = _whole_pack(path)
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
            files.segments[key] = SegmentFile(*key, path, sealed=True, part=part)
            if header.stream is Stream.EVENTS:  # read already: judging a run need not open the pack again
                files._header = header

    def events(
        self,
        kinds: Collection[int] | None = None,
        *,
        state: bool = False,
        writer: str | None = None,
        contains: bytes | None = None,
        backwards: bool = False,
    ) -> Iterator[Event]:
        """Events in the order of each writer's stream, writer after writer; overflowed ones last.

        Args:
            kinds: only these.
            state: only state events; sealed segments have an index of them.
            writer: only this writer's.
            contains: only events whose payload contains these bytes.
            backwards: those of each writer in the opposite order; what stands before those that are taken is not read.
        """
        wanted = Wanted(None if kinds is None else frozenset(int(kind) for kind in kinds), state, contains)
        for files in self.writers:
            if writer is None or files.writer_id == writer:
                yield from self._events_backwards(files, wanted) if backwards else self._events_of(files, wanted)

    def _events_of(
        self, files: WriterFiles, wanted: Wanted, streams: Collection[Stream] = (Stream.EVENTS, Stream.OVERFLOW)
    ) -> Iterator[Event]:
        for stream in streams:
            for image in self._images(files, stream):
                for frame in self._frames(image, wanted):
                    yield event_of(frame, image.header)

    def _events_backwards(self, files: WriterFiles, wanted: Wanted) -> Iterator[Event]:
        for stream in (Stream.OVERFLOW, Stream.EVENTS):
            for number in _numbers_behind(files, stream, -1):
                image = self.image(files.writer_id, stream, number)
                if image is not None:
                    for frame in self._frames_backwards(image, wanted):
                        yield event_of(frame, image.header)

    def _frames_backwards(self, image: Image, wanted: Wanted) -> Iterator[Frame]:
        scan, places, end = EventScan(image, self.damage, wanted=wanted), places_of(image, wanted), image.end
        for place in reversed(places or ()):
            frame = scan.frame_at(place)
            if frame is None:  # damaged: a pass over all tells what there is
                places = None
                break
            end = place
            if scan.is_hit(frame):
                yield frame
        if places is None:
            yield from reversed([one for one in self._frames(image, wanted) if one.position < end])

    def _frames(self, image: Image | None, wanted: Wanted) -> Iterator[Frame]:
        """Frames of a segment. One of a live writer that is not there yet is waited for if others stand behind it."""
        start = HEADER_SIZE
        while image is not None:
            patience = self.patience if self.patience.may_wait() else None
            scan = EventScan(image, self.damage, wanted=wanted, start=start, patience=patience)
            if wanted.state and image.footer is not None:
                yield from scan.at(image.footer.state_offsets)
            else:
                yield from scan
            if not scan.must_wait:
                return
            start = scan.reached
            image = self._again(image, start)

    def points(self) -> list[PointColumns]:
        """The points of each writer that has any."""
        found = []
        for files in self.writers:
            decoder = PointDecoder(files.writer_id, self.damage)
            for image in self._images(files, Stream.POINTS):
                settled = self._without_holes(image)
                if settled is not None:
                    decoder.add(settled.data, settled.label, footer=settled.footer)
            decoder.add_overflowed(self._overflowed_points(files))
            columns = decoder.columns()
            if len(columns):
                found.append(columns)
        return found

    def _without_holes(self, image: Image | None) -> Image | None:
        """The segment once its live writer has filled what was empty before other points, or had time enough."""
        while (
            image is not None
            and image.live
            and (hole := first_hole(memoryview(image.data)[HEADER_SIZE:])) is not None
            and self.patience.may_wait()
            and not self.patience.is_over(image.label, HEADER_SIZE + hole, written_end(image.data))
        ):
            image = self._again(image)
        return image

    def _again(self, image: Image, start: int = HEADER_SIZE) -> Image | None:
        """The segment as it is a moment later."""
        began = real_time.monotonic()
        time.sleep(SETTLING)
        header = image.header
        later = self.image(header.writer, header.stream, header.segment, start)
        self.patience.may_wait(real_time.monotonic() - began)
        return later

    def _overflowed_points(self, files: WriterFiles) -> Iterator[OverflowedPoint]:
        if (Stream.OVERFLOW, 0) not in files.segments:
            return
        unknown = 0
        for event in self._events_of(files, Wanted(kinds=frozenset({OVERFLOWED_POINT})), [Stream.OVERFLOW]):
            point = OverflowedPoint.unpack(event.payload)
            if point is not None:
                yield point
            else:
                unknown += 1
        label = files.segments[Stream.OVERFLOW, 0].label
        self.damage.note(label, Fault.POINT, unknown, "overflowed points that are none")

    def _images(self, files: WriterFiles, stream: Stream) -> Iterator[Image]:
        listed, number = self._writers, -1
        waiting = _numbers_behind(files, stream, number)
        while waiting:
            number = waiting.pop()
            image = self.image(files.writer_id, stream, number)
            if image is not None:
                yield image
            if listed is not self._writers:  # listed again meanwhile
                listed = self._writers
                waiting = _numbers_behind(listed.get(files.writer_id, files), stream, number)

    def segment(self, writer: str, stream: Stream, number: int) -> SegmentFile | None:
        """Where a segment is to be found; None where it was not there when the folder was listed."""
        files = self._writers.get(writer)
        return None if files is None else files.segments.get((stream, number))

    def image(self, writer: str, stream: Stream, number: int, start: int = HEADER_SIZE) -> Image | None:
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
                live = not segment.sealed and files.liveness().may_write
                return load(segment, writer, live=live, start=start)
            except FileNotFoundError:  # sealed, packed or removed since the folder was listed
                self.refresh()
            except JournalVersionError:
                raise
            except (JournalError, OSError, ValueError) as error:
                self.damage.note(segment.label, Fault.SEGMENT, 1, str(error))
                return None
        return None


def _numbers_behind(files: WriterFiles, stream: Stream, number: int) -> list[int]:
    """The segments of a stream behind one of them, the next one last."""
    return sorted((one for of, one in files.segments if of is stream and one > number), reverse=True)


def _whole_pack(path: Path) -> bytes:
    with opened_regular(path) as file:
        data = file.read(PACK_MOST + 1)
    if len(data) > PACK_MOST:
        raise JournalError(f"{path.name} has more than {PACK_MOST} bytes, which no pack has")
    return data
