"""What is removed of a workspace, and what never is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import runlog
from runlog import Experiment
from runlog.errors import ConfigurationError, RunStateError
from runlog.store import garbage
from runlog.store.folder import FolderBackend
from runlog.store.garbage import collect
from runlog.store.uploads import clear_uploads

YEAR = 365 * 86_400.0
LONG_TEXT = "a text that takes more room than an event has " * 40_000


@pytest.fixture
def folder(workspace) -> FolderBackend:
    return workspace.backend


@pytest.fixture
def start(workspace, monkeypatch):
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")  # what it finds may take blobs

    def begin(**arguments) -> runlog.Run:
        return Experiment(workspace, "study").start_logging(outputs=False, **arguments)

    return begin


def blobs(folder: FolderBackend) -> set[str]:
    return {path.name for path in (folder.folder / "blobs").glob("*/*")}


def age(path: Path, seconds: float = YEAR) -> None:
    """Make a file, or all in a folder, look as if it was written long ago."""
    for one in (path, *path.rglob("*")) if path.is_dir() else (path,):
        os.utime(one, (time.time() - seconds,) * 2)


def test_a_blob_that_nothing_names_is_removed(folder):
    blob = folder.put_blob(b"nobody's")
    assert collect(folder, grace=0)[:2] == (1, pytest.approx(4096, abs=4096))
    assert blob.sha256 not in blobs(folder)


def test_what_was_just_written_is_kept_for_a_while(folder):
    blob = folder.put_blob(b"about to be named")
    assert collect(folder, grace=60).blobs == 0
    assert blobs(folder) == {blob.sha256}


@pytest.mark.parametrize(
    "log",
    [
        lambda run: run.log_image("picture", plot=None, path=run.picture),
        lambda run: run.log_text("text", LONG_TEXT),
        lambda run: run.log("exact", LONG_TEXT),
        lambda run: run.log_html("page", "<p>" + LONG_TEXT),
        lambda run: run.log_table("table", {"column": [LONG_TEXT]}),
    ],
    ids=["image", "text", "scalar", "html", "table"],
)
def test_content_that_a_run_names_stays_as_long_as_the_run(folder, start, log, own_folder):
    pillow = pytest.importorskip("PIL.Image")
    with start() as run:
        run.picture = own_folder / "picture.png"
        pillow.new("RGB", (8, 8)).save(run.picture)
        log(run)
    kept = blobs(folder)
    assert kept
    assert collect(folder, grace=0).blobs == 0
    assert blobs(folder) == kept
    run.delete()
    assert collect(folder, grace=0).blobs == len(kept)
    assert blobs(folder) == set()


def test_content_of_a_running_run_stays(folder, start):
    run = start()
    run.log_text("text", LONG_TEXT)
    kept = blobs(folder)
    assert collect(folder, older_than=0, grace=0)[:3] == (0, 0, [])
    assert blobs(folder) == kept
    run.complete()


def test_a_models_version_stays_when_its_run_is_deleted(folder, start, own_folder):
    with start() as run:
        (own_folder / "weights.bin").write_bytes(b"weights")
        run.upload_file("weights.bin", "weights.bin")
        model = run.register_model("ridge", "weights.bin")
    run.delete()
    assert collect(folder, grace=0).blobs == 0
    assert model.download(own_folder / "fetched").read_bytes() == b"weights"


def test_content_that_two_runs_have_stays_until_both_are_gone(folder, start):
    runs = [start() for _ in range(2)]
    for run in runs:
        run.log_text("text", LONG_TEXT)
        run.complete()
    runs[0].delete()
    assert collect(folder, grace=0).blobs == 0
    runs[1].delete()
    assert collect(folder, grace=0).blobs == 1


def test_content_that_is_kept_again_is_as_new(folder):
    blob = folder.put_blob(b"old")
    age(folder.folder / "blobs")
    folder.put_blob(b"old")
    assert collect(folder, grace=60).blobs == 0
    assert blobs(folder) == {blob.sha256}


def test_content_that_is_kept_again_at_the_last_moment_gets_its_name_back(folder, monkeypatch):
    blob = folder.put_blob(b"wanted again")
    path = folder.folder / "blobs" / blob.sha256[:2] / blob.sha256
    age(path)
    rename = Path.rename

    def keep_again_first(self: Path, target: Path) -> Path:
        if self == path:
            folder.put_blob(b"wanted again")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", keep_again_first)
    assert collect(folder, grace=0).blobs == 0
    assert path.read_bytes() == b"wanted again"


def test_content_that_is_kept_again_while_old_runs_are_removed_stays(folder, start, monkeypatch):
    with start() as run:
        run.log("loss", 0.5)
    path = folder.blob_path(folder.put_blob(b"wanted again").sha256)
    age(path)
    delete = folder.delete_run

    def keep_again_first(run_id: str) -> None:
        folder.put_blob(b"wanted again")
        delete(run_id)

    monkeypatch.setattr(folder, "delete_run", keep_again_first)
    collected = collect(folder, older_than=0, grace=0)
    assert (collected.runs, collected.blobs) == ([run.id], 0)
    assert path.read_bytes() == b"wanted again"


def test_nothing_is_removed_where_a_journal_cannot_be_read_whole(folder, start):
    with start() as run:
        run.log_text("text", LONG_TEXT)
    (pack,) = (folder.folder / "runs" / run.id).glob("*.pack")
    data = bytearray(pack.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    pack.write_bytes(data)
    folder.put_blob(b"nobody's")
    with pytest.raises(RunStateError, match="runlog doctor"):
        collect(folder, grace=0)
    assert len(blobs(folder)) == 2


def test_what_an_interrupted_write_or_removal_left_is_removed(folder, start):
    with start() as run:
        run.log("loss", 0.5)
    place = folder.folder
    left = [
        place / "deleted" / "run.0badcafe" / "file",
        place / "blobs" / "ab" / ".0123456789ab.77.tmp",
        place / "runs" / run.id / "files" / ".0123456789ab.77.tmp",
        place / "runs" / run.id / "0123456789ab.pack.tmp",
    ]
    own = place / "runs" / run.id / "files" / "notes.tmp"
    for path in (*left, own):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert collect(folder, grace=0).leftovers == len(left)
    assert not any(path.exists() for path in left)
    assert own.exists()
    assert run.get_metrics() == {"loss": [0.5]}


def test_a_dry_run_tells_the_same_and_removes_nothing(folder, start):
    with start() as run:
        run.log_text("text", LONG_TEXT)
    folder.put_blob(b"nobody's")
    told = collect(folder, older_than=0, grace=0, dry_run=True)
    assert told.runs == [run.id]
    assert len(blobs(folder)) == 2
    assert collect(folder, older_than=0, grace=0) == told
    assert folder.run_ids() == []


def test_runs_go_when_they_ended_longer_ago_than_asked_for(folder, start):
    with start() as run:
        run.log("loss", 0.5)
    assert collect(folder, older_than=3600).runs == []
    assert collect(folder, older_than=0).runs == [run.id]


@pytest.mark.parametrize(("value", "stays"), [("yes", True), (None, True), ("false", False)])
def test_a_pinned_run_stays(folder, start, value, stays):
    with start() as run:
        run.tag("pinned", value)
    assert (run.id not in collect(folder, older_than=0).runs) is stays


def test_a_run_stays_that_has_one_beneath_it_that_stays(folder, start):
    with start() as parent, parent.child_run() as child:
        child.tag("pinned")
    assert collect(folder, older_than=0).runs == []


def test_runs_beneath_go_before_those_above_them(folder, start):
    with start() as parent, parent.child_run() as child:
        pass
    assert collect(folder, older_than=0).runs == [child.id, parent.id]


def test_one_process_collects_at_a_time(folder):
    folder.prepare()
    with garbage.locked(folder.folder), pytest.raises(RunStateError, match="another process"):
        collect(folder)


# -- what is not ours --------------------------------------------------------------------------------------------------


def test_where_nothing_says_that_it_is_a_workspace_nothing_is_removed(own_folder):
    (own_folder / "mail" / "deleted").mkdir(parents=True)
    (own_folder / "mail" / "deleted" / "letter").write_text("dear")
    with pytest.raises(ConfigurationError, match=r"no workspace\.json"):
        collect(FolderBackend(own_folder / "mail"), grace=0)
    assert (own_folder / "mail" / "deleted" / "letter").read_text() == "dear"


def test_of_what_was_deleted_only_names_of_our_own_form_are_removed(folder, own_folder):
    bin_folder = folder.folder / "deleted"
    bin_folder.mkdir()
    for name in ("letter.txt", "some-run.0123abcd", "some-run.0123abcd.bak"):
        (bin_folder / name).write_text("dear")
        age(bin_folder / name)
    assert collect(folder, grace=0).leftovers == 1
    assert sorted(os.listdir(bin_folder)) == ["letter.txt", "some-run.0123abcd.bak"]


@pytest.mark.parametrize("name", ["deleted", "uploads"])
def test_nothing_is_removed_through_a_link(folder, own_folder, name):
    thesis = own_folder / "thesis"
    thesis.mkdir()
    for one in ("chapter.0123abcd", "0123456789abcdef01234567"):
        (thesis / one).write_text("words")
        age(thesis / one)
    (folder.folder / name).symlink_to(thesis)
    collect(folder, grace=0)
    clear_uploads(folder.folder)
    assert len(os.listdir(thesis)) == 2


def test_of_uploads_only_old_files_with_names_of_ours_are_removed(folder):
    uploads = folder.folder / "uploads"
    uploads.mkdir()
    for name in ("0123456789abcdef01234567", "0123456789abcdef01234568", "customers.bin"):
        (uploads / name).write_text("data")
        age(uploads / name)
    (uploads / "0123456789abcdef01234569").mkdir()
    os.utime(uploads / "0123456789abcdef01234568")
    clear_uploads(folder.folder)
    assert sorted(os.listdir(uploads)) == ["0123456789abcdef01234568", "0123456789abcdef01234569", "customers.bin"]
