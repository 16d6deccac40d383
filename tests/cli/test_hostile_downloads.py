"""What somebody downloads is written below the folder that they named, whatever a run's or a model's record says."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from runlog import Model, Workspace
from runlog.errors import ModelNotFoundError, RunLogError
from runlog.records import EventKind
from support.events_by_hand import event, make_run

CONTENT = b"echo pwned\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    """The folder of a workspace that has the attacker's content."""
    workspace.backend.put_blob(CONTENT)
    return Path(workspace.backend.location)


@pytest.fixture
def profile(own_folder: Path) -> Path:
    """A file of the user's, beside the folder that is downloaded to."""
    (own_folder / "deep").mkdir()
    path = own_folder / ".bashrc"
    path.write_bytes(b"the user's own")
    return path


def make_model(folder: Path, name: str = "net", **fields: object) -> None:
    record = {"name": name, "version": 1, "created": 1, "run_id": "run1", "experiment": "e", "path": "model"}
    path = folder / "models" / name / "1.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(record | fields))


def file(name: object = "weights", sha256: object = SHA256, size: object = len(CONTENT)) -> dict[str, object]:
    return {"name": name, "sha256": sha256, "size": size}


def paths_out(own_folder: Path) -> list[str]:
    up = "../" * 30
    return [
        "../../.bashrc",
        "../.bashrc",
        f"{up}{str(own_folder)[1:]}/.bashrc",
        f"{own_folder}/.bashrc",
        "a/../../../.bashrc",
    ]


def test_a_model_as_it_should_be_is_downloaded(folder, own_folder, call):
    make_model(folder, files=[file("weights"), file("deep/er")])
    assert call("models", "net", "-d", "deep/out").code == 0
    assert (own_folder / "deep/out/model/weights").read_bytes() == CONTENT
    assert (own_folder / "deep/out/model/deep/er").read_bytes() == CONTENT


@pytest.mark.parametrize("which", range(5))
@pytest.mark.parametrize("field", ["name", "path"])
def test_a_model_whose_record_leads_out_is_no_model_and_writes_nothing(folder, own_folder, profile, call, which, field):
    odd = paths_out(own_folder)[which]
    make_model(folder, **({"files": [file(odd)]} if field == "name" else {"path": odd, "files": [file("")]}))
    make_model(folder, "other", files=[file()])
    assert call("models", "net", "-d", "deep/out").code != 0
    assert profile.read_bytes() == b"the user's own"
    assert sorted(os.listdir(own_folder / "deep")) == []
    assert [one.name for one in Model.list(Workspace(folder))] == ["other"]
    assert call("models", "other", "-d", "deep/out").code == 0


@pytest.mark.parametrize(
    "odd",
    [
        *({"files": [file(sha256=one)]} for one in ("/dev/zero", "../../.bashrc", SHA256.upper(), "", 1)),
        *({"files": [file(size=one)]} for one in (-1, 1 << 63, "x")),
        *({"run_id": one} for one in ("../..", "/x", "a\0b")),
    ],
    ids=str,
)
def test_a_model_of_a_hash_a_size_or_a_run_that_can_not_be_is_none(folder, call, odd):
    make_model(folder, **{"files": [file()], **odd})
    with pytest.raises(ModelNotFoundError):
        Model(Workspace(folder), "net")
    assert call("models").code == 0


def test_a_model_whose_content_is_another_than_registered_is_not_written(folder, own_folder):
    make_model(folder, files=[file()])
    (folder / "blobs" / SHA256[:2] / SHA256).write_bytes(CONTENT[::-1])
    with pytest.raises(RunLogError):
        Model(Workspace(folder), "net").download(own_folder / "out")
    assert [one for one in (own_folder / "out").rglob("*") if one.is_file()] == []


@pytest.mark.parametrize("which", range(5))
@pytest.mark.parametrize("command", ["files", "metrics"])
def test_files_and_pictures_of_a_run_that_lead_out_write_nothing(folder, own_folder, profile, call, which, command):
    odd = paths_out(own_folder)[which]
    size = len(CONTENT)
    make_run(
        folder,
        "evil",
        event(EventKind.FILE, state=True, name=odd, sha256=SHA256, size=size),
        event(EventKind.IMAGE, state=True, name="a", sha256=SHA256, size=size, format=odd),
        event(EventKind.IMAGE, state=True, name=odd, sha256=odd, size=size, format="png"),
        event(EventKind.IMAGE, state=True, name=odd, sha256=SHA256, size=size, format="png"),
        event(EventKind.MEDIA, name=odd, media="text", sha256=SHA256, size=size, format="x/" + odd),
        event(EventKind.MEDIA, name=odd, media="text", sha256=SHA256, size=size, format="txt"),
    )
    assert call(command, "evil", "-d", "deep/out").code == 0
    assert profile.read_bytes() == b"the user's own"
    assert set(os.listdir(own_folder)) <= {".runlog", "deep", ".bashrc"}
    assert set(os.listdir(own_folder / "deep")) <= {"out"}


def test_a_picture_is_saved_under_its_hash_in_the_folder_that_is_named(folder, own_folder):
    image = event(EventKind.IMAGE, state=True, name="a", sha256=SHA256, size=len(CONTENT), format="png")
    make_run(folder, "run1", image)
    (saved,) = Workspace(folder).get_run("run1").get_metrics()["a"]
    (own_folder / "out").mkdir()
    assert saved.save(own_folder / "out") == own_folder / "out" / f"{SHA256[:12]}.png"


@pytest.mark.parametrize("target", ["/dev/ptmx", "pipe", "secret"])
def test_a_link_or_a_pipe_among_the_files_of_a_run_is_not_downloaded(folder, own_folder, run_command, target):
    kept = event(EventKind.FILE, state=True, name="f", sha256=SHA256, size=len(CONTENT))
    run = make_run(folder, "run1", kept)
    (run / "files").mkdir()
    (own_folder / "secret").write_bytes(CONTENT)
    if target == "pipe":
        os.mkfifo(run / "files/f")
    else:
        (run / "files/f").symlink_to(own_folder / "secret" if target == "secret" else target)
    done = run_command("files", "run1", "-d", "out")
    assert done.returncode != 0
    assert "can't be read" in done.stderr
    assert not (own_folder / "out/f").exists()


@pytest.mark.parametrize("command", [("gc", "-n"), ("runs",), ("show", "run1"), ("doctor",), ("logs", "run1")])
@pytest.mark.parametrize("name", ["000000000001.pack", "zzzzzzzzzzzz.pack", "zzzzzzzzzzzz-events-000000.seal"])
def test_a_device_in_the_place_of_a_segment_ends_no_command(folder, run_command, command, name):
    run = make_run(folder, "run1")
    (run / name).symlink_to("/dev/zero")
    done = run_command(*command)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [("runs",), ("doctor",), ("gc", "-n")])
def test_a_pipe_in_the_place_of_the_settings_keeps_nobody_waiting(folder, run_command, command):
    make_run(folder, "run1")
    (folder / "workspace.json").unlink(missing_ok=True)
    os.mkfifo(folder / "workspace.json")
    assert "Traceback" not in run_command(*command).stderr
