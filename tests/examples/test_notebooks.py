"""The notebooks, executed cell by cell in a kernel of their own, and what their runs hold afterwards."""

from __future__ import annotations

import functools
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from runlog import Workspace
from support.scripts import clean_environment

NOTEBOOKS = Path(__file__).resolve().parents[2] / "examples" / "notebooks"
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """`executed(name)`: the workspace that a notebook left in a folder of its own, and the notebook with its outputs."""

    @functools.cache
    def execute(name):
        folder = tmp_path_factory.mktemp(name)
        environment = clean_environment()
        del environment["MPLBACKEND"]  # as in a notebook that somebody opened
        notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
        client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
        client.execute(env=environment)
        return Workspace(folder), notebook

    return execute


def shown(notebook):
    """All text that the cells print or show."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(one.get("text") or one.get("data", {}).get("text/plain", "") for one in outputs)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)


def test_the_notebook_that_trains_finds_and_registers_the_best_model(executed):
    workspace, notebook = executed("train-on-local")
    (run,) = workspace.runs()
    assert (run.status, run.experiment.name, run.dropped) == ("Completed", "train-on-local", 0)
    metrics = run.get_metrics()
    assert (len(metrics["alpha"]), len(metrics["mse"])) == (20, 20)
    assert [record.level for record in run.records(logger="train")] == ["DEBUG", *["INFO"] * 20]
    assert run.get_file_names() == [f"outputs/ridge_{0.05 * number:.2f}.pkl" for number in range(20)]
    model = workspace.models["best_ridge_model"]
    assert (model.version, model.tags, model.run) == (1, {"alpha": "0.4"}, run)
    assert "the best alpha is 0.40" in shown(notebook)


def test_the_notebook_of_data_types_reads_back_what_it_logged(executed):
    workspace, notebook = executed("logging-api")
    (run,) = workspace.runs()
    assert (run.status, run.experiment.name, run.dropped) == ("Completed", "logging-api-test", 0)
    metrics = run.get_metrics()
    assert list(metrics)[:8] == [
        *("Category", "scale factor", "Magic Number", "Fibonacci"),
        *("Sigmoid", "Cosine Wave", "Sine Wave", "Hyperbolic Tangent"),
    ]
    assert metrics["Fibonacci"] == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89]
    assert (len(metrics), len(metrics["test/999"])) == (3_008, 15)
    assert run.get_tags() == {"My Favorite Run": None, "Competition Rank": "1"}
    assert run.get_file_names() == ["logging-api/myfile.txt"]
    assert "'Magic Number': [84]" in shown(notebook)


@pytest.mark.parametrize("name", [path.stem for path in PATHS])
def test_a_notebook_shows_no_error_and_no_warning_that_it_does_not_speak_of(executed, name):
    _, notebook = executed(name)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    errors = [one for one in outputs if one.output_type == "error"]
    warned = "".join(one.text for one in outputs if one.output_type == "stream" and "Warning" in one.text)
    assert (errors, warned) == ([], "")
