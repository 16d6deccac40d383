"""Lists of runs as frames: one row a run, with the last value of each of its metrics."""

from __future__ import annotations

import math
from datetime import date, datetime, timezone
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from runlog import Experiment
from runlog.reading.moments import time_of
from runlog.store import folder
from support import schema_documents
from support.run_model import typed

VALUES = [0.5, 3, True, None, "x", math.nan, -math.inf, 1 << 64, 10**5000, Decimal("1.10"), Fraction(1, 3), -0.0]
VALUES += [date(2026, 1, 31), datetime(1960, 1, 1, tzinfo=timezone.utc), np.longdouble("0.1"), np.float32(0.1)]


@pytest.fixture
def varied(workspace, monkeypatch):
    """Runs with values of every type and metrics of every kind."""
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")
    experiment = Experiment(workspace, "varied")
    for number, value in enumerate(VALUES):
        run = experiment.start_logging(tags={"t": str(number), "empty": None}, outputs=False)
        run.log("first", 0.25)
        run.log("value", 1)
        run.log("value", value)
        run.log_list("list", [value, number])
        run.log_params({"p": value, "opt": {"lr": 0.1}, "l": [value]})
        run.log_row("row", a=1)
        run.log_text("text", "long")
        if number % 4 == 0:
            run.log_residuals("residuals", schema_documents.RESIDUALS)
            run.log_image("image", image=np.zeros((2, 2), np.uint8))
        (run.complete if number % 3 else run.fail)()
    experiment.start_logging(display_name="empty", outputs=False).cancel()
    experiment.start_logging(display_name="open", outputs=False).log("value", 7)
    return workspace


def expected(run) -> dict:
    """A row, from everything that the run gives back."""
    state = run.state()
    row = {"id": run.id, "name": state.name, "experiment": "varied", "status": run.status}
    row |= {"created": time_of(state.created), "ended": time_of(state.ended)}
    row |= {f"params.{name}": value for name, value in run.params.items()}
    row |= {f"tags.{name}": value for name, value in run.tags.items()}
    for name, values in run.get_metrics().items():
        if isinstance(values, list) and not hasattr(values[-1], "sha256"):
            row[f"metrics.{name}"] = values[-1]
    return row


def rows(runs) -> list[dict]:
    return [dict(row) for row in (run_row(one) for one in runs._glances())]


def run_row(one):
    from runlog.run_list import _row

    return _row(one)


def test_a_row_has_the_last_values_exactly_as_the_run_gives_them_back(varied):
    runs = varied.runs()
    assert [typed(row) for row in rows(runs)] == [typed(expected(run)) for run in runs]
    frame = runs.to_pandas()
    assert len(frame) == len(VALUES) + 2
    assert list(frame["id"]) == [run.id for run in runs]
    assert str(frame)


def test_the_index_gives_the_same_rows_without_reading_any_journal(varied, monkeypatch):
    runs = varied.runs()
    before = [typed(row) for row in rows(runs)]
    monkeypatch.setattr(folder, "INDEXED_FROM", 1)
    varied.backend.store().refresh()
    plain = [run for run in runs if "residuals" not in run.get_metrics()]
    monkeypatch.setattr(folder.FolderBackend, "journal", lambda *_: pytest.fail("a journal was read"))
    chosen = {run.id for run in plain}
    assert [typed(row) for row in rows(type(runs)(plain))] == [
        row for row in before if row["id"][1].strip("'") in chosen
    ]


def test_the_index_gives_the_last_document_of_a_name_too(varied, monkeypatch):
    runs = varied.runs()
    before = [typed(row) for row in rows(runs)]
    monkeypatch.setattr(folder, "INDEXED_FROM", 1)
    assert [typed(row) for row in rows(runs)] == before


def test_a_run_that_was_deleted_meanwhile_is_left_out_of_what_the_index_gives(varied, monkeypatch):
    monkeypatch.setattr(folder, "INDEXED_FROM", 1)
    runs = varied.runs()
    runs[1].delete()
    assert list(runs.to_pandas()["id"]) == [run.id for run in runs if run != runs[1]]
