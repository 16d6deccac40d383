"""The newest runs: by the index where there is one, else by the names of files, and with one answer."""

from __future__ import annotations

import os

import pytest

from runlog import Experiment
from runlog.reading.run_reference import newest_first, resolve
from runlog.store import folder as folder_module
from runlog.store.index.tables import FILE


@pytest.fixture
def runs(workspace, monkeypatch):
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")
    made = []
    for _ in range(5):
        with Experiment(workspace, "study").start_logging(outputs=False) as run:
            run.log("loss", 1.0)
        made.insert(0, run.id)
    return made


def test_a_list_makes_no_index(workspace, runs):
    assert list(newest_first(workspace.backend)) == runs
    assert not (workspace.backend.folder / FILE).exists()


def test_with_an_index_the_answer_is_the_same_and_no_folder_of_a_run_is_listed(workspace, runs, monkeypatch):
    workspace.backend.store().rebuild()
    assert (workspace.backend.folder / FILE).exists()
    listed = []
    monkeypatch.setattr(folder_module.FolderBackend, "first_writer", lambda self, run_id: listed.append(run_id) or "")
    assert list(newest_first(workspace.backend)) == runs
    assert resolve(workspace.backend, "latest") == runs[0]
    assert resolve(workspace.backend, "latest~3") == runs[2]
    assert listed == []


def test_a_run_that_began_since_the_index_was_made_is_the_first(workspace, runs):
    workspace.backend.store().rebuild()
    with Experiment(workspace, "study").start_logging(outputs=False) as run:
        assert list(newest_first(workspace.backend)) == [run.id, *runs]


def test_an_index_that_is_damaged_is_no_matter(workspace, runs):
    workspace.backend.store().rebuild()
    workspace.backend.store().close()
    path = workspace.backend.folder / FILE
    path.write_bytes(os.urandom(path.stat().st_size))
    assert list(newest_first(workspace.backend)) == runs
