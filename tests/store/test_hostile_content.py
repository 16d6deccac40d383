"""What a run's events name: hashes, files and formats that lead elsewhere are told, and the rest of the run is read."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest

from runlog import Workspace
from runlog.errors import RunFileNotFoundError, RunLogError, RunStateError, WrongValueError
from runlog.records import EventKind
from runlog.store.garbage import collect
from support.events_by_hand import event, in_blob, make_run, parameter

HASH = "0123456789abcdef" * 4


@pytest.fixture
def secret(own_folder: Path) -> Path:
    """A file beside the workspace, which no run has any business with; as a payload it would be a parameter."""
    path = own_folder / "secret"
    path.write_bytes(parameter("stolen", "secret")[2])
    return path


def folder_of(workspace: Workspace) -> Path:
    return Path(workspace.backend.location)


def odd_pointers(secret: Path) -> dict[str, object]:
    up = "../" * 20
    return {
        "a local file": {"sha256": str(secret), "size": secret.stat().st_size},
        "a way up to it": {"sha256": f"{up}{str(secret)[1:]}", "size": secret.stat().st_size},
        "a device": {"sha256": "/dev/zero", "size": 1},
        "nothing": {"sha256": "", "size": 1},
        "another spelling": {"sha256": HASH.upper(), "size": 1},
        "a line's end": {"sha256": HASH[:-1] + "\n", "size": 1},
        "a zero byte": {"sha256": "\0" * 64, "size": 1},
        "a size below zero": {"sha256": HASH, "size": -1},
        "no size": {"sha256": HASH},
        "a number": {"sha256": 1, "size": 1},
        "no pointer": [1, 2],
    }


ODD = [
    *("a local file", "a way up to it", "a device", "nothing", "another spelling", "a line's end", "a zero byte"),
    *("a size below zero", "no size", "a number", "no pointer"),
]


@pytest.mark.parametrize("which", ODD)
@pytest.mark.timeout(60)
def test_an_event_whose_blob_leads_elsewhere_is_left_out_and_told_as_damage(workspace, secret, heard, which):
    pointer = odd_pointers(secret)[which]
    make_run(folder_of(workspace), "evil", in_blob(EventKind.PARAMS, pointer, state=True))
    run = workspace.get_run("evil")
    assert run.state().params == {"before": 1, "after": 2}
    assert run.get_status() == "Completed"
    journal = workspace.backend.journal("evil")
    assert len(list(journal.events())) == 4
    assert journal.damage.damaged_events == 1
    assert any("evil" in record.getMessage() and "blob" in record.getMessage() for record in heard.records)


@pytest.mark.timeout(60)
def test_a_pipe_in_the_place_of_a_blob_keeps_nobody_waiting(workspace):
    make_run(folder_of(workspace), "evil", in_blob(EventKind.PARAMS, {"sha256": HASH, "size": 1}, state=True))
    shelf = folder_of(workspace) / "blobs" / HASH[:2]
    shelf.mkdir(parents=True)
    os.mkfifo(shelf / HASH)
    assert workspace.get_run("evil").state().params == {"before": 1, "after": 2}
    with pytest.raises(RunFileNotFoundError, match="no regular file"):
        workspace.backend.read_blob(HASH)


@pytest.mark.parametrize("part", ["blob", "shelf"])
def test_a_link_in_the_place_of_a_blob_is_not_followed(workspace, own_folder, part):
    data = b"content that lies elsewhere"
    name = hashlib.sha256(data).hexdigest()
    shelf = folder_of(workspace) / "blobs" / name[:2]
    (own_folder / "elsewhere").mkdir()
    (own_folder / "elsewhere" / name).write_bytes(data)
    if part == "shelf":
        shelf.parent.mkdir(exist_ok=True)
        shelf.symlink_to(own_folder / "elsewhere")
    else:
        shelf.mkdir(parents=True)
        (shelf / name).symlink_to(own_folder / "elsewhere" / name)
    with pytest.raises(RunFileNotFoundError, match="links are not followed"):
        workspace.backend.read_blob(name)


def test_content_that_is_kept_anew_takes_the_place_of_a_link(workspace, own_folder):
    data = b"content"
    name = hashlib.sha256(data).hexdigest()
    shelf = folder_of(workspace) / "blobs" / name[:2]
    shelf.mkdir(parents=True)
    (own_folder / "elsewhere").write_bytes(b"others'")
    (shelf / name).symlink_to(own_folder / "elsewhere")
    workspace.backend.put_blob(data)
    assert workspace.backend.read_blob(name) == data
    assert (own_folder / "elsewhere").read_bytes() == b"others'"


def test_content_is_not_written_behind_a_link(workspace, own_folder):
    data = b"content"
    name = hashlib.sha256(data).hexdigest()
    (folder_of(workspace) / "blobs").mkdir(exist_ok=True)
    (own_folder / "elsewhere").mkdir()
    (folder_of(workspace) / "blobs" / name[:2]).symlink_to(own_folder / "elsewhere")
    with pytest.raises(OSError, match="links are not followed"):
        workspace.backend.put_blob(data)
    assert os.listdir(own_folder / "elsewhere") == []


def test_the_folder_of_blobs_and_that_of_runs_may_be_links_of_their_owner(workspace, own_folder):
    import runlog

    for room in ("blobs", "runs"):
        (own_folder / f"disk-{room}").mkdir()
        (folder_of(workspace) / room).symlink_to(own_folder / f"disk-{room}")
    with runlog.start("study", outputs=False) as run:
        run.log_text("text", "long " * 20_000)
        run.upload_file("notes", io.BytesIO(b"a note"))
    again = workspace.get_run(run.id)
    assert again.get_metrics()["text"][0].read() == "long " * 20_000
    again.download_file("notes", "copy")
    assert Path("copy").read_bytes() == b"a note"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (EventKind.FILE, {"name": "../../../secret", "size": 1, "sha256": HASH}),
        (EventKind.FILE, {"name": "/etc/passwd", "size": 1, "sha256": HASH}),
        (EventKind.FILE, {"name": "a\0b", "size": 1, "sha256": HASH}),
        (EventKind.FILE, {"name": "a", "size": 1, "sha256": "../../secret"}),
        (EventKind.FILE, {"name": "a", "size": -1, "sha256": HASH}),
        (EventKind.IMAGE, {"name": "a", "size": 1, "sha256": "/dev/zero", "format": "png"}),
        (EventKind.IMAGE, {"name": "a", "size": 1, "sha256": HASH, "format": "../../x"}),
        (
            EventKind.IMAGE,
            {"name": "a", "size": 1, "sha256": HASH, "format": "png", "boxes": {"sha256": "x", "size": 1}},
        ),
        (
            EventKind.IMAGE,
            {
                "name": "a",
                "size": 1,
                "sha256": HASH,
                "format": "png",
                "masks": [{"name": "m", "sha256": "x", "size": 1}],
            },
        ),
        (EventKind.CHILD, {"run_ids": ["fine", "../../elsewhere"]}),
        (EventKind.RUN, {"run_id": "evil", "experiment": "study", "parent": "../../elsewhere"}),
    ],
)
def test_a_state_event_with_a_name_that_leads_elsewhere_is_counted_as_unreadable(workspace, kind, fields):
    make_run(folder_of(workspace), "evil", event(kind, state=True, **fields))
    state = workspace.get_run("evil").state()
    assert (state.unreadable, state.params) == (1, {"before": 1, "after": 2})
    assert (state.files, state.images, state.children, state.parent) == ({}, [], [], None)


@pytest.mark.parametrize(
    "fields",
    [
        {"sha256": "../../x", "format": "txt"},
        {"sha256": HASH, "format": "HOME/x"},
        {"sha256": HASH, "format": "html", "forms": [{"name": "js", "sha256": "/dev/zero", "size": 1}]},
    ],
)
def test_media_that_lead_elsewhere_are_no_metric(workspace, fields):
    make_run(folder_of(workspace), "evil", event(EventKind.MEDIA, name="text", media="text", size=1, **fields))
    assert "text" not in workspace.get_run("evil").get_metrics()


def test_system_facts_whose_content_leads_elsewhere_are_told_without_it(workspace, secret):
    sections = {
        "packages": {"content": {"sha256": str(secret), "size": 1}},
        "git": {"content": {"sha256": "/dev/zero"}},
    }
    make_run(folder_of(workspace), "evil", event(EventKind.SYSTEM, state=True, sections=sections))
    run = workspace.get_run("evil")
    assert run.system.diff is None
    assert run.system["packages"]["incomplete"]


@pytest.mark.timeout(60)
def test_no_garbage_is_removed_where_a_run_names_content_in_a_way_that_can_not_be_read(workspace, secret):
    make_run(folder_of(workspace), "evil", in_blob(EventKind.VALUE, {"sha256": "/dev/zero", "size": 1}))
    with pytest.raises(RunStateError, match="evil"):
        collect(workspace.backend, grace=0)


@pytest.mark.timeout(60)
def test_the_list_of_runs_has_the_others_and_the_hostile_one(workspace, secret):
    import runlog

    with runlog.start("study", outputs=False) as good:
        good.log("loss", 1.0)
    make_run(folder_of(workspace), "evil", in_blob(EventKind.PARAMS, {"sha256": "/dev/zero", "size": 1}, state=True))
    assert {run.id for run in workspace.runs()} == {good.id, "evil"}
    assert [run.id for run in workspace.runs("metrics.loss = 1")] == [good.id]


@pytest.mark.parametrize("run_id", ["../../elsewhere", "..", "", "a/b", "a\0b"])
def test_no_id_of_a_run_leads_out_of_the_workspace(workspace, own_folder, run_id):
    make_run(own_folder / ".runlog" / "runs" / "x", "elsewhere")
    assert not workspace.backend.has_run(run_id)
    for ask in (workspace.backend.state, workspace.backend.delete_run, workspace.backend.claim_run):
        with pytest.raises((RunLogError, WrongValueError)):
            ask(run_id)


def test_folders_that_are_no_runs_are_not_listed_as_some(workspace):
    make_run(folder_of(workspace), "good")
    for name in ("lost+found", ".cache", "a b"):
        (folder_of(workspace) / "runs" / name).mkdir()
    assert workspace.backend.run_ids() == ["good"]
    assert [run.id for run in workspace.runs()] == ["good"]


def _age(*paths: Path) -> None:
    for path in paths:
        os.utime(path, (1, 1))


def test_collecting_garbage_removes_nothing_behind_a_link(workspace, own_folder):
    run = make_run(folder_of(workspace), "run1")
    elsewhere = own_folder / "elsewhere"
    elsewhere.mkdir()
    draft = ".0123456789ab.1.tmp"
    for name in (HASH, draft):
        (elsewhere / name).write_bytes(b"somebody's own")
        _age(elsewhere / name)
    (folder_of(workspace) / "blobs/ab").mkdir(parents=True)
    (folder_of(workspace) / "blobs" / HASH[:2]).symlink_to(elsewhere)
    (folder_of(workspace) / "blobs/ab" / ("ab" * 32)).symlink_to(elsewhere / HASH)
    (run / "files").symlink_to(elsewhere)
    (folder_of(workspace) / "models").mkdir(exist_ok=True)
    (folder_of(workspace) / "models/net").symlink_to(elsewhere)
    collect(workspace.backend, grace=0)
    collect(workspace.backend, grace=0, older_than=0)
    assert sorted(os.listdir(elsewhere)) == [draft, HASH]


def test_what_a_link_leads_to_is_not_moved_to_an_object_store(workspace, own_folder):
    pytest.importorskip("fsspec")
    from runlog.store.offload import offload

    (own_folder / "secret").write_bytes(b"hidden words")
    shelf = folder_of(workspace) / "blobs" / HASH[:2]
    shelf.mkdir(parents=True)
    (shelf / HASH).symlink_to(own_folder / "secret")
    _age(own_folder / "secret")
    assert offload(workspace.backend, f"file://{own_folder}/store", older_than=0).blobs == 0
    assert not list((own_folder / "store").rglob(HASH))


def test_a_run_whose_folder_is_a_link_is_deleted_without_what_it_leads_to(workspace, own_folder):
    make_run(own_folder, "elsewhere")
    (folder_of(workspace) / "runs").mkdir(exist_ok=True)
    (folder_of(workspace) / "runs/linked").symlink_to(own_folder / "runs/elsewhere")
    workspace.backend.delete_run("linked")
    assert workspace.backend.run_ids() == []
    assert os.listdir(own_folder / "runs/elsewhere")
    assert not (folder_of(workspace) / "deleted").exists()


def test_links_and_pipes_in_the_place_of_segments_stop_no_compaction(workspace, own_folder):
    from runlog.journal.compacting import compact_run

    run = make_run(folder_of(workspace), "run1")
    (own_folder / "large").write_bytes(bytes(10_000_000))
    (run / "zzzzzzzzzzzz-points-000000.seal").symlink_to(own_folder / "large")
    os.mkfifo(run / "zzzzzzzzzzzz-points-000001.seal")
    assert compact_run(run).segments == 0
    assert (own_folder / "large").stat().st_size == 10_000_000
