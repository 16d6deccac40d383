"""The outbox: a folder of this machine in which the runs of one server are written, and wait to be sent.

It is laid out like any workspace. Beside the runs stand ``server.json``, which names the server, and ``sending/``, with
a note for each run.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from runlog.errors import ConfigurationError, JournalError
from runlog.journal import real_time
from runlog.journal.liveness import Liveness
from runlog.journal.reader import RunJournal
from runlog.remote.note import PROCESSES, RUNS, Note, content_of, note_path, read_note, write_note
from runlog.remote.own_traffic import logger
from runlog.remote.places import OUTBOX, all_outboxes, outbox_of, outboxes
from runlog.remote.postponed import postponed
from runlog.remote.refused import has_refused, refused_path
from runlog.server_address import folder_name, host_of, is_server, server_address
from runlog.store.folder import FolderBackend
from runlog.whole_files import write_whole

SERVER = "server.json"
DELETED = "set-aside"
"""The folder for runs that were deleted on the server while this machine still had them."""
FEW = 5
"""Runs that are asked for one by one."""
KEPT_DAYS = 3.0
"""Days for which a run stays here after the server has it."""


_told: set[Path] = set()
"""Outboxes of which it was said that they are in a temporary folder."""


class Sending(NamedTuple):
    """A run, or the records of a process outside runs, on its way."""

    room: str
    """``runs`` or ``processes``."""
    id: str
    note: Note


class Outbox:
    """The runs of one server on this machine."""

    def __init__(self, address: str, folder: Path | None = None) -> None:
        """Nothing is made here, nor read.

        Args:
            address: of the server.
            folder: where it is; by default where :func:`~runlog.remote.places.outbox_of` says.
        """
        self.address = address
        self.path = folder or outbox_of(address)
        self.folder = FolderBackend(self.path, host_of(address))
        self.folder.is_outbox = True

    def prepare(self) -> None:
        """Have the folder, and in it the server's address.

        Raises:
            OSError: it can't be made.
        """
        self._tell_passing()
        self.folder.prepare()
        if not (self.path / SERVER).exists():
            write_whole(self.path / SERVER, json.dumps({"server": self.address}).encode() + b"\n")

    def _tell_passing(self) -> None:
        """Say once where this is, where that is no place to rely on."""
        place = outboxes()
        if place.instead_of and self.path.parent == place.path and self.path not in _told:
            _told.add(self.path)
            logger.warning(
                "runs for %s are written to %s before they are sent, since %s. What is there may vanish with the "
                "machine or the container: let %s name a folder that stays",
                self.address,
                self.path,
                place.instead_of,
                OUTBOX,
            )

    def place(self, room: str, folder_name: str) -> Path:
        """The folder of a run or of a process.

        Raises:
            WrongValueError: that is no id.
        """
        return self.folder._run(folder_name, room)

    def among(self, run_ids: Collection[str]) -> set[str]:
        """Those of some runs that are here, whole or in part."""
        if len(run_ids) < FEW:
            return {one for one in run_ids if self.folder.has_run(one)}
        return set(self.folder.run_ids()) & set(run_ids)

    def was_there(self, run_id: str) -> bool:
        """Whether the server is known to have had a run that is here."""
        return read_note(self.path, RUNS, run_id).was_there

    def is_whole(self, run_id: str) -> bool:
        """Whether the server has all that is here of a run, or deleted it."""
        note = read_note(self.path, RUNS, run_id)
        return note.gone or (note.complete and note.content == content_of(self.place(RUNS, run_id)))

    def unsent(self) -> Iterator[Sending]:
        """What the server has not acknowledged in full, oldest first."""
        for room in (RUNS, PROCESSES):
            try:
                found = [one for one in (self.path / room).iterdir() if one.is_dir()]
            except OSError:
                continue
            for folder in sorted(found, key=_age):
                note = read_note(self.path, room, folder.name)
                if not note.gone and not (note.complete and note.content == content_of(folder)):
                    yield Sending(room, folder.name, note)

    def refused(self) -> Iterator[Sending]:
        """What the server has but for contents that it refused."""
        for path in sorted((self.path / "sending").glob("*/*.refused")):
            room, folder_name = path.parent.name, path.stem
            note = read_note(self.path, room, folder_name)
            if note.complete and note.content == content_of(self.path / room / folder_name):
                yield Sending(room, folder_name, note)

    def trim(self, days: float = KEPT_DAYS) -> list[str]:
        """Remove runs that the server acknowledged some days ago, and the blobs that only they named.

        What the server refused to take stays: it is nowhere else.

        Returns:
            the ids of what was removed.
        """
        limit = real_time.wall_ns() - int(days * 86_400e9)
        removed = self._trim_deleted(limit)
        for room in (RUNS, PROCESSES):
            for note_file in (self.path / "sending" / room).glob("*.json"):
                note, folder = read_note(self.path, room, note_file.stem), self.path / room / note_file.stem
                if self._may_go(note, room, note_file.stem, limit) and not _is_live(folder):
                    shutil.rmtree(folder, ignore_errors=True)
                    self._forget_notes(room, note_file.stem)
                    removed.append(note_file.stem)
        if removed:
            self._trim_blobs(limit)
        return removed

    def _may_go(self, note: Note, room: str, folder_name: str, limit: int) -> bool:
        if note.time >= limit:
            return False
        if note.gone:
            return True
        is_whole = note.complete and not has_refused(self.path, room, folder_name)
        return is_whole and note.content == content_of(self.place(room, folder_name))

    def _trim_deleted(self, limit: int) -> list[str]:
        removed = []
        for folder in (self.path / DELETED).glob("*"):
            with contextlib.suppress(OSError):
                if folder.stat().st_mtime_ns < limit:
                    shutil.rmtree(folder)
                    removed.append(folder.name.rpartition(".")[0])
        return removed

    def _forget_notes(self, room: str, folder_name: str) -> None:
        note_path(self.path, room, folder_name).unlink(missing_ok=True)
        refused_path(self.path, room, folder_name).unlink(missing_ok=True)

    def set_aside(self, run_id: str) -> None:
        """Put what is here of a run that was deleted on the server where nobody reads or sends it, for some days.

        Nothing is done where a living process writes it.

        Raises:
            OSError: it can't be moved.
        """
        folder = self.place(RUNS, run_id)
        if _is_live(folder):
            return
        aside = self.path / DELETED / f"{run_id}.{os.urandom(4).hex()}"
        aside.parent.mkdir(exist_ok=True)
        folder.rename(aside)
        os.utime(aside)
        self._forget_notes(RUNS, run_id)

    def delete_run(self, run_id: str) -> None:
        """Remove a run, and what was noted of it.

        Raises:
            RunNotFoundError: it is not here.
            OSError: it can't be removed.
        """
        self.folder.delete_run(run_id)
        self._forget_notes(RUNS, run_id)

    def note_gone(self, room: str, folder_name: str) -> None:
        """Note that a run was deleted on the server: it is not sent again.

        Raises:
            OSError: it can't be noted.
        """
        write_note(self.path, room, folder_name, Note(time=real_time.wall_ns(), known=True, gone=True))

    def _has_refused(self) -> bool:
        """Whether a run that is here has content that the server refused."""
        return any(True for _ in (self.path / "sending").glob("*/*.refused"))

    def _trim_blobs(self, limit: int) -> None:
        """Remove old blobs, unless a run that is still here may need them."""
        waiting = self._has_refused() or postponed(self.path)
        if waiting or any(True for _ in self.unsent()):  # these may name any of them
            return
        for blob in (self.path / "blobs").glob("*/*"):
            with contextlib.suppress(OSError):
                if blob.stat().st_mtime_ns < limit:
                    blob.unlink()


def known_outboxes(addresses: Iterable[str] = ()) -> list[Outbox]:
    """The outboxes of this machine's user, one for each server that runs were sent to.

    Args:
        addresses: of servers whose outboxes are known, too, where nothing in them says whose they are.
    """
    found: dict[Path, Outbox] = {}
    for settings in sorted(one for base in all_outboxes() for one in base.glob(f"*/{SERVER}")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            found[settings.parent] = Outbox(str(json.loads(settings.read_bytes())["server"]), settings.parent)
    for address in addresses:
        for folder in (base / folder_name(address) for base in all_outboxes()):
            if folder.is_dir():
                found.setdefault(folder, Outbox(address, folder))
    return list(found.values())


def addresses_named() -> list[str]:
    """The address that ``RUNLOG_URI`` names, where it names a server."""
    named = os.environ.get("RUNLOG_URI", "")
    with contextlib.suppress(ConfigurationError):
        return [server_address(named)] if is_server(named) else []
    return []


def nameless_outboxes() -> list[Path]:
    """Outboxes with runs in them of which nothing says what server they are for."""
    known = {one.path for one in known_outboxes()}
    found = (one.parent for base in all_outboxes() for one in sorted(base.glob(f"*/{RUNS}")) if any(one.iterdir()))
    return [one for one in found if one not in known]


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _is_live(folder: Path) -> bool:
    try:
        return any(one.liveness() is Liveness.ALIVE for one in RunJournal(folder).writers)
    except JournalError:
        return False
