"""Metrics at a glance: the same figures as from all values, with and without NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import runlog
from runlog.reading import summary
from runlog.reading.chunks import Chunk, Scalars
from runlog.reading.curves import drawable
from runlog.reading.summary import _merged, _part_of_chunk, _summary, summarise


@pytest.fixture(params=["with NumPy", "without NumPy"])
def summaries(request, monkeypatch):
    """`summarise` of a run, by name."""
    if request.param == "without NumPy":
        monkeypatch.setattr(summary, "numpy_or_none", lambda: None)
    return lambda run: {one.name: one for one in summarise(run._backend.journal(run.id))}


def test_a_metric_is_counted_with_its_last_smallest_and_largest_value(workspace, summaries):
    with runlog.Experiment(workspace, "summary").start_logging() as run:
        for step, value in enumerate([3, -1.5, 7, math.nan, 2]):
            run.log("loss", value, step=step)
    loss = summaries(run)["loss"]
    assert (loss.count, loss.last, loss.low, loss.high) == (5, 2, -1.5, 7.0)
    assert loss.curve == [(0.0, 3.0), (1.0, -1.5), (2.0, 7.0), (4.0, 2.0)]


def test_lists_texts_and_exact_numbers_join_the_points_of_their_name(workspace, summaries):
    with runlog.Experiment(workspace, "summary").start_logging() as run:
        run.log("mixed", 1)
        run.log_list("mixed", [5, None, 2.5])
        run.log("mixed", 10**30)
        run.log("category", "Red")
    found = summaries(run)
    assert (found["mixed"].count, found["mixed"].last, found["mixed"].high) == (5, 10**30, 1e30)
    assert (found["category"].count, found["category"].last, found["category"].low) == (1, "Red", None)
    assert found["category"].curve == []


def test_names_stand_in_the_order_first_logged(workspace, summaries):
    with runlog.Experiment(workspace, "summary").start_logging() as run:
        for name in ("b", "a", "c"):
            run.log(name, 1.0)
        run.log_list("0", [1])
    assert list(summaries(run)) == ["b", "a", "c", "0"]


@given(st.lists(st.floats() | st.integers(-(2**70), 2**70) | st.none(), min_size=1, max_size=300), st.integers(1, 50))
def test_no_peak_is_lost_in_a_curve(values, stretches):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        workspace = runlog.Workspace.create("test", location=folder)
        with runlog.Experiment(workspace, "summary").start_logging(capture_logging=False) as run:
            for value in values:
                run.log("loss", value)
        (loss,) = summarise(run._backend.journal(run.id), stretches)
    points = drawable(values, [None] * len(values))
    assert set(loss.curve) <= set(points)
    assert [x for x, _ in loss.curve] == sorted(x for x, _ in loss.curve)
    if points:
        assert (loss.low, loss.high) == (min(y for _, y in points), max(y for _, y in points))
        assert {loss.low, loss.high} <= {y for _, y in loss.curve}
        assert (
            len(loss.curve) <= max(len(points), 0) if len(points) <= 2 * stretches else len(loss.curve) <= 2 * stretches
        )


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.none() | st.integers(0, 9), st.floats(0, 1)), min_size=1, max_size=60)
)
def test_curves_of_several_processes_are_the_same_with_numpy_and_without(rows):
    got = Scalars(list(range(len(rows))), [row[1] for row in rows], [row[2] for row in rows], [row[0] for row in rows])
    logged = {writer: [(time, *row[1:]) for time, row in enumerate(rows) if row[0] == writer] for writer in "ab"}
    chunks = [Chunk(writer, *map(list, zip(*mine, strict=True))) for writer, mine in logged.items() if mine]
    merged = _merged(np, "loss", [_part_of_chunk(np, chunk) for chunk in chunks], 1000)
    assert merged == _summary("loss", got, {}, 1000)
