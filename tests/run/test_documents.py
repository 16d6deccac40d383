"""`run.log_confusion_matrix` and its kin: kept, read back here, elsewhere and after a crash."""

from __future__ import annotations

import inspect
import json

import numpy as np
import pytest

import runlog
from runlog import Experiment, Workspace
from runlog.errors import MetricKindError, WrongTypeError, WrongValueError
from support.schema_documents import ACCURACY, PREDICTIONS, RESIDUALS


def confusion(*rows, labels="ab"):
    data = {"class_labels": list(labels), "matrix": [*rows]}
    return {"schema_type": "confusion_matrix", "schema_version": "1.0.0", "data": data}


@pytest.fixture
def run(workspace):
    return Experiment(workspace, "documents").start_logging(outputs=False)


def elsewhere(run):
    """The same run, as another process would find it."""
    return Workspace(run.experiment.workspace.location).get_run(run.id)


def test_documents_of_a_name_come_back_in_the_order_they_were_logged(run):
    first, second = confusion([1, 2], [3, 4]), confusion([5, 6], [7, 8])
    run.log_confusion_matrix("cm", first)
    run.log("loss", 0.5)
    run.log_confusion_matrix("cm", json.dumps(second))
    assert run.get_metrics() == {"cm": [first, second], "loss": [0.5]}
    assert elsewhere(run).get_metrics("cm") == {"cm": [first, second]}


def test_each_kind_of_document_has_its_call(run):
    run.log_confusion_matrix("c", confusion([1, 2], [3, 4]))
    run.log_accuracy_table("a", ACCURACY)
    run.log_residuals("r", RESIDUALS)
    run.log_predictions("p", PREDICTIONS)
    run.complete()
    metrics = elsewhere(run).get_metrics()
    assert list(metrics) == ["c", "a", "r", "p"]
    assert [metrics[name][0].kind for name in metrics] == [
        "confusion_matrix",
        "accuracy_table",
        "residuals",
        "predictions",
    ]
    assert (metrics["a"], metrics["r"], metrics["p"]) == ([ACCURACY], [RESIDUALS], [PREDICTIONS])


@pytest.mark.parametrize("method", ["log_confusion_matrix", "log_accuracy_table", "log_residuals", "log_predictions"])
def test_the_arguments_are_those_of_azure_ml_and_step_goes_by_name(method):
    parameters = inspect.signature(getattr(runlog.Run, method)).parameters
    assert list(parameters) == ["self", "name", "value", "description", "step"]
    assert parameters["step"].kind is inspect.Parameter.KEYWORD_ONLY


def test_a_document_knows_its_step_and_its_time(run):
    run.log_confusion_matrix("cm", confusion([1, 2], [3, 4]), step=7)
    run.log_confusion_matrix("cm", confusion([1, 2], [3, 4]))
    first, second = run.get_metrics()["cm"]
    assert (first.name, first.step, second.step) == ("cm", 7, None)
    assert first.time <= second.time
    assert run.step == 7
    assert json.loads(json.dumps(first)) == first


def test_a_description_is_kept(run):
    run.log_residuals("r", RESIDUALS, "of the test set")
    assert elsewhere(run).state().series["r"].description == "of the test set"
    assert elsewhere(run).state().series["r"].kind == "residuals"


@pytest.mark.parametrize("given", [np.arange(2), np.array(["a", ""]), 5])
def test_a_description_that_is_no_text_is_refused(run, given):
    with pytest.raises(WrongTypeError, match="description"):
        run.log_residuals("r", RESIDUALS, given)


def test_nothing_is_kept_of_a_document_that_does_not_fit(run):
    with pytest.raises(WrongValueError, match=r"data\.matrix\[1\]: 1 elements, but 2 are needed"):
        run.log_confusion_matrix("cm", confusion([1, 2], [3]))
    with pytest.raises(WrongTypeError, match=r"data\.matrix\[0\]\[1\]: the str 'x'"):
        run.log_confusion_matrix("cm", confusion([1, "x"], [3, 4]))
    assert run.get_metrics() == {}
    run.log("cm", 1.0)  # the name is still free


def test_a_name_keeps_its_kind(run):
    run.log("loss", 1.0)
    run.log_residuals("r", RESIDUALS)
    with pytest.raises(MetricKindError, match="scalar"):
        run.log_residuals("loss", RESIDUALS)
    with pytest.raises(MetricKindError, match=r"run\.log_residuals"):
        run.log_predictions("r", PREDICTIONS)
    with pytest.raises(MetricKindError, match="residuals"):
        elsewhere(run).log("r", 1.0)


def test_a_document_too_large_for_the_journal_is_kept_all_the_same(run):
    size = 600
    matrix = np.arange(size * size).reshape(size, size) + 10**9
    run.log_confusion_matrix("large", confusion(*matrix, labels=map(str, range(size))))
    (document,) = elsewhere(run).get_metrics()["large"]
    assert document["data"]["matrix"] == matrix.tolist()


def test_azures_shape_is_the_first_document(run):
    run.log_residuals("r", RESIDUALS)
    run.log_residuals("r", {**RESIDUALS, "note": "second"})
    assert run.get_metrics(shape="azure") == {"r": RESIDUALS}


def test_documents_survive_the_kill_of_their_process(run_script, workspace):
    run_script(
        f"""
        import os, signal, runlog
        run = runlog.start("killed")
        run.log_residuals("r", {RESIDUALS!r}, step=1)
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        check=False,
    )
    (run,) = workspace.runs()
    assert run.status == "Crashed"
    assert run.get_metrics() == {"r": [RESIDUALS]}
    assert run.get_metrics()["r"][0].step == 1
