"""What was fetched from a server, in a folder of this machine: journals of runs as far as they were read, and blobs."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from runlog.errors import JournalError, RunFileNotFoundError, ServerRefusedError
from runlog.journal.decode import bad_blocks
from runlog.journal.files import SegmentName, lease_name, parse_segment_name, segment_name, writer_of
from runlog.journal.format import HEADER_SIZE, Footer
from runlog.journal.lease import held_lease
from runlog.journal.liveness import Liveness
from runlog.remote.api import RemoteFile, RemoteWriter, ServerApi
from runlog.remote.many_runs import ManyRuns, RawJournal
from runlog.remote.note import RUNS
from runlog.store.folder import FolderBackend
from runlog.whole_files import replacing, write_whole

GONE = 404


class Cache:
    """Copies of what a server keeps."""

    def __init__(self, api: ServerApi, folder: Path) -> None:
        """Nothing is made, nor fetched.

        Args:
            api: of the server.
            folder: for the copies, laid out as a workspace.
        """
        self.folder = FolderBackend(folder)
        self._api = api
        self._runs = ManyRuns(api)
        self._path = folder
        self._guard = threading.Lock()

    def forget(self) -> None:
        """In a forked child: another thread of the parent may have held the lock."""
        self._guard = threading.Lock()

    def place(self, room: str, run_id: str) -> Path:
        """The folder with the copy of a run's, or of a process's, journal.

        Raises:
            WrongValueError: that is no id.
        """
        return self.folder._run(run_id, room)

    def refresh(self, room: str, run_id: str, without: Collection[str]) -> list[RemoteWriter]:
        """Bring the copy of a journal to what the server has now.

        Args:
            room: ``runs`` or ``processes``.
            run_id: of the run or the process.
            without: writers that are not fetched, since this machine has more of them.

        Returns:
            the writers that the server knows, without those.

        Raises:
            ServerError: it can't be fetched.
            OSError: it can't be kept.
        """
        with self._guard:
            writers = [one for one in self._api.listing(room, run_id) if one.writer_id not in without]
            folder = self.place(room, run_id)
            if writers:
                folder.mkdir(parents=True, exist_ok=True)
            self._remove_others(folder, {one.writer_id for one in writers})
            for writer in writers:
                self._refresh_writer(room, run_id, folder, writer)
            return writers

    def refresh_many(self, run_ids: Collection[str]) -> dict[str, list[RemoteWriter]]:
        """Bring the copies of runs that have small journals to what the server has now, with few requests.

        Returns:
            the writers of each run whose copy is whole: of the others it is to be asked one by one.

        Raises:
            ServerError: it can't be fetched.
            OSError: it can't be kept.
        """
        has = {run_id: _sizes(self.place(RUNS, run_id)) for run_id in run_ids}
        fresh: dict[str, list[RemoteWriter]] = {}
        for one in self._runs.journals(has):
            known = has[one.run_id] | {name: len(data) for name, data in one.files.items()}
            files = [file for writer in one.writers for file in writer.files]
            if all(known.get(file.name) == file.size for file in files):
                with self._guard:
                    self._take_in(one)
                fresh[one.run_id] = one.writers
        return fresh

    def _take_in(self, one: RawJournal) -> None:
        folder = self.place(RUNS, one.run_id)
        if one.writers:
            folder.mkdir(parents=True, exist_ok=True)
        self._remove_others(folder, {writer.writer_id for writer in one.writers})
        listed = {file.name for writer in one.writers for file in writer.files}
        for name, data in one.files.items():
            if name in listed:
                write_whole(folder / name, data)
        for writer in one.writers:
            self._settle(folder, writer)

    def _remove_others(self, folder: Path, wanted: Collection[str]) -> None:
        """Files of writers that the server has no more, as of a deleted run, or that are read from elsewhere."""
        with suppress(FileNotFoundError):
            for path in folder.iterdir():
                if (writer := writer_of(path.name)) and writer not in wanted:
                    path.unlink(missing_ok=True)

    def _refresh_writer(self, room: str, run_id: str, folder: Path, writer: RemoteWriter) -> None:
        for file in writer.files:
            with suppress(_GoneError):  # sealed, packed or compacted since it was listed: the next look sees it
                self._fetch(room, run_id, folder, file)
        self._settle(folder, writer)

    def _settle(self, folder: Path, writer: RemoteWriter) -> None:
        """Remove files that the writer has no more, and keep its sign of life. Without one it counts as closed."""
        lease = lease_name(writer.writer_id)
        names = {one.name for one in writer.files} | {lease}
        for path in folder.iterdir():
            if writer_of(path.name) == writer.writer_id and path.name not in names:
                path.unlink(missing_ok=True)
        if writer.sign is not Liveness.CLOSED or (folder / lease).exists():
            with held_lease(folder, writer.writer_id) as held:
                held.sign(writer.sign.value)

    def _fetch(self, room: str, run_id: str, folder: Path, file: RemoteFile) -> None:
        """Bring one file up to date. Bytes of an open segment do not change, so only what is new of it is fetched."""
        path, segment = folder / file.name, parse_segment_name(file.name)
        has = _size(path)
        if has == file.size:
            return
        if segment is not None and not segment.sealed:
            if not HEADER_SIZE <= has < file.size:
                has = 0
            with path.open("r+b" if has else "wb") as target:
                target.seek(has)
                self._get(room, run_id, file, target, has)
            return
        with replacing(path) as draft:
            if not (segment is not None and self._fetch_rest(room, run_id, folder, segment, file, draft)):
                with draft.open("wb") as target:
                    self._get(room, run_id, file, target, 0)

    def _fetch_rest(
        self, room: str, run_id: str, folder: Path, segment: SegmentName, file: RemoteFile, draft: Path
    ) -> bool:
        """Make a sealed segment of what was fetched while it was open, and the rest; False where it does not fit."""
        before = folder / segment_name(segment.writer, segment.stream, segment.number, sealed=False)
        start = _size(before)
        if not HEADER_SIZE <= start < file.size:
            return False
        with draft.open("wb") as target, before.open("rb") as source:
            shutil.copyfileobj(source, target)
            self._get(room, run_id, file, target, start)
        data = draft.read_bytes()
        try:
            return next(bad_blocks(data, Footer.unpack(data, file.name)), None) is None
        except JournalError:
            return False

    def _get(self, room: str, run_id: str, file: RemoteFile, target: BinaryIO, start: int) -> None:
        try:
            self._api.fetch(room, run_id, file, target, start)
        except ServerRefusedError as error:
            if error.status == GONE:
                raise _GoneError from error
            raise

    def blob(self, sha256: str, size: int | None = None) -> BinaryIO:
        """A blob's copy, to be read; it is fetched where there is none.

        Args:
            sha256: its hash.
            size: that was announced for it; None: nobody did.

        Raises:
            WrongValueError: that is no hash.
            RunFileNotFoundError: the server has none, or sends something else.
            ServerError: it can't be fetched.
        """
        with suppress(RunFileNotFoundError):  # none, or a damaged one
            return self.folder.open_blob(sha256, size)
        with tempfile.TemporaryFile(prefix="runlog-") as fetched:
            try:
                self._api.fetch_blob(sha256, fetched, size)
                fetched.seek(0)
                self.folder.blobs.copy(fetched, sha256, anew=True)
            except ServerRefusedError as error:
                if error.status != GONE:
                    raise
                raise RunFileNotFoundError(f"{self._api.address} has no content {sha256}") from error
            except JournalError as error:
                raise RunFileNotFoundError(f"{self._api.address} sends other content for {sha256}: {error}") from error
        return self.folder.open_blob(sha256, size)


class _GoneError(Exception):
    """A file was listed, and is there no more."""


def _sizes(folder: Path) -> dict[str, int]:
    """The files of writers in a folder, and their sizes."""
    try:
        with os.scandir(folder) as entries:
            return {one.name: one.stat().st_size for one in entries if writer_of(one.name)}
    except OSError:
        return {}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
