"""A backup of a workspace into which somebody put links, pipes and names that lead out has its own files only."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from runlog import Experiment, Workspace
from runlog.records import EventKind
from runlog.store.backup import back_up
from support.events_by_hand import event, in_blob, make_run

HASH = "0123456789abcdef" * 4
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    """The folder of a workspace with an honest run that has a file and content."""
    with Experiment(workspace, "study").start_logging(run_id="honest", outputs=False) as run:
        run.log_text("text", "long " * 20_000)
        Path("notes").write_bytes(b"a note")
        run.upload_file("deep/notes", "notes")
    return Path(workspace.backend.location)


@pytest.fixture
def secret(own_folder: Path) -> Path:
    (own_folder / "secret").write_bytes(b"hidden words")
    return own_folder / "secret"


def is_honest_run_there(copy: Path) -> bool:
    run = Workspace(copy).get_run("honest")
    return run.get_metrics()["text"][0].read() == "long " * 20_000 and list(run.state().files) == ["deep/notes"]


def files_in(copy: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(copy.rglob("*")) if one.is_file())


@pytest.mark.parametrize(
    "name", ["/dev/zero", "../../../../secret", "../../../secret", "/etc/hostname", "a/../../../../../secret", ""]
)
def test_a_file_event_that_leads_out_is_left_out_of_the_copy(folder, secret, own_folder, name):
    run = make_run(folder, "evil", event(EventKind.FILE, state=True, name=name, size=0, sha256=HASH))
    (run / f"{'0' * 11}1.lock").touch()  # so that somebody may be writing to it
    target = own_folder / "backups" / "copy"
    (own_folder / "backups").mkdir()
    (own_folder / "backups" / "secret").write_bytes(b"the admin's own")
    assert back_up(folder, target).runs == 2
    assert is_honest_run_there(target)
    assert secret.read_bytes() == b"hidden words"
    assert (own_folder / "backups" / "secret").read_bytes() == b"the admin's own"
    assert b"hidden words" not in files_in(target)


@pytest.mark.parametrize("place", ["runs/honest/files/link", "blobs/ff/" + "f" * 64, "models/link", "experiments/link"])
def test_links_are_not_followed_into_a_copy(folder, secret, own_folder, place):
    link = folder / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(secret)
    back_up(folder, own_folder / "copy")
    assert is_honest_run_there(own_folder / "copy")
    assert not (own_folder / "copy" / place).exists()
    assert b"hidden words" not in files_in(own_folder / "copy")


def test_a_link_to_a_folder_is_not_followed_into_a_copy(folder, own_folder):
    (own_folder / "elsewhere").mkdir()
    (own_folder / "elsewhere" / "notes").write_bytes(b"hidden words")
    (folder / "runs/honest/files/elsewhere").symlink_to(own_folder / "elsewhere")
    back_up(folder, own_folder / "copy")
    assert b"hidden words" not in files_in(own_folder / "copy")


@pytest.mark.parametrize(
    "place",
    [
        "runs/honest/files/pipe",
        f"runs/honest/{'z' * 12}-events-000000.open",
        f"runs/honest/{'z' * 12}.lease",
        "blobs/ab/x",
    ],
)
def test_nobody_waits_for_a_pipe(folder, own_folder, place):
    pipe = folder / place
    pipe.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(pipe)
    back_up(folder, own_folder / "copy")
    assert is_honest_run_there(own_folder / "copy")


@pytest.mark.parametrize("name", ["server.sqlite", "notes.sqlite"])
def test_a_database_keeps_who_may_read_it(folder, own_folder, name):
    with closing(sqlite3.connect(folder / name)) as database:
        database.execute("CREATE TABLE secret (text)")
    (folder / name).chmod(0o600)
    (folder / "runs/honest/files/deep/notes").chmod(0o640)
    back_up(folder, own_folder / "copy")
    assert stat.S_IMODE((own_folder / "copy" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((own_folder / "copy" / "runs/honest/files/deep/notes").stat().st_mode) == 0o640


def test_a_link_in_the_place_of_a_database_or_of_the_settings_is_not_followed(folder, secret, own_folder):
    (folder / "other.sqlite").symlink_to(secret)
    (folder / ".gitignore").unlink()
    (folder / ".gitignore").symlink_to(secret)
    back_up(folder, own_folder / "copy")
    assert is_honest_run_there(own_folder / "copy")
    assert b"hidden words" not in files_in(own_folder / "copy")


def test_a_run_whose_events_can_not_be_read_is_copied_as_it_is(folder, own_folder):
    run = make_run(
        folder,
        "evil",
        event(EventKind.FILE, state=True, name=1, size="x", sha256=[]),
        in_blob(EventKind.FILE, {"sha256": "/dev/zero", "size": 1}, state=True),
    )
    (run / f"{'0' * 11}1.lock").touch()
    back_up(folder, own_folder / "copy")
    assert Workspace(own_folder / "copy").get_run("evil").state().params == {"before": 1, "after": 2}


def test_folders_that_are_links_of_the_workspaces_owner_are_copied(workspace, own_folder):
    folder = Path(workspace.backend.location)
    for room in ("runs", "blobs"):
        (own_folder / f"disk-{room}").mkdir()
        (folder / room).symlink_to(own_folder / f"disk-{room}")
    with Experiment(workspace, "study").start_logging(run_id="honest", outputs=False) as run:
        run.log_text("text", "long " * 20_000)
        Path("notes").write_bytes(b"a note")
        run.upload_file("deep/notes", "notes")
    back_up(folder, own_folder / "copy")
    assert is_honest_run_there(own_folder / "copy")
