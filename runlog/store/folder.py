"""A workspace in a local folder: the folder itself is the run log.

.runlog/
  workspace.json    its name, and where its blobs are moved to
  .gitignore        keeps the folder out of version control
  runs/<id>/        the segments of the run's journal, and files/
  experiments/      a small record for each experiment
  models/<name>/    a small record for each version of a model
  blobs/<2 hex>/    content by its SHA-256: images, payloads too large for the journal
  outputs/          which open runs keep which folder of outputs
  processes/<id>/   journals of records that belong to no run
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from runlog import own_log
from runlog.backend import Blob, Entry, Kept, RunWriter
from runlog.catalogue.experiments import note_experiment
from runlog.errors import WrongValueError
from runlog.file_paths import is_part
from runlog.journal import clock
from runlog.journal.files import writer_of
from runlog.journal.folder import have_folder
from runlog.journal.reserve import lent, with_reserve
from runlog.journal.writer import JournalWriter
from runlog.records import FileKept
from runlog.store import deleted_runs
from runlog.store.blob_owner import owner_of
from runlog.store.blobs import SETTING, FolderBlobs
from runlog.store.entries import FolderEntries
from runlog.store.file_names import journals_in
from runlog.store.folder_journal import FolderFollower, FolderJournal
from runlog.store.folder_lock import locked
from runlog.store.outputs_claims import FolderClaims
from runlog.store.sharing import FILE, make_folder, share_folder
from runlog.store.writing_mode import how_written
from runlog.whole_files import write_whole
from runlog.workspace_folder import LAYOUT_VERSION, SETTINGS, around, is_workspace, own_settings, read_settings

if TYPE_CHECKING:
    from runlog.catalogue.models import ModelRecord
    from runlog.journal.follow_places import FollowPlaces
    from runlog.run_head import RunHead
    from runlog.state import RunState
    from runlog.store.contract import RunSummary
    from runlog.store.indexed import IndexedStore

INDEXED_FROM = 200
"""Runs from which on a query makes an index; fewer are read from their journals as quickly."""


class FolderBackend:
    """Keeps runs in a folder of this machine, or of a network file system."""

    keeps = True
    is_outbox = False
    """Whether runs are kept elsewhere, so that one without a folder here may be written to all the same."""

    def __init__(self, folder: Path, name: str = "", *, shared: bool = False) -> None:
        """Nothing is made here, nor read.

        Args:
            folder: of the workspace (``.runlog``).
            name: of the workspace, for ``workspace.json`` when it is made.
            shared: make it writable by the folder's group; a workspace that is there says so itself.
        """
        self.folder = folder
        self._name = name
        self._shared = shared
        self.patience: float | None = None
        """Seconds that reading one run may stand still for what its live writers have not stored yet; None: a few."""
        self._prepared = False
        self._entries = FolderEntries(folder, self._make, self._share, self._rights)
        self.outputs_claims = FolderClaims(folder, self._make, self._write)
        self.blobs = FolderBlobs(folder, self._blobs_url, self._blobs_owner, self._make, self._share, self._rights)
        self._store: IndexedStore | None = None

    @property
    def location(self) -> str:
        """The folder's absolute path."""
        return str(self.folder)

    @property
    def name(self) -> str:
        """What ``workspace.json`` says, else the given name, else the name of the folder around the workspace."""
        return str(read_settings(self.folder).get("name") or self._name or around(self.folder).name or "workspace")

    def is_there(self) -> bool:
        """Whether the folder is there, and a workspace."""
        return is_workspace(self.folder)

    def prepare(self) -> None:
        """Make the folder, its settings and its ``.gitignore`` where they are missing; another program's is refused."""
        if self._prepared and self.folder.is_dir():
            return
        if found := own_settings(self.folder):
            self._shared = bool(found.get("shared"))
        self._make(self.folder)
        if not found and not (self.folder / SETTINGS).exists():
            settings = {"name": self.name, "version": LAYOUT_VERSION, "created": clock.now()}
            settings |= {"shared": True} if self._shared else {}
            import json  # which writes a name of any bytes, as folders have

            self._write(self.folder / SETTINGS, json.dumps(settings, indent=2).encode() + b"\n")
        if not (self.folder / ".gitignore").exists():
            self._write(self.folder / ".gitignore", b"*\n")
        if self._shared:
            for name in ("runs", "processes", "blobs"):
                self._make(self.folder / name)
        self._prepared = True

    def _make(self, folder: Path) -> None:
        make_folder(folder, self.folder, shared=self._shared)

    def _write(self, path: Path, data: bytes) -> None:
        with_reserve(lambda: write_whole(path, data, rights=self._rights()))

    def _share(self, folder: Path | int) -> None:
        if self._shared:
            share_folder(folder)

    def _rights(self) -> int:
        return FILE if self._shared else 0

    def _blobs_url(self) -> str:
        return str(read_settings(self.folder).get(SETTING) or "")

    def _blobs_owner(self) -> str:
        return owner_of(self.folder)

    def change_settings(self, **changed: object) -> None:
        """Write into ``workspace.json``, beside what stands there.

        Raises:
            OSError: it can't be written.
        """
        self.prepare()
        settings = {**read_settings(self.folder), **changed}
        self._write(self.folder / SETTINGS, msgspec.json.format(msgspec.json.encode(settings), indent=2) + b"\n")

    # -- runs --------------------------------------------------------------------------------------------------------

    def _run(self, run_id: str, room: str = "runs") -> Path:
        if not is_part(run_id):
            raise WrongValueError(f"{run_id[:80]!r} can't be the id of a run: it leads out of {self.folder}")
        return self.folder / room / run_id

    def run_ids(self) -> list[str]:
        """Names of the folders under ``runs/``."""
        return journals_in(self.folder / "runs")

    def find_runs(self, query: str) -> list[tuple[str, str]] | None:
        """By the index, where there is one, or so many runs that it is worth making."""
        if not self._is_indexed():
            return None
        from runlog.query.parse import parse

        return self.store().named_runs(parse(query))

    def newest_first(self) -> Iterator[str] | None:
        """By the index, where there is one: to make it takes longer than to look."""
        return self.store().newest_first()

    def summaries(self, run_ids: Collection[str]) -> Mapping[str, RunSummary] | None:
        """By the index, likewise."""
        return {one.id: one for one in self.store().summaries(run_ids)} if self._is_indexed() else None

    def _is_indexed(self) -> bool:
        from runlog.store.index.tables import FILE

        return (self.folder / FILE).exists() or len(self.run_ids()) >= INDEXED_FROM

    def store(self) -> IndexedStore:
        """What finds runs, series and records in the folder."""
        if self._store is not None:
            return self._store
        from runlog.store.indexed import IndexedStore

        store = IndexedStore(self)
        if self.is_there():  # else one in memory, until there is a place for its files
            self._store = store
        return store

    def first_writer(self, run_id: str) -> str:
        """The first of the writers that the names of the run's files begin with; no file is opened."""
        try:
            with os.scandir(self._run(run_id)) as entries:
                return min(filter(None, (writer_of(entry.name) for entry in entries)), default="")
        except OSError:
            return ""

    def has_run(self, run_id: str) -> bool:
        """Whether the run has a folder."""
        return is_part(run_id) and self._run(run_id).is_dir()

    def claim_new_run(self, run_id: str) -> bool:
        """Make the run's folder, as for any run."""
        return self.claim_run(run_id)

    def claim_run(self, run_id: str) -> bool:
        """Make the run's folder: the file system lets one process be first."""
        self.prepare()
        self._make(self.folder / "runs")
        deleted_runs.allow(self.folder, run_id)
        try:
            self._run(run_id).mkdir()
        except FileExistsError:
            return False
        self._share(self._run(run_id))
        if own_log.is_asked_for():
            mode, why = how_written(self.folder)
            own_log.tell("run %s: made %s, which is written by %s, %s", run_id, self._run(run_id), mode, why)
        return True

    def delete_run(self, run_id: str) -> None:
        """Move the run's folder out of ``runs/`` in one step, then remove it."""
        deleted_runs.delete(self.folder, self._run(run_id).name)

    def forget_run(self, run_id: str) -> None:
        """Have this process make the folder of a run never again, but for a new run of that id."""
        deleted_runs.forget(self.folder, run_id)

    def _is_made_by_writers(self, run_id: str, *, guest: bool) -> bool:
        """Whether a writer may make the run's folder. An owner may: it could not be made when the run was claimed."""
        return (self.is_outbox or not guest) and not deleted_runs.is_deleted(self.folder, run_id)

    def taking_up(self, run_id: str) -> AbstractContextManager[bool]:
        """Lock the run's folder, which ends with the process at the latest."""
        return locked(self._run(run_id))

    def state(self, run_id: str) -> RunState:
        """Fold the run's state events."""
        from runlog.state import fold, kinds_of_state

        journal = self.journal(run_id)
        return fold(run_id, journal.events(kinds_of_state(), state=True), journal.writers)

    def states(self, run_ids: Iterable[str]) -> Iterator[RunState]:
        """Fold the state events of one after the other; one that can't be read says so, and the others are read."""
        from runlog.state import or_unreadable

        return map(or_unreadable(self.state), run_ids)

    def heads(self, run_ids: Iterable[str]) -> Iterator[RunHead]:
        """Their states."""
        return self.states(run_ids)

    def heads_beneath(self, run_id: str, *, recursive: bool) -> None:
        """None: their states are at hand."""

    def wait_until_kept(self, run_id: str, timeout: float, *, patient: bool) -> Kept:
        """What was written is in the folder."""
        return Kept(everything=True)

    def list_experiment(self, name: str) -> None:
        """Have a record of the experiment."""
        note_experiment(self, name)

    def postpone_model(self, record: ModelRecord) -> ModelRecord:
        """Nobody stands in between: it is registered at once."""
        from runlog.catalogue.models import add_version

        return add_version(self, record)

    def describe_run(self, run_id: str) -> str:
        """The run's folder."""
        return str(self._run(run_id))

    def run_uri(self, run_id: str) -> str:
        """The run's folder, as a URI."""
        return self._run(run_id).as_uri()

    # -- journals ----------------------------------------------------------------------------------------------------

    def open_writer(
        self, run_id: str, *, guest: bool, late: bool, on_begin: Callable[[RunWriter], None]
    ) -> JournalWriter:
        """A writer into the run's folder."""
        makes_folder = self._is_made_by_writers(run_id, guest=guest or late)
        return JournalWriter(
            self._run(run_id), run_id, guest=guest, late=late, makes_folder=makes_folder, on_begin=on_begin
        )

    def open_process_writer(self, process_id: str, on_begin: Callable[[RunWriter], None]) -> JournalWriter:
        """A writer into a folder under ``processes/``."""
        return JournalWriter(self._run(process_id, "processes"), process_id, on_begin=on_begin)

    def process_ids(self) -> list[str]:
        """Names of the folders under ``processes/``; they sort by time."""
        return sorted(journals_in(self.folder / "processes"))

    def journal(self, run_id: str) -> FolderJournal:
        """The journal in the run's folder."""
        return FolderJournal(self, self._run(run_id), patience=self.patience)

    def at_hand(self, run_ids: Collection[str]) -> AbstractContextManager[None]:
        """They are here."""
        return contextlib.nullcontext()

    def follow(
        self, run_id: str, kinds: Collection[int] | None = None, places: FollowPlaces | None = None
    ) -> FolderFollower:
        """Look into the run's folder again and again, from its start or from some places on."""
        return FolderFollower(self.journal(run_id), self._run(run_id), kinds, places)

    def process_journal(self, process_id: str) -> FolderJournal:
        """The journal in a folder under ``processes/``."""
        return FolderJournal(self, self._run(process_id, "processes"), patience=self.patience)

    # -- small records -------------------------------------------------------------------------------------------------

    def entry_names(self, folder: str) -> list[str]:
        """Names of files."""
        return self._entries.names(folder)

    def entry_folders(self, folder: str) -> list[str]:
        """Names of folders."""
        return self._entries.folders(folder)

    def read_entry(self, name: str) -> Entry | None:
        """A file's content."""
        return self._entries.read(name)

    def put_entry(self, name: str, data: bytes, expected: str | None) -> bool:
        """Write a file, if it still is what was read."""
        self.prepare()
        if name.startswith("runs/"):
            have_folder(self._run(name.split("/")[1]), makes=False)
        return with_reserve(lambda: self._entries.put(name, data, expected))

    def delete_entry(self, name: str) -> bool:
        """Remove a file."""
        return self._entries.delete(name)

    # -- content -----------------------------------------------------------------------------------------------------

    def blob_path(self, sha256: str) -> Path:
        """Where content of this hash is, or would be.

        Raises:
            WrongValueError: that is no hash.
        """
        return self.blobs.path(sha256)

    def open_crash_file(self, run_id: str, writer_id: str) -> BinaryIO:
        """A file beside the writer's segments."""
        from runlog.journal.crash_file import CrashFile

        return CrashFile(self._run(run_id), writer_id)

    def put_blob(self, data: bytes) -> Blob:
        """Keep content in ``blobs/``."""
        self.prepare()
        with lent():  # modules may be loaded for it, too
            return self.blobs.put(data)

    def keep_content(self, source: BinaryIO, sha256: str) -> None:
        """Copy content that is elsewhere into ``blobs/``."""
        self.prepare()
        self.blobs.copy(source, sha256)

    def read_blob(self, sha256: str, size: int | None = None) -> bytes:
        """Content from ``blobs/``."""
        with self.blobs.open(sha256, size) as file:
            return file.read()

    def open_blob(self, sha256: str, size: int | None = None) -> BinaryIO:
        """A file in ``blobs/``."""
        return self.blobs.open(sha256, size)

    def pin_file(self, run_id: str, name: str, sha256: str) -> None:
        """Link a run's file into ``blobs/``."""
        self.prepare()
        self.blobs.pin(self._run(run_id) / "files", name, f"the file {name!r} of run {run_id}", sha256)

    def put_file(self, run_id: str, name: str, source: BinaryIO, time: int) -> FileKept:
        """Keep a file under the run's ``files/``."""
        run = self._run(run_id)
        have_folder(run, makes=self._is_made_by_writers(run_id, guest=True))
        with lent():
            from runlog.store.run_files import keep_file

            sha256, size = keep_file(run, name, source, self._share, self._rights())
        return FileKept(time=time, name=name, size=size, sha256=sha256)

    def open_file(self, run_id: str, name: str) -> BinaryIO:
        """A file under the run's ``files/``."""
        from runlog.store.run_files import open_file

        return open_file(self._run(run_id), name)
