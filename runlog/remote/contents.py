"""What belongs to a journal: blobs and files that its records name, sent before them, and last words of crashes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from runlog.checks.files import open_below, status_below
from runlog.errors import JournalError, ServerError, ServerRefusedError
from runlog.journal.crash_file import LONGEST, crash_name
from runlog.journal.format import EventFlag
from runlog.journal.open_file import opened_regular
from runlog.journal.scan import Frame
from runlog.records import EventKind, FileKept, decode
from runlog.remote.api import ServerApi
from runlog.remote.outbox import Outbox
from runlog.remote.refused import Refused, note_refused, refused_contents, replace_refused
from runlog.remote.transport import Body
from runlog.remote.troubles import is_of_content
from runlog.whole_files import PIECE, is_sha256

NAMES = b"sha256"
"""What stands in the payload of each record that names content."""
ASKED_AT_ONCE = 1_000
"""Hashes in one question."""
Beat = Callable[[], None]


class Content:
    """A file that is sent piece by piece; signs of life are given meanwhile."""

    def __init__(self, file: BinaryIO, beat: Beat) -> None:
        """Take a file from its start to where it ends now."""
        self._file = file
        self._beat = beat
        self._size = os.fstat(file.fileno()).st_size
        self._left = self._size

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        """The next bytes, never more than there were when it was taken."""
        self._beat()
        piece = self._file.read(min(self._left, PIECE if size < 0 else size))
        self._left -= len(piece)
        return piece

    def tell(self) -> int:
        """Where it stands, for a request that is made again."""
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, likewise."""
        at = self._file.seek(offset, whence)
        self._left = self._size - at
        return at


