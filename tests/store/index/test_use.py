"""Where queries go through the index by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from runlog import Experiment
from runlog.cli.program import run_program
from runlog.store import folder
from runlog.store.index.tables import FILE


@pytest.fixture
def runs(workspace, monkeypatch):
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")
    made = []
    for number in range(3):
        with Experiment(workspace, "study").start_logging(outputs=False) as run:
            run.log("loss", float(number))
        made.append(run)
    return made


def test_few_runs_are_read_from_their_journals(workspace, runs):
    assert list(workspace.runs("metrics.loss > 0 order by metrics.loss")) == runs[1:]
    assert not (Path(workspace.location) / FILE).exists()


def test_many_runs_are_found_by_the_index(workspace, runs, monkeypatch):
    monkeypatch.setattr(folder, "INDEXED_FROM", 3)
    assert list(workspace.runs("metrics.loss > 0 order by metrics.loss")) == runs[1:]
    assert (Path(workspace.location) / FILE).exists()
    assert workspace.runs("metrics.loss > 1")[0].experiment_name == "study"


def test_the_command_line_lists_the_same(workspace, runs, capsys):
    run_program(["runs", "metrics.loss > 0 order by metrics.loss"])
    before = capsys.readouterr().out
    run_program(["index", "rebuild"])
    assert capsys.readouterr().out.startswith("indexed 3 runs in ")
    run_program(["runs", "metrics.loss > 0 order by metrics.loss"])
    assert capsys.readouterr().out == before
