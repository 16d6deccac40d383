"""Documents (confusion matrices and their kin) in `runlog metrics` and `runlog export`."""

from __future__ import annotations

import json

import pytest

from support.schema_documents import ACCURACY, CONFUSION, PREDICTIONS, RESIDUALS


@pytest.fixture
def run(start):
    with start() as run:
        run.log("loss", 0.5)
        run.log_confusion_matrix("cm", {**CONFUSION, "note": "first"})
        run.log_confusion_matrix("cm", CONFUSION, step=7)
        run.log_residuals("left", RESIDUALS)
        run.log_predictions("guess", PREDICTIONS)
        run.log_accuracy_table("curves", ACCURACY)
    return run


def rows(call, *arguments):
    return [line.split() for line in call("metrics", "latest", *arguments).lines]


def test_all_documents_stand_among_the_metrics(call, run):
    table = rows(call)
    assert ["loss", "1", "0.5", "▄"] in table
    assert ["cm", "2", "confusion_matrix", "of", "2", "classes"] in table
    assert ["left", "1", "residuals"] in table


def test_the_last_confusion_matrix_of_a_name_is_a_table(call, run):
    first, *table = rows(call, "cm")
    assert first[:7] == ["cm:", "confusion_matrix", "of", "2", "classes,", "2", "logged,"]
    assert first[-2:] == ["step", "7"]
    assert table == [["true", "\\", "predicted", "cat", "dog"], ["cat", "30", "2"], ["dog", "1", "7"]]


def test_other_documents_are_tables_of_their_bins_and_thresholds(call, run):
    assert rows(call, "left")[1:] == [["from", "to", "count"], ["-1", "0", "12"], ["0", "1", "0.88"]]
    assert rows(call, "guess")[1:] == [
        ["from", "to", "count", "average", "error"],
        ["0", "0.5", "56", "0.25", "0.01"],
        ["0.5", "1", "34", "0.75", "0.04"],
    ]
    assert rows(call, "curves")[1:] == [
        ["class", "threshold", "TP", "FP", "TN", "FN"],
        ["a", "0", "4", "6", "0", "0"],
        ["a", "0.5", "3", "1", "5", "1"],
        ["b", "0", "6", "4", "0", "0"],
        ["b", "0.5", "2", "1", "3", "4"],
    ]


def test_json_has_a_line_for_each_document(call, run):
    lines = [json.loads(line) for line in call("metrics", "latest", "cm", "--json").lines]
    assert [(line["name"], line["index"], line["step"]) for line in lines] == [("cm", 0, None), ("cm", 1, 7)]
    assert [line["value"] for line in lines] == [{**CONFUSION, "note": "first"}, CONFUSION]


def test_csv_has_the_scalars_and_refuses_a_document(call, run):
    assert [line.split(",")[0] for line in call("metrics", "latest", "--csv").lines] == ["name", "loss"]
    ended = call("metrics", "latest", "cm", "--csv")
    assert ended.code == 2
    assert "use --json" in ended.err


def test_an_export_has_documents_properties_and_new_names(call, start):
    with start("first") as run:
        run.tag("a")
        run.remove_tags(["a"])
        run.add_properties({"commit": "abc"})
        run.display_name = "second"
        run.log_residuals("left", RESIDUALS, step=3)
    lines = [json.loads(line) for line in call("export", "latest").lines]
    by_type = {line["type"]: line for line in lines}
    assert by_type["document"]["document"] == RESIDUALS
    assert (by_type["document"]["name"], by_type["document"]["step"]) == ("left", 3)
    assert by_type["properties"]["values"] == {"commit": "abc"}
    assert by_type["renamed"]["name"] == "second"
    assert by_type["tags"]["removed"] == ["a"]
    first = next(line for line in lines if line["type"] == "tags")
    assert first["values"] == {"a": None}
    assert "removed" not in first