class Contents:
    """Sends what the records of one run name."""

    def __init__(self, api: ServerApi, outbox: Outbox, room: str, run_id: str, beat: Beat) -> None:
        """Nothing is sent yet.

        Args:
            api: of the server.
            outbox: has the blobs and files.
            room: ``runs`` or ``processes``.
            run_id: of the run or the process.
            beat: called now and then while something large is sent.
        """
        self._api = api
        self._outbox = outbox
        self._room = room
        self._run_id = run_id
        self._beat = beat
        self._tried: dict[str, Refused | None] = {}
        """What was sent, by its hash, and by its name where it is a file; with what the server said against it."""
        self._segments: set[str] = set()
        """Those of the journal that the server does not take."""
        self.newly_refused: list[Refused] = []
        """What the server refused since somebody took it from here to tell of it."""

    def send_named(self, frames: Iterator[Frame]) -> None:
        """Send what some records name and the server lacks.

        Raises:
            ServerError: it could not be sent.
            OSError: it can't be read, or what the server refuses can't be noted.
        """
        blobs, files = self._named(frames)
        for name, time in files.items():
            self._send_file(name, time)
        wanted = [one for one in blobs if one not in self._tried and self._outbox.folder.blobs.has(one)]
        for at in range(0, len(wanted), ASKED_AT_ONCE):
            some = wanted[at : at + ASKED_AT_ONCE]
            missing = set(self._api.missing_blobs(some))
            for sha256 in some:
                if sha256 in missing:
                    self._send_blob(sha256)
                else:
                    self._tried[sha256] = None

    def send_crash(self, writer: str) -> None:
        """Send what a process said when it died of a signal.

        Raises:
            ServerError: it could not be sent.
            OSError: what the server refuses can't be noted.
        """
        self._send_crash(writer)

    def refuse_segment(self, segment: str, why: str) -> None:
        """Note that the server does not take a segment of the journal, now or later.

        Raises:
            OSError: it can't be noted.
        """
        if segment not in self._segments:
            self._segments.add(segment)
            self._note(Refused(segment=segment, why=why))

    def retry_refused(self) -> list[Refused]:
        """Send once more what the server refused before; what it refuses still.

        Raises:
            ServerError: it could not be sent.
            OSError: what is here can't be read or noted.
        """
        place = self._outbox.path, self._room, self._run_id
        listed = refused_contents(*place)
        if not listed:
            return []
        self._tried = {key: said for key, said in self._tried.items() if said is None}
        left = [still for one in listed if (still := self._retry(one)) is not None]
        replace_refused(*place, left)
        return left

    def _retry(self, one: Refused) -> Refused | None:
        if one.file:
            return self._send_file(one.file, one.time)
        if one.blob:
            return self._send_blob(one.blob) if self._outbox.folder.blobs.has(one.blob) else None
        if one.segment:  # the journal is sent before the contents are: it was tried just now
            return one if one.segment in self._segments else None
        return self._send_crash(one.crash) if one.crash else one

    def _named(self, frames: Iterator[Frame]) -> tuple[list[str], dict[str, int]]:
        blobs: dict[str, None] = {}
        files: dict[str, int] = {}
        for frame in frames:
            if frame.kind == EventKind.LOG and not frame.flags & EventFlag.BLOB:
                continue  # somebody's text
            try:
                payload = msgspec.msgpack.decode(frame.payload)
            except msgspec.MsgspecError:
                continue
            blobs.update(dict.fromkeys(_hashes_in(payload)))
            if frame.kind == EventKind.FILE:
                with suppress(JournalError):  # no file can be what it says
                    kept = decode(FileKept, frame.payload)
                    files[kept.name] = kept.time
        return list(blobs), files

    def _once(self, key: str, one: Refused, send: Callable[[], None]) -> Refused | None:
        """Send something; what can't be read, or the server does not take, is noted: what names it goes without it."""
        if key not in self._tried:
            why = ""
            try:
                send()
            except FileNotFoundError:  # trimmed, or never kept here
                return None
            except ServerRefusedError as error:
                if not is_of_content(error):
                    raise
                why = str(error)
            except ServerError:
                raise
            except OSError as error:
                why = f"it can't be read on this machine: {error}"
            self._tried[key] = self._note(msgspec.structs.replace(one, why=why)) if why else None
        return self._tried[key]

    def _note(self, refused: Refused) -> Refused:
        note_refused(self._outbox.path, self._room, self._run_id, refused)
        self.newly_refused.append(refused)
        return refused

    def _send_blob(self, sha256: str) -> Refused | None:
        return self._once(sha256, Refused(blob=sha256), partial(self._put_blob, sha256))

    def _put_blob(self, sha256: str) -> None:
        with self._outbox.folder.open_blob(sha256) as file:
            self._api.put_blob(sha256, Content(file, self._beat))

    def _send_file(self, name: str, time: int) -> Refused | None:
        version = _version(status_below(self._files, name))
        return self._once(f"{name}\0{version}", Refused(file=name, time=time), partial(self._put_file, name, time))

    @property
    def _files(self) -> Path:
        return self._outbox.place(self._room, self._run_id) / "files"

    def _put_file(self, name: str, time: int) -> None:
        with open_below(self._files, name) as file:
            digest = hashlib.sha256()
            while piece := file.read(PIECE):
                digest.update(piece)
                self._beat()
            file.seek(0)
            self._api.put_file(self._run_id, name, Content(file, self._beat), digest.hexdigest(), time)

    def _send_crash(self, writer: str) -> Refused | None:
        return self._once(f"{writer}\0crash", Refused(crash=writer), partial(self._put_crash, writer))

    def _put_crash(self, writer: str) -> None:
        with opened_regular(self._outbox.place(self._room, self._run_id) / crash_name(writer)) as file:
            text, time = file.read(LONGEST), os.fstat(file.fileno()).st_mtime_ns
        body = Body.of(text, Content_Type="text/plain", Runlog_Time=str(time))
        self._api.put_crash(self._room, self._run_id, writer, body)


def _version(found: os.stat_result | None) -> str:
    """What tells one version of a file from the next, which is always another file of its name."""
    return "" if found is None else f"{found.st_ino}-{found.st_mtime_ns}-{found.st_size}"


def _hashes_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key == "sha256" and is_sha256(one):
                yield one
            else:
                yield from _hashes_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _hashes_in(one)
