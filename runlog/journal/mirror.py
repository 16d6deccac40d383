"""A copy of a run's journal, written from bytes that come in pieces, some of them twice, from where the run is written.

The copy of an open segment holds exactly what came so far. Bytes go to their offsets, so what comes twice changes
nothing; what does not follow is refused with the offset to go on from, and what would change a record is refused for
good. A sealed segment gets its name once its checksums fit what is on the disk.
"""

from __future__ import annotations

import mmap
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from runlog.errors import JournalConflictError, JournalError, JournalGapError
from runlog.journal.bounds import POINTS_MOST, footer_of, most_bytes
from runlog.journal.files import is_writer_id, pack_name, segment_name
from runlog.journal.format import (
    HEADER_CRC_AT,
    HEADER_SIZE,
    LOSS_SLOTS_AT,
    Header,
    Lost,
    Stream,
    newest_loss,
    pack_loss,
)
from runlog.journal.lease import Lease, held_lease
from runlog.journal.liveness import Liveness
from runlog.journal.mirror_changes import changed_record
from runlog.journal.mirror_pack import length_in_pack, pack_copy, unpack_copy
from runlog.journal.open_file import OpenFile, open_regular, read_at, write_at
from runlog.journal.reader import RunJournal

LAST_SEGMENT = 999_999
"""Segment numbers have six digits."""


class Place(NamedTuple):
    """Which segment bytes are for."""

    writer: str
    stream: Stream
    segment: int

    def file_name(self, suffix: str = ".open") -> str:
        """What the segment's file is called at this stage of its life."""
        return str(Path(segment_name(self.writer, self.stream, self.segment, sealed=False)).with_suffix(suffix))


class Mirror:
    """The copy in one folder. Several threads and processes may write to it at once."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made here, nor read.

        Args:
            folder: of the run, by whose id it is called.
        """
        self.folder = folder

    def append(
        self,
        writer: str,
        stream: Stream,
        segment: int,
        offset: int,
        data: bytes | memoryview,
        sealed: bool = False,
        *,
        damaged: bool = False,
    ) -> int:
        """Take in bytes of a segment.

        Args:
            writer: whose segment it is.
            stream: its stream.
            segment: its number; of the overflow stream there is 0 only.
            offset: of the first byte in the segment's file. What stands there and is no whole record is overwritten.
            data: the bytes; the first ones of a segment hold its whole header.
            sealed: the segment ends with them, its footer included. Checksums are verified, the file is synced, and
                gets the name of a sealed one. A part of a pack is such a segment.
            damaged: the sender's own file fails these checks as well: it is kept as it is.

        Returns:
            how many bytes of the segment are here, from the first on.

        Raises:
            JournalGapError: bytes before these are missing, or do not fit the checksums. ``length`` tells from where to
                send.
            JournalConflictError: a record is here already, and would be another.
            JournalError: the place, or the header at it, is not that of a segment of this run, or another segment is
                there.
            FileNotFoundError: the folder is not there.
            OSError: the bytes can't be written. Those before them are here.
        """
        place = Place(writer, stream, segment)
        _check(place, offset, len(data), sealed=sealed)
        with held_lease(self.folder, writer) as lease:
            whole = self._length_of_finished(place, offset + len(data))
            if whole is not None:
                return whole
            path = self.folder / place.file_name()
            length = self._write(path, place, offset, data, sealed=sealed)
            _beat(lease)
            if sealed:
                _finish(path, verify=not damaged)
            return length

    def sign(self, writer: str, state: Liveness, lost: Lost | None = None) -> None:
        """Take in how a writer stands.

        A small writer that is closed leaves one file, as it does where it writes.

        Args:
            writer: its id.
            state: what its sender found.
            lost: what it could not keep over its whole life; None: nothing that is known.

        Raises:
            JournalError: this is no writer's id.
            FileNotFoundError: the folder is not there.
            OSError: it can't be written.
        """
        if not is_writer_id(writer):
            raise JournalError(f"{writer!r} is no writer's id: 12 lower-case letters and digits")
        with held_lease(self.folder, writer) as lease:
            if lost is not None and lost != Lost(0, 0):
                self._record(writer, lost)
            if state is Liveness.CLOSED:
                pack_copy(self.folder, writer)
            lease.sign(state.value)

    def _length_of_finished(self, place: Place, end: int) -> int | None:
        """The length of a segment that takes no more; None where it is open, or not here.

        One that was compacted no longer tells its length: it is all here, so what was sent of it is.
        """
        for suffix in (".seal", ".compact"):
            with suppress(FileNotFoundError):
                size = (self.folder / place.file_name(suffix)).lstat().st_size
                return size if suffix == ".seal" else end
        pack = self.folder / pack_name(place.writer)
        if place.stream is Stream.OVERFLOW or not pack.exists():
            return None
        length = length_in_pack(pack, place.stream, place.segment)
        if length is None:  # it was packed before all had come
            unpack_copy(pack)
        return length

    def _write(self, path: Path, place: Place, offset: int, data: bytes | memoryview, *, sealed: bool) -> int:
        try:
            fd = open_regular(path, os.O_RDWR)
        except FileNotFoundError:
            if offset:
                raise JournalGapError(f"{path.name} is not here yet: send it from its start", length=0) from None
            _check_header(bytes(data[:HEADER_SIZE]), b"", place, self.folder.name)
            fd = open_regular(path, os.O_RDWR | os.O_CREAT)
        with OpenFile(fd) as file:
            fd = file.number
            length, end = os.fstat(fd).st_size, offset + len(data)
            if offset > length:
                raise JournalGapError(f"{path.name} has {length} bytes here, not {offset}", length=length)
            if offset < HEADER_SIZE:
                old = read_at(fd, HEADER_SIZE, 0)
                new = old[:offset] + bytes(data[: HEADER_SIZE - offset])
                _check_header(new + old[len(new) :], old, place, self.folder.name)
            if offset < length:
                _check_unchanged(fd, length, offset, data, path.name)
            write_at(fd, data, offset)
            if sealed and end < length:
                os.ftruncate(fd, end)
            return end if sealed else max(length, end)

    def _record(self, writer: str, lost: Lost) -> None:
        """Write the counts into the newest events segment, whatever file it stands in."""
        files = next((one for one in RunJournal(self.folder).writers if one.writer_id == writer), None)
        segments = [] if files is None else [one for one in files.segments.values() if one.stream is Stream.EVENTS]
        if not segments:
            return
        newest = max(segments, key=lambda one: one.number)
        start = newest.part[0] if newest.part else 0
        with OpenFile(newest.path) as file:
            fd = file.number
            header = read_at(fd, HEADER_SIZE, start)
            sequence, recorded = newest_loss(header) if len(header) == HEADER_SIZE else (0, Lost(0, 0))
            if recorded != lost and len(header) == HEADER_SIZE:
                sequence += 1
                write_at(fd, pack_loss(sequence, lost), start + LOSS_SLOTS_AT[sequence % 2])


