"""One run's journal on its way to the server: how far each segment came, and what goes next."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import NamedTuple

from runlog.errors import JournalGapError, ServerRefusedError
from runlog.journal import real_time
from runlog.journal.crash_file import read_crashes
from runlog.journal.files import SegmentName, parse_segment_name, parse_whole_name
from runlog.journal.format import HEADER_SIZE, Lost, Stream
from runlog.journal.image import SegmentFile, has_gone_on
from runlog.journal.liveness import HEARTBEAT_LIMIT, Liveness
from runlog.journal.outgoing import PIECE, Outgoing, Piece, frames_with
from runlog.journal.reader import WriterFiles
from runlog.remote.api import RemoteWriter, ServerApi, is_not_there
from runlog.remote.contents import NAMES, Contents
from runlog.remote.encoding import compressed
from runlog.remote.note import PROCESSES
from runlog.remote.outbox import Outbox
from runlog.remote.transport import Body

BEAT = HEARTBEAT_LIMIT / 6
"""Seconds between two signs of life."""
LEAST_PIECE = 1 << 16
TOO_LARGE = 413
OF_SEGMENT = frozenset({"conflict", "bad_journal"})
"""What a runlog server says of a segment that it will never take: all else of the run goes on."""
DELETED = "deleted"
"""The code of the refusal that stands for a run which the server had, and has no more."""
STREAMS = (Stream.POINTS, Stream.EVENTS, Stream.OVERFLOW)
"""Points go first: events may have to wait for what they name."""
_ENDED = frozenset({Liveness.CLOSED, Liveness.DEAD})

Key = tuple[str, Stream, int]


class Progress(NamedTuple):
    """How far a run came."""

    sent: int
    """Bytes of journals that were sent."""
    is_complete: bool
    """Every writer has ended, and the server has all that they wrote."""
    missing: frozenset[str]
    """Writers that have ended, and of which something is still to be sent."""


class Shipment:
    """Sends the journal of one run, or of one process, from its folder in the outbox."""

    def __init__(
        self,
        api: ServerApi,
        outbox: Outbox,
        room: str,
        run_id: str,
        encoding: Callable[[], str],
        sent: Callable[[int], None] = lambda _: None,
        *,
        was_there: bool = False,
    ) -> None:
        """Nothing is sent, nor asked, yet.

        Args:
            api: of the server.
            outbox: has the run.
            room: ``runs`` or ``processes``.
            run_id: of the run or the process.
            encoding: tells how bytes are compressed.
            sent: takes the number of bytes of the journal, with each piece that arrived.
            was_there: the server is known to have had the run: where it has it no more, it was deleted there.
        """
        self.room = room
        self.id = run_id
        self.was_there = was_there
        self.contents = Contents(api, outbox, room, run_id, self._beat)
        self._api = api
        self._folder = outbox.place(room, run_id)
        self._encoding = encoding
        self._sent = sent
        self._outgoing: Outgoing | None = None
        self._reached: dict[Key, int] = {}
        self._scanned: dict[Key, int] = {}
        self._whole: set[Key] = set()
        self._refused: set[Key] = set()
        self._packed: set[str] = set()
        self._known = False
        self._gaps: dict[Key, int] = {}
        self._signed: dict[str, tuple[Liveness, Lost, float]] = {}
        self._crashes: set[str] = set()
        self._piece = PIECE
        self._writers: list[WriterFiles] = []

    def forget(self) -> None:
        """Ask the server anew what it has, as after a fault that nobody can tell the outcome of."""
        self._known = False

    def send(self, leave: Callable[[WriterFiles], bool] = lambda _: False) -> Progress:
        """Send what is new.

        Args:
            leave: whether a writer is another process's to send.

        Raises:
            ServerRefusedError: the run was deleted on the server (code ``deleted``).
            ServerError: not all of it could be sent.
            JournalError: the folder can't be listed.
        """
        try:
            return self._send_all(leave)
        except ServerRefusedError as error:
            if self.was_there and is_not_there(error):
                raise self._deleted() from error
            raise

    def _send_all(self, leave: Callable[[WriterFiles], bool]) -> Progress:
        if self._outgoing is None:
            self._outgoing = Outgoing(self._folder)
        self._writers = self._outgoing.refresh()
        if not self._known:
            self._ask()
        total, complete, missing = 0, True, set()
        for files in self._writers:
            liveness = files.liveness()  # before its files are read: what an ended one wrote is all there
            if liveness not in _ENDED and leave(files):
                complete = False
                continue
            total += sum(self._send_stream(files, stream) for stream in STREAMS)
            if liveness in _ENDED and not self._has_all(files):
                missing.add(files.writer_id)  # it was sealed or packed while it was read
            else:
                self._sign(files, liveness)
                complete = complete and liveness in _ENDED
        self._send_crashes()
        return Progress(total, complete and not missing, frozenset(missing))

    def pending(self) -> int:
        """Bytes of sealed segments that the server lacks, as far as was seen last; those of open ones are few."""
        total = 0
        for files in self._writers:
            for segment in files.segments.values():
                if segment.sealed and not self._is_whole(segment, files.writer_id):
                    with contextlib.suppress(OSError):
                        size = segment.part[1] if segment.part else segment.path.stat().st_size
                        total += max(0, size - self._reached.get(_key(files, segment), 0))
        return total

    # -- what the server has -----------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Learn what the server has; a run that it never had gets its place there."""
        listed = self._listed()
        self._reached.clear()
        self._whole.clear()
        self._packed.clear()
        for writer in listed:
            self._note(writer)
        self._known = self.was_there = True

    def _listed(self) -> list[RemoteWriter]:
        if not self.was_there:
            self._api.claim(self.room, self.id)
            return self._api.listing(self.room, self.id)
        listed = self._api.find_listing(self.room, self.id)
        if listed is None:
            raise self._deleted()
        return listed

    def _deleted(self) -> ServerRefusedError:
        self.forget()
        return ServerRefusedError(f"{self.id} was deleted on {self._api.address}", status=404, code=DELETED)

    def _note(self, writer: RemoteWriter) -> None:
        for file in writer.files:
            if (segment := parse_segment_name(file.name)) is not None:
                key = (segment.writer, segment.stream, segment.number)
                if segment.sealed:
                    self._whole.add(key)
                else:
                    self._reached[key] = file.size
            elif (whole := parse_whole_name(file.name)) is not None and whole[1] == "pack":
                self._packed.add(writer.writer_id)
            elif file.name.endswith(".compact"):
                sealed = parse_segment_name(file.name.removesuffix("compact") + "seal")
                if sealed is not None:
                    self._whole.add((sealed.writer, sealed.stream, sealed.number))
        if writer.sign in _ENDED:
            self._signed[writer.writer_id] = writer.sign, writer.lost, real_time.monotonic()

    def _is_whole(self, segment: SegmentFile, writer: str) -> bool:
        return (writer, segment.stream, segment.number) in self._whole or (
            writer in self._packed and segment.stream is not Stream.OVERFLOW
        )

    def _has_all(self, files: WriterFiles) -> bool:
        for segment in files.segments.values():
            if self._is_whole(segment, files.writer_id) or _key(files, segment) in self._refused:
                continue
            if segment.sealed or self._next(files, segment).data or not segment.path.exists():
                return False  # one that is gone was sealed or packed since the folder was listed
        return True

    # -- sending -----------------------------------------------------------------------------------------------------

    def _send_stream(self, files: WriterFiles, stream: Stream) -> int:
        """Send a stream segment by segment; the next one only when this one is over."""
        segments = sorted((one for one in files.segments.values() if one.stream is stream), key=lambda one: one.number)
        sent = 0
        for place, segment in enumerate(segments):
            if self._is_whole(segment, files.writer_id):
                continue
            # Looked at before this segment is read to its end: a writer that went on has written all that it will hold.
            went_on = any(map(has_gone_on, segments[place + 1 :])) or not files.liveness().may_write
            sent += self._send_or_refuse(files, segment)
            if not (self._is_whole(segment, files.writer_id) or went_on):
                break
        return sent

    def _next(self, files: WriterFiles, segment: SegmentFile) -> Piece:
        assert self._outgoing is not None
        return self._outgoing.read(files, segment, self._reached.get(_key(files, segment), 0), self._piece)

    def _send_or_refuse(self, files: WriterFiles, segment: SegmentFile) -> int:
        """Send a segment, or note that the server takes no more of it."""
        key = _key(files, segment)
        if key in self._refused:
            return 0
        try:
            return self._send_segment(files, segment)
        except ServerRefusedError as error:
            if error.code not in OF_SEGMENT:
                raise
            self.contents.refuse_segment(f"{key[0]}-{key[1].name.lower()}-{key[2]:06d}", str(error))
            self._refused.add(key)
            return 0

    def _send_segment(self, files: WriterFiles, segment: SegmentFile) -> int:
        key, sent = _key(files, segment), 0
        while True:
            piece = self._next(files, segment)
            if not piece.data and not (piece.ends and segment.sealed):
                return sent
            if segment.stream is not Stream.POINTS:
                self._send_named(key, piece)
            sent += self._put(key, piece)
            self._beat()
            if piece.ends and key in self._whole:
                return sent

    def _send_named(self, key: Key, piece: Piece) -> None:
        """Send what the records of a piece name, before they are seen."""
        start, data = self._reached.get(key, 0), piece.data
        if NAMES not in data:
            return
        if start < HEADER_SIZE:
            start, data = HEADER_SIZE, data[HEADER_SIZE - start :]
        self.contents.send_named(frames_with(data, start, key[1], NAMES))

    def _put(self, key: Key, piece: Piece) -> int:
        """Send a piece, in smaller ones where the server takes no larger ones."""
        sent, start = 0, self._reached.get(key, 0)
        while sent < len(piece.data) or (piece.ends and key not in self._whole):
            data = piece.data[sent : sent + self._piece]
            last = piece.ends and sent + len(data) == len(piece.data)
            place = SegmentName(*key, sealed=last)
            try:
                length = self._put_bytes(place, start + sent, data)
            except JournalGapError as error:
                self._go_on_from(key, start + sent, error)
                return sent
            except ServerRefusedError as error:
                if error.status != TOO_LARGE or len(data) <= LEAST_PIECE:
                    raise
                self._piece = max(LEAST_PIECE, len(data) // 2)
                continue
            sent += len(data)
            self._sent(len(data))
            self._reached[key] = max(start + sent, 0 if last else length)
            if last:
                self._whole.add(key)
        self._gaps.pop(key, None)
        return sent

    def _put_bytes(self, place: SegmentName, offset: int, data: bytes) -> int:
        body = compressed(data, self._encoding()) if data else Body()
        return self._api.put_piece(self.room, self.id, place, offset, body, damaged=self._gaps.get(place[:3], 0) > 2)

    def _go_on_from(self, key: Key, offset: int, gap: JournalGapError) -> None:
        """The server lacks something before these bytes, or what it has does not fit the checksums."""
        self._gaps[key] = self._gaps.get(key, 0) + 1
        if self._gaps[key] > 8:
            raise ServerRefusedError(
                f"{self._api.address} asks for the same bytes of a journal again and again: {gap}",
                status=409,
                code="gap",
            )
        self._reached[key] = gap.length

    # -- signs of life -----------------------------------------------------------------------------------------------

    def _sign(self, files: WriterFiles, liveness: Liveness) -> None:
        """Tell how a writer stands, where the server does not know it, or not of late."""
        if liveness is Liveness.SILENT or not files.segments:
            return  # of another machine, which shares this folder: nothing is known
        known = self._signed.get(files.writer_id)
        lost = files.lost
        due = known is None or known[:2] != (liveness, lost)
        if liveness is Liveness.ALIVE and known is not None:
            due = due or real_time.monotonic() - known[2] >= BEAT
        if due:
            self._api.sign(self.room, self.id, files.writer_id, liveness, lost)
            self._signed[files.writer_id] = liveness, lost, real_time.monotonic()

    def _beat(self) -> None:
        """Give signs of life while something takes long."""
        for files in self._writers:
            known = self._signed.get(files.writer_id)
            if known is not None and known[0] is Liveness.ALIVE and real_time.monotonic() - known[2] >= BEAT:
                self._sign(files, Liveness.ALIVE)

    def _send_crashes(self) -> None:
        if self.room == PROCESSES:
            return
        for crash in read_crashes(self._folder):
            if crash.writer not in self._crashes:
                self.contents.send_crash(crash.writer)
                self._crashes.add(crash.writer)


def _key(files: WriterFiles, segment: SegmentFile) -> Key:
    return files.writer_id, segment.stream, segment.number
