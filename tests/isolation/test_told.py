"""What can't be read is told by its name: in lists, by `runlog show` and `runlog doctor`, and by a server."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from runlog import Experiment
from support.hostile_runs import PLANTS
from support.scripts import clean_environment
from support.server_process import started_server
from support.waiting import until


@pytest.fixture
def folder(workspace, monkeypatch) -> Path:
    """Of a workspace with a run like any other."""
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")
    Experiment(workspace, "fine").start_logging(display_name="good", outputs=False).complete()
    return Path(workspace.location)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runlog", *arguments],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_run_that_can_not_be_read_is_listed_and_show_says_why(folder):
    PLANTS["a segment of a newer version"](folder)
    listed = command("runs")
    assert listed.returncode == 0
    assert any("odd" in line and "Unreadable" in line for line in listed.stdout.splitlines())
    assert any("good" in line and "Completed" in line for line in listed.stdout.splitlines())
    only = command("runs", "--status", "unreadable")
    assert "odd" in only.stdout
    assert "good" not in only.stdout
    shown = command("show", "odd")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert "version 99" in shown.stderr
    assert len(shown.stderr.splitlines()) == 1


def test_a_table_of_runs_has_those_that_can_not_be_read(workspace, folder):
    PLANTS["a segment of a newer version"](folder)
    runs = workspace.runs()
    frame = runs.to_pandas()
    assert dict(zip(frame["id"], frame["status"], strict=True))["odd"] == "Unreadable"
    assert "Unreadable" in runs._repr_html_()


def test_compaction_of_the_others_goes_on_and_tells_of_the_run_that_stays(folder):
    run = folder / "runs" / "odd"
    run.mkdir()
    (run / "000000000001-points-000000.seal").mkdir()
    ended = command("compact")
    assert "compacted" in ended.stdout
    assert ended.returncode == (1 if "odd" in ended.stderr else 0)
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("plant", "name"),
    [
        ("an experiment nested too deeply", "experiments/odd.json"),
        ("a model of odd values", "models/odd/1.json"),
        ("a model nested too deeply", "models/odd/1.json"),
    ],
)
def test_doctor_names_the_record_that_can_not_be_read(folder, plant, name):
    PLANTS[plant](folder)
    found = json.loads(command("doctor", "--json").stdout)
    (told,) = [one for one in found if one["subject"] == "records"]
    assert name in told["text"]
    assert told["remedy"]


def test_doctor_tells_of_an_index_that_another_process_holds(folder):
    command("index", "rebuild")
    with_lock = sqlite3.connect(folder / "index.sqlite", isolation_level=None)
    with_lock.execute("BEGIN IMMEDIATE")
    found = json.loads(command("doctor", "--json").stdout)
    with_lock.close()
    (told,) = [one for one in found if one["subject"] == "index"]
    assert "index.sqlite" in told["text"]
    assert "locked" in told["text"]
    assert not [one for one in json.loads(command("doctor", "--json").stdout) if one["subject"] == "index"]


def test_a_model_that_says_it_is_another_is_no_version_of_that_one(workspace, folder):
    from runlog.models import Model

    path = folder / "models" / "odd" / "1.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"name": "net", "version": 7, "run_id": "r", "path": "p", "files": []}))
    assert Model.list(workspace) == []
    assert "net" in command("doctor").stdout


def test_an_experiment_that_says_it_is_another_does_not_stand_for_that_one(workspace, folder):
    (folder / "experiments" / "odd.json").write_text(json.dumps({"name": "fine", "archived": 1}))
    assert list(workspace.experiments) == ["fine"]


def test_a_server_says_that_its_index_can_not_be_kept_and_goes_on(tmp_path):
    folder = tmp_path / "served"
    (folder / ".runlog" / "index.sqlite").mkdir(parents=True)
    with started_server(folder / ".runlog") as server:
        reader = server.client("reader")
        assert reader("GET", "/api/v1/runs").json() == {"items": [], "cursor": None}
        ready = server.client(None)("GET", "/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "ok")
        (trouble,) = ready.json()["troubles"]
        assert "index of runs" in trouble
        assert os.fspath(folder) not in trouble
        until(lambda: "can't be used" in server.told())
        assert server.stop() == 0
