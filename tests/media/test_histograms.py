"""`run.log_histogram`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runlog.errors import WrongTypeError, WrongValueError
from runlog.limits import HISTOGRAM_BINS
from runlog.media.histograms import decode_histogram, load_histogram

ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True)


def made(values=None, counts=None, edges=None, bins=64):
    return decode_histogram(load_histogram(values, counts, edges, bins)().data)


@given(st.lists(ANY_FLOAT, max_size=200), st.integers(1, 80))
@example([0.0, 1.7976931348623157e308], 3)
@example([-1.7976931348623157e308, 1.7976931348623157e308], 64)
def test_every_value_is_counted_whatever_it_is(values, bins):
    kept = made(values, bins=bins)
    assert sum(kept.counts) + kept.nan + kept.positive_infinity + kept.negative_infinity == len(values)
    assert len(kept.edges) == (len(kept.counts) + 1 if kept.counts else 0)
    assert kept.edges == sorted(kept.edges)
    finite = [value for value in values if np.isfinite(value)]
    if finite:
        assert (kept.min, kept.max) == (min(finite), max(finite))


def test_values_lie_in_the_bins_that_numpy_puts_them_into():
    values = np.random.default_rng(0).normal(size=10_000)
    counts, edges = np.histogram(values, bins=64)
    kept = made(values)
    assert kept.counts == counts.tolist()
    np.testing.assert_allclose(kept.edges, edges)
    assert kept.mean == pytest.approx(values.mean())
    assert kept.std == pytest.approx(values.std())


def test_not_a_number_and_infinities_are_counted_apart():
    kept = made([1.0, 2.0, np.nan, np.nan, np.inf, -np.inf, -np.inf, -np.inf])
    assert (sum(kept.counts), kept.nan, kept.positive_infinity, kept.negative_infinity) == (2, 2, 1, 3)


@pytest.mark.parametrize("values", [[1e308, -1e308], [1e300, np.nextafter(1e300, 2e300)], [5, 5], [0.0], [5e-324, 0]])
def test_extreme_values_give_a_histogram_all_the_same(values):
    kept = made(values)
    assert sum(kept.counts) == len(values)
    assert kept.edges[0] <= min(values)
    assert kept.edges[-1] >= max(values)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(12).reshape(3, 4),
        np.arange(12, dtype=np.float16),
        np.arange(12, dtype=np.uint8),
        range(12),
        list(range(12)),
        tuple(range(12)),
        set(range(12)),
        (one for one in range(12)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_numbers_of_any_shape_and_container_are_taken(values):
    kept = made(values, bins=3)
    assert (kept.counts, kept.edges) == ([4, 4, 4], [0, 11 / 3, 22 / 3, 11])


def test_bools_count_as_0_and_1():
    assert made([True, False, True], bins=2).counts == [1, 2]


def test_a_gap_counts_as_not_a_number():
    assert made([1, None]).nan == 1


def test_integers_beyond_floats_are_infinities():
    kept = made([1, 10**400, -(10**400)])
    assert (sum(kept.counts), kept.positive_infinity, kept.negative_infinity) == (1, 1, 1)


def test_no_values_give_a_histogram_without_bins():
    assert made([]) == decode_histogram(b'{"counts": [], "edges": []}')


def test_a_tensor_of_a_type_that_numpy_lacks_becomes_float32():
    class BFloat16:
        dtype = "bfloat16"
        shape = (2,)

        def __init__(self, values, kind="bfloat16"):
            self.values, self.kind = values, kind

        def detach(self):
            return self

        def cpu(self):
            return self

        def item(self):
            raise ValueError

        def float(self):
            return BFloat16(self.values, "float32")

        def numpy(self):
            if self.kind == "bfloat16":
                raise TypeError("Got unsupported ScalarType BFloat16")
            return np.array(self.values, dtype=np.float32)

    assert made(BFloat16([1, 2]), bins=2).counts == [1, 1]


def test_counts_and_edges_are_kept_as_they_are():
    kept = made(counts=np.array([3, 0.5]), edges=[0, 1, 10])
    assert (kept.counts, kept.edges, kept.min) == ([3, 0.5], [0, 1, 10], None)


def test_an_edge_that_is_not_finite_becomes_a_gap():
    assert made(counts=[1], edges=[0, np.inf]).edges == [0, None]
    assert made(counts=[1, 0], edges=[-np.inf, 0, 0]).edges == [None, 0, 0]
    assert made(counts=[np.nan, 1], edges=[0, np.nan, 1]).counts == [None, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either values, or counts and edges"),
        ({"values": [1], "counts": [1], "edges": [0, 1]}, "either values, or counts and edges"),
        ({"counts": [1]}, "either values, or counts and edges"),
        ({"counts": [1, 2], "edges": [0, 1]}, "2 counts need 3 edges, not 2"),
        ({"counts": [1], "edges": [1, 0]}, "the edges fall from 1 to 0 at bin 0"),
        ({"counts": [1, 1], "edges": [0, np.inf, 5]}, "the edges fall from inf to 5 at bin 1"),
        ({"counts": [1, -0.5], "edges": [0, 1, 2]}, "counts has -0.5; a count is zero or more"),
        ({"values": [1], "bins": 0}, "bins is 0"),
    ],
)
def test_arguments_that_do_not_fit_are_a_wrong_value(arguments, message):
    with pytest.raises(WrongValueError, match=message):
        made(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"values": "text"},
        {"values": 3.0},
        {"values": {"a": 1}},
        {"values": ["a", "b"]},
        {"values": [[1], [1, 2]]},
        {"values": np.array([1j])},
        {"values": [1], "bins": 2.5},
        {"values": [1], "bins": True},
        {"counts": "ab", "edges": [0, 1, 2]},
        {"counts": ["a"], "edges": [0, 1]},
        {"counts": 3, "edges": [0, 1]},
    ],
    ids=str,
)
def test_what_are_no_numbers_is_a_wrong_type(arguments):
    with pytest.raises(WrongTypeError, match="run.log_histogram"):
        made(**arguments)


def test_too_many_bins_become_the_most_and_this_is_told(run, heard):
    run.log_histogram("weights", [1, 2], bins=10**9)
    (ref,) = run.get_metrics()["weights"]
    assert ref.info["bins"] == HISTOGRAM_BINS
    assert any("1000000000 bins are over the limit" in message for message in heard.messages)


def test_a_histogram_of_each_step_is_read_back_without_a_file_of_its_own(run, workspace):
    from pathlib import Path

    for step in range(3):
        run.log_histogram("weights", np.linspace(0, step + 1, 100), step=step, description="of layer 1")
    found = run.get_metrics()["weights"]
    assert [(ref.step, ref.read().max, ref.info["values"]) for ref in found] == [(0, 1, 100), (1, 2, 100), (2, 3, 100)]
    assert not Path(workspace.location, "blobs").exists()
