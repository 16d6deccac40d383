"""Rows like those that came before take a short way, and are kept as any other."""

from __future__ import annotations

import math
import os
from typing import Any

import pytest

import runlog
from runlog import Experiment, Run
from runlog.errors import MetricKindError, WrongTypeError
from runlog.redaction import process


@pytest.fixture
def run(workspace) -> Any:
    with Experiment(workspace, "rows").start_logging(outputs=False) as run:
        yield run


def rows(run: Run, name: str = "cosine") -> Any:
    return run.get_metrics()[name]


VALUES = [0.5, 3, -(2**63), 2**63 - 1, 2**70, True, "text", None, math.inf, -0.0]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_the_same_in_the_first_row_and_in_those_like_it(run, value: Any):
    for _ in range(3):
        run.log_row("cosine", angle=1.0, cos=value)
    assert rows(run) == {"angle": [1.0] * 3, "cos": [value] * 3}
    assert {type(one) for one in rows(run)["cos"]} == {type(value)}


def test_any_value_may_follow_any_other(run):
    for value in VALUES:
        run.log_row("cosine", angle=1.0, cos=value)
    assert rows(run)["cos"] == VALUES


def test_columns_may_come_in_another_order_and_number(run):
    run.log_row("cosine", angle=1.0, cos=2.0)
    run.log_row("cosine", cos=3.0, angle=4.0)
    run.log_row("cosine", angle=5.0)
    run.log_row("cosine")
    run.log_row("cosine", angle=6.0, cos=7.0)
    assert rows(run) == {"angle": [1.0, 4.0, 5.0, None, 6.0], "cos": [2.0, 3.0, None, None, 7.0]}


def test_names_that_are_kept_in_another_form_stay_so(run):
    for _ in range(3):
        run.log_row(" cosine ", **{" angle ": 1.0, "angle": 2.0})
    assert rows(run) == {"angle": [1.0] * 3, "angle (2)": [2.0] * 3}


def test_the_step_of_each_row_is_kept(run):
    for step in (0, 5, 3):
        run.log_row("cosine", step=step, cos=0.5)
        assert run.step == step
    run.log_row("cosine", step=2.5, cos=0.5)
    run.log_row("cosine", step="no step", cos=0.5)
    assert rows(run)["step"] == [0, 5, 3, 2.5, "no step"]


def test_a_value_that_is_none_raises_after_rows_like_it(run):
    for _ in range(3):
        run.log_row("cosine", cos=0.5)
    with pytest.raises(WrongTypeError):
        run.log_row("cosine", cos=[0.5])
    with pytest.raises(WrongTypeError):
        run.log_row(["cosine"], cos=0.5)
    assert rows(run) == {"cos": [0.5] * 3}


def test_a_name_of_another_kind_is_refused_each_time(run):
    run.log("loss", 0.5)
    for _ in range(3):
        with pytest.raises(MetricKindError):
            run.log_row("loss", cos=0.5)


def test_a_description_that_comes_later_is_kept(run):
    for _ in range(3):
        run.log_row("cosine", cos=0.5)
    run.log_row("cosine", "of an angle", cos=0.5)
    assert run.state().series["cosine"].description == "of an angle"
    assert rows(run) == {"cos": [0.5] * 4}


def test_rows_after_the_end_are_kept_as_late(workspace, heard):
    run = Experiment(workspace, "rows").start_logging(outputs=False)
    for _ in range(3):
        run.log_row("cosine", cos=0.5)
    run.complete()
    for _ in range(3):
        run.log_row("cosine", cos=0.25)
    assert rows(run) == {"cos": [0.5] * 3 + [0.25] * 3}
    assert sum("logged to after its end" in message for message in heard.messages) == 1


def test_rows_of_a_forked_child_are_kept(run):
    for _ in range(3):
        run.log_row("cosine", cos=0.5)
    child = os.fork()
    if child == 0:
        try:
            for _ in range(3):
                run.log_row("cosine", cos=0.25)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert sorted(rows(run)["cos"]) == [0.25] * 3 + [0.5] * 3


def test_many_rows_fill_segment_after_segment(run):
    for number in range(40_000):
        run.log_row("cosine", angle=float(number), cos=0.5)
    assert rows(run)["angle"] == [float(number) for number in range(40_000)]


def test_what_becomes_a_secret_later_is_hidden_in_rows_like_those_before(run, monkeypatch):
    monkeypatch.setattr(process, "_told", process._Told())
    try:
        for _ in range(3):
            run.log_row("cosine", **{"tiger-lily": 0.5})
        runlog.redact(values=["tiger-lily"])
        run.log_row("cosine", **{"tiger-lily": 0.25})
        run.log_row("cosine", **{"tiger-lily": 0.25})
    finally:
        monkeypatch.undo()
        process._build()
    assert rows(run)["[redacted]"] == [None] * 3 + [0.25] * 2


def test_a_disabled_run_takes_rows_too(monkeypatch):
    monkeypatch.setenv("RUNLOG_MODE", "disabled")
    with runlog.start("rows") as run:
        for _ in range(3):
            run.log_row("cosine", cos=0.5)
        with pytest.raises(WrongTypeError):
            run.log_row("cosine", cos=object())
