"""Workspaces that earlier versions wrote, with their indexes and the server's database, are read as they were meant.

`kept/` has one of each layout, as a zip; a new layout adds one, and none is ever changed. In each is what `EXPECTED` says.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from runlog import Workspace
from runlog.store.folder import FolderBackend
from runlog.store.indexed import IndexedStore

KEPT = Path(__file__).with_name("kept")
VERSIONS = sorted(path.stem for path in KEPT.glob("*.zip"))


@pytest.fixture(params=VERSIONS)
def folder(request, own_folder) -> Path:
    place = own_folder / ".runlog"
    with zipfile.ZipFile(KEPT / f"{request.param}.zip") as kept:
        kept.extractall(place)
    return place


def test_there_is_one_of_each_layout():
    assert VERSIONS == ["workspace-v1"]


def test_its_runs_are_read(folder):
    workspace = Workspace(folder)
    assert workspace.name == "kept"
    run = workspace.get_run("first")
    assert (run.status, run.name, run.tags) == ("Completed", "ridge", {"team": "vision"})
    assert run.params == {"alpha": 0.4, "seed": 0}
    metrics = run.get_metrics()
    assert metrics["loss"] == [1 / (step + 1) for step in range(20)]
    assert metrics["list"] == [1, 2.5, None]
    assert (metrics["row"], metrics["table"]) == ({"x": [1], "y": ["a"]}, {"x": [1, 2], "y": ["a", "b"]})
    assert metrics["text"][0].read() == "long " * 5000
    records = list(run.records(logger="train"))
    assert [record.message for record in records] == [*(f"step {step}" for step in range(20)), "failed"]
    assert records[-1].exception.type == "ZeroDivisionError"
    assert run.get_properties()["data"] == "v2"
    assert [child.get_metrics() for child in run.get_children()] == [{"loss": [0.25]}]
    assert workspace.models["ridge"].download(folder.parent / "fetched").read_bytes() == b"weights" * 100
    assert list(workspace.experiments) == ["sweep"]


def test_what_a_killed_process_left_is_read(folder):
    run = Workspace(folder).get_run("killed")
    assert run.get_metrics() == {"loss": [0.5]}
    assert [record.message for record in run.records(logger="train")] == ["going on"]


def test_its_indexes_answer(folder):
    store = IndexedStore(FolderBackend(folder))
    assert [run.id for run in store.find_runs("metrics.loss = 0.5").items] == ["killed"]
    assert len(store.find_runs().items) == 3
    store.close()
    assert [found.run_id for found in Workspace(folder).records('"step 7"')] == ["first"]


def test_the_tokens_of_its_server_hold(folder):
    pytest.importorskip("fastapi")
    from runlog.server.database import Database
    from runlog.server.roles import Role
    from runlog.server.tokens import Tokens

    database = Database(folder)
    assert [(token.name, token.role) for token in Tokens(database).list()] == [("ada", Role.WRITER)]
    database.close()