def _check(place: Place, offset: int, size: int, *, sealed: bool) -> None:
    if not is_writer_id(place.writer):
        raise JournalError(f"{place.writer!r} is no writer's id: 12 lower-case letters and digits")
    last = 0 if place.stream is Stream.OVERFLOW else LAST_SEGMENT
    if not 0 <= place.segment <= last:
        raise JournalError(f"there is no segment {place.segment}: numbers of this stream go from 0 to {last}")
    most = most_bytes(place.stream)
    if offset < 0 or offset + size > most:
        raise JournalError(f"bytes {offset} to {offset + size} are outside of what a segment may hold ({most})")
    if sealed and place.stream is Stream.OVERFLOW:
        raise JournalError("the overflow stream is never sealed")


def _check_unchanged(fd: int, length: int, offset: int, data: bytes | memoryview, name: str) -> None:
    try:
        header = Header.unpack(read_at(fd, HEADER_SIZE, 0), name)
    except JournalError:  # a power cut wiped it out: there is nothing that a reader would read
        return
    changed = changed_record(fd, length, header, offset, data)
    if changed is not None:
        raise JournalConflictError(
            f"{name} has another record at byte {changed} already, which does not change any more: send what follows it"
        )


def _check_header(new: bytes, old: bytes, place: Place, run_id: str) -> None:
    """Let in only the header of the segment that it is sent for, and only the one that is there already."""
    name = place.file_name()
    header = Header.unpack(new, name)
    found = (header.writer, header.stream, header.segment, header.run_id)
    if found != (*place, run_id):
        raise JournalError(f"{name} of run {run_id} was sent with the header of {found}: send each to its own place")
    if header.base > place.segment * POINTS_MOST:
        raise JournalError(f"{name} of run {run_id} can't begin at byte {header.base} of its stream: it was made wrong")
    if old[:HEADER_CRC_AT] != new[:HEADER_CRC_AT] and _is_header(old):
        raise JournalError(f"{name} of run {run_id} is here already with another header: another segment has its name")


def _is_header(data: bytes) -> bool:
    with suppress(JournalError):
        Header.unpack(data)
        return True
    return False


def _finish(path: Path, *, verify: bool) -> None:
    """Sync a segment that is whole, and give it the name of a sealed one, unless its checksums fail."""
    with OpenFile(path) as file:
        if verify:
            _verify(file.number, path.name)
        getattr(os, "fdatasync", os.fsync)(file.number)
    path.rename(path.with_suffix(".seal"))


def _verify(fd: int, name: str) -> None:
    if not os.fstat(fd).st_size:  # which can't be mapped
        raise JournalGapError(f"{name} was not sealed: nothing of it is here", length=0)
    with mmap.mmap(fd, 0, access=mmap.ACCESS_READ) as image:
        view = memoryview(image)
        try:
            footer = footer_of(view, name)
        except JournalError as error:  # nothing says which part is wrong
            raise JournalGapError(f"{name} was not sealed: {error}", length=0) from error
        finally:
            view.release()
    for low, high, crc in footer.blocks():  # not mapped: many segments at once would count as so much memory
        if zlib.crc32(read_at(fd, high - low, low)) != crc:
            raise JournalGapError(f"{name} was not sealed: bytes {low} to {high} fail their checksum", length=low)


def _beat(lease: Lease) -> None:
    with suppress(OSError):  # what came is here, whatever the file's time says
        lease.beat()
