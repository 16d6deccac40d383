"""Blobs that were moved to an object store: as if they were here, and never lost on the way."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from runlog import Experiment, Workspace
from runlog.cli.program import run_program
from runlog.errors import MissingExtraError, ObjectStoreError, RunFileNotFoundError, WrongValueError
from runlog.records import EventKind
from runlog.store.backup import back_up
from runlog.store.folder import FolderBackend
from runlog.store.garbage import collect
from runlog.store.indexed import IndexedStore
from runlog.store.offload import offload
from support.server_process import started_server

fsspec = pytest.importorskip("fsspec")
LONG_TEXT = "a text that takes more room than an event has " * 40_000


class Unreliable(fsspec.get_filesystem_class("file")):
    """A store that is down, or takes only a half, when a test says so."""

    protocol = "unreliable"
    state = "well"

    def _fail(self):
        if self.state == "down":
            raise ConnectionError("no route to the store")

    def info(self, path, **options):
        self._fail()
        return super().info(path, **options)

    def open(self, path, mode="rb", **options):
        self._fail()
        return super().open(path, mode, **options)

    def find(self, path, **options):
        self._fail()
        return super().find(path, **options)

    def put_file(self, source, target, **options):
        self._fail()
        super().put_file(source, target, **options)
        if self.state == "cut":
            os.truncate(target, os.stat(target).st_size // 2)


@pytest.fixture
def store(monkeypatch, tmp_path):
    fsspec.register_implementation("unreliable", Unreliable, clobber=True)
    monkeypatch.setattr(Unreliable, "state", "well")
    return f"unreliable://{tmp_path}/store"


@pytest.fixture
def run(workspace, monkeypatch):
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")
    with Experiment(workspace, "study").start_logging(outputs=False) as run:
        run.log_text("text", LONG_TEXT)
    return run


@pytest.fixture
def folder(workspace) -> FolderBackend:
    return workspace.backend


def here(folder: FolderBackend) -> set[str]:
    return {path.name for path in (folder.folder / "blobs").glob("*/*")}


def there(store: str) -> dict[str, Path]:
    return {path.name: path for path in Path(store.partition("://")[2]).glob("??/*")}


def text(workspace, run) -> str:
    """Read by a program that knows nothing yet."""
    again = Workspace(workspace.location).get_run(run.id)
    return again.get_metrics()["text"][0].read()


def test_what_was_moved_is_read_as_before_and_is_here_again(folder, workspace, run, store):
    before, value = here(folder), text(workspace, run)
    moved = offload(folder, store, older_than=0)
    assert (moved.blobs, moved.url) == (len(before), store)
    assert here(folder) == set()
    assert there(store).keys() == before
    assert text(workspace, run) == value == LONG_TEXT
    assert here(folder) == before
    assert offload(folder, older_than=0).blobs == len(before)  # its address is kept with the workspace
    assert here(folder) == set()


def test_what_is_new_or_was_named_lately_stays_here(folder, store):
    old = folder.put_blob(b"old")
    path = folder.blob_path(old.sha256)
    assert offload(folder, store, older_than=3600).blobs == 0
    assert here(folder) == {old.sha256}
    assert offload(folder, older_than=0, dry_run=True).blobs == 1
    assert path.read_bytes() == b"old"


def test_a_store_that_takes_only_a_part_or_is_down_costs_nothing(folder, run, store, monkeypatch):
    before = here(folder)
    for state in ("cut", "down"):
        monkeypatch.setattr(Unreliable, "state", state)
        with pytest.raises(ObjectStoreError):
            offload(folder, store, older_than=0)
        assert here(folder) == before
    monkeypatch.setattr(Unreliable, "state", "well")
    assert offload(folder, store, older_than=0).blobs == len(before)  # over the halves
    assert {path.stat().st_size for path in there(store).values()} == {len(LONG_TEXT)}


def test_while_the_store_is_down_a_reader_is_told_and_nothing_is_taken_for_gone(
    folder, workspace, run, store, monkeypatch
):
    offload(folder, store, older_than=0)
    monkeypatch.setattr(Unreliable, "state", "down")
    with pytest.raises(ObjectStoreError, match="no route to the store"):
        text(workspace, run)
    with pytest.raises(ObjectStoreError):
        collect(folder, grace=0)
    monkeypatch.setattr(Unreliable, "state", "well")
    assert text(workspace, run) == LONG_TEXT


def test_damaged_content_is_never_taken_for_what_was_put_there(folder, workspace, run, store):
    offload(folder, store, older_than=0)
    (path,) = there(store).values()
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ObjectStoreError, match="damaged"):
        text(workspace, run)
    assert here(folder) == set()


def test_what_is_nowhere_is_not_found(folder, store):
    offload(folder, store, older_than=0)
    with pytest.raises(RunFileNotFoundError):
        folder.read_blob("0" * 64)


def test_what_nothing_names_is_removed_there_too(folder, workspace, run, store):
    nobodys = folder.put_blob(b"nobody's")
    offload(folder, store, older_than=0)
    assert collect(folder, grace=0, dry_run=True).blobs == 1
    assert nobodys.sha256 in there(store)
    assert collect(folder, grace=0).blobs == 1
    assert nobodys.sha256 not in there(store)
    assert text(workspace, run) == LONG_TEXT


def test_what_an_event_in_a_blob_names_stays_there(folder, workspace, monkeypatch, store):
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")
    with Experiment(workspace, "study").start_logging(outputs=False) as run:
        run.log_table("table", {"column": [LONG_TEXT]})  # an event that is too long for the journal
    offload(folder, store, older_than=0)
    assert len(there(store)) == 1
    assert collect(folder, grace=0).blobs == 0
    index = IndexedStore(folder)
    assert [one.name for one in index.metrics(run.id)] == ["table"]
    index.close()
    assert [event.kind for event in folder.journal(run.id).events({EventKind.TABLE})] == [EventKind.TABLE]


def test_content_that_is_kept_again_is_here_again(folder, store):
    offload(folder, store, older_than=0)
    blob = folder.put_blob(b"twice")
    offload(folder, older_than=0)
    assert here(folder) == set()
    assert folder.put_blob(b"twice") == blob
    assert here(folder) == {blob.sha256}


def test_a_backup_reads_from_the_same_store(folder, workspace, run, store, tmp_path):
    offload(folder, store, older_than=0)
    back_up(folder.folder, tmp_path / "copy")
    shutil.rmtree(folder.folder)
    assert text(Workspace(tmp_path / "copy"), run) == LONG_TEXT


def test_another_store_is_refused_once_there_is_one(folder, store, tmp_path):
    with pytest.raises(WrongValueError, match="name one"):
        offload(folder)
    offload(folder, store)
    with pytest.raises(WrongValueError, match="some are only there"):
        offload(folder, f"file://{tmp_path}/another")


def test_a_kind_of_store_that_nothing_is_installed_for_is_said(folder):
    with pytest.raises((MissingExtraError, ObjectStoreError), match="nosuch://"):
        offload(folder, "nosuch://bucket")
    with pytest.raises(WrongValueError, match="name one"):  # it was not kept
        offload(folder)


def test_the_command_line_moves_and_a_server_sends_what_was_moved(folder, run, tmp_path, capsys):
    url = f"file://{tmp_path}/store"
    run_program(["offload", url, "--older-than", "0s"])
    assert capsys.readouterr().out.startswith("moved 1 blobs, ")
    (sha256,) = there(url)
    with started_server(folder.folder) as server:
        client = server.client("reader")
        assert client("HEAD", f"/api/v1/blobs/{sha256}").headers["Content-Length"] == str(len(LONG_TEXT))
        assert client("GET", f"/api/v1/blobs/{sha256}").content == LONG_TEXT.encode()
    assert time.time() - folder.blob_path(sha256).stat().st_mtime < 60


# -- whose it is -------------------------------------------------------------------------------------------------------


def another(own_folder, name="another") -> FolderBackend:
    workspace = Workspace.create(name, location=own_folder / name)
    with Experiment(workspace, "study").start_logging(outputs=False) as run:
        run.log_text("text", LONG_TEXT.upper())
    return workspace.backend


@pytest.mark.usefixtures("run")
def test_two_workspaces_can_not_have_one_place(folder, store, own_folder):
    offload(folder, store, older_than=0)
    second = another(own_folder)
    before = here(second)
    with pytest.raises(WrongValueError, match="a prefix of its own"):
        offload(second, store, older_than=0)
    assert here(second) == before


@pytest.mark.usefixtures("run")
def test_a_folder_that_names_anothers_place_removes_nothing_from_it(folder, store, own_folder, heard):
    offload(folder, store, older_than=0)
    before = there(store).keys()
    trap = another(own_folder)
    trap.change_settings(blobs=store)
    assert collect(trap, grace=0).blobs == 0
    assert there(store).keys() == before
    assert "does not bear the mark of this workspace" in heard.messages[-1]


def test_a_copy_of_a_workspace_reads_what_was_moved_and_removes_none_of_it(folder, workspace, run, store, own_folder):
    offload(folder, store, older_than=0)
    back_up(folder.folder, own_folder / "copy")
    copy = Workspace(own_folder / "copy")
    assert text(copy, run) == LONG_TEXT
    copy.get_run(run.id).delete()
    collect(copy.backend, grace=0)
    assert text(workspace, run) == LONG_TEXT


def test_so_does_a_plain_copy_and_a_workspace_that_was_moved_goes_on(folder, workspace, run, store, own_folder):
    offload(folder, store, older_than=0)
    shutil.copytree(folder.folder, own_folder / "copy")
    copy = Workspace(own_folder / "copy")
    copy.get_run(run.id).delete()
    assert collect(copy.backend, grace=0).blobs == 0
    with pytest.raises(WrongValueError, match="is a copy of"):
        offload(copy.backend, older_than=0)
    assert text(workspace, run) == LONG_TEXT
    shutil.rmtree(folder.folder)
    (own_folder / "copy").rename(own_folder / "moved")
    assert collect(Workspace(own_folder / "moved").backend, grace=0).blobs == 1
    assert there(store) == {}


@pytest.mark.usefixtures("run")
def test_a_place_without_a_mark_is_taken_only_where_all_of_it_is_known(folder, store, own_folder):
    offload(folder, store, older_than=0)
    root = Path(store.partition("://")[2])
    (root / ".runlog-owner").unlink()
    with pytest.raises(WrongValueError, match="no mark whose they are"):
        offload(another(own_folder), store, older_than=0)
    offload(folder, older_than=0)
    assert (root / ".runlog-owner").read_text().strip()
