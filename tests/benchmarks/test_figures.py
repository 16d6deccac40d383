"""The statistics behind every published figure."""

import pytest

from benchmarks.check import Line
from benchmarks.figures import Latency, Ratio, percentile
from benchmarks.interleave import Measured


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (0.999, 100), (1.0, 100), (0.0, 1)])
def test_a_percentile_is_the_smallest_value_that_the_share_does_not_exceed(share, expected):
    assert percentile(range(1, 101), share) == expected


def test_no_calls_have_no_percentile():
    with pytest.raises(ValueError, match="measure at least one call"):
        percentile([], 0.5)


def test_the_cost_of_the_clock_is_taken_off_and_no_call_takes_less_than_nothing():
    latency = Latency.of([40, 100, 200], clock=50)
    assert (latency.p50, latency.max) == (50, 150)
    assert Latency.of([10, 10, 10], clock=50).p50 == 0


def test_the_slowest_thousandth_is_not_told_from_fewer_than_a_thousand_calls():
    assert Latency.of(range(999)).p999 is None
    assert Latency.of(range(1000)).p999 == 998


def test_calls_over_5_ms_are_counted():
    assert Latency.of([5_000_000, 5_000_001, 80_000_000]).over_5_ms == 2


def test_rounds_are_summed_up_by_medians_and_the_slowest_call_of_all():
    rounds = [Latency.of([value] * 3) for value in (10, 1000, 20)]
    summed = Latency.over_rounds(rounds)
    assert (summed.calls, summed.p50, summed.max) == (9, 20, 1000)


def test_a_ratio_compares_slices_of_the_same_turn_so_that_a_slow_minute_of_the_machine_cancels_out():
    ours = [[10.0, 20.0, 40.0], [10.0, 10.0, 10.0]]
    theirs = [[20.0, 40.0, 80.0], [20.0, 20.0, 20.0]]
    assert Ratio.pairwise(ours, theirs) == Ratio(0.5, 0.5, 0.5)


def test_the_quietest_round_comes_first():
    measured = Measured(batched=[[3.0, 3.0, 90.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
    assert measured.rounds == [1.0, 2.0, 3.0]
    assert measured.cost == 2.0


def test_a_promise_is_kept_up_to_its_limit_and_missed_where_nothing_was_measured():
    assert Line("", 60.0, 60.0, "ms").row()[3] == "OK"
    assert Line("", 60.1, 60.0, "ms").row()[3] == "MISS"
    assert Line("", float("nan"), 60.0, "ms").row()[3] == "MISS"
