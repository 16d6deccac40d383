"""Times as the command line writes and reads them."""

from __future__ import annotations

import time
from datetime import datetime

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.cli.times import Moment
from runlog.reading.texts import duration_text, local_clock, utc_text

SECOND = 10**9


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (None, "-"),
        (350_000_000, "350ms"),
        (12_340_000_000, "12.3s"),
        (245 * SECOND, "4m 05s"),
        (11_220 * SECOND, "3h 07m"),
        (190_800 * SECOND, "2d 05h"),
        (-5, "0ms"),
    ],
)
def test_durations_read_as_people_say_them(nanoseconds, text):
    assert duration_text(nanoseconds) == text


def test_utc_has_nine_digits_and_z():
    assert utc_text(1_700_000_000_000_000_001) == "2023-11-14T22:13:20.000000001Z"


@given(st.lists(st.integers(0, 2**32), min_size=1).map(sorted))
def test_a_local_clock_agrees_with_datetime(milliseconds):
    write = local_clock()
    for one in milliseconds:
        whole = datetime.fromtimestamp(one // 1000)
        assert write(one * 1_000_000) == f"{whole:%Y-%m-%d %H:%M:%S}.{one % 1000:03d}"


@pytest.mark.parametrize(("text", "ago"), [("90s", 90), ("10m", 600), ("2h", 7200), ("3d", 259_200), ("1.5h", 5400)])
def test_a_moment_may_be_how_long_ago(text, ago):
    before = time.time_ns()
    assert before <= Moment().convert(text, None, None) + ago * SECOND <= time.time_ns()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2023-11-14T22:13:20Z", 1_700_000_000), ("2023-11-14T23:13:20+01:00", 1_700_000_000)],
)
def test_a_moment_may_be_a_time_with_its_zone(text, expected):
    assert Moment().convert(text, None, None) == expected * SECOND


def test_a_time_without_a_zone_is_local():
    expected = int(datetime(2023, 11, 14, 12, 30).timestamp()) * SECOND  # noqa: DTZ001
    assert Moment().convert("2023-11-14T12:30", None, None) == expected


@pytest.mark.parametrize("text", ["soon", "10", "10 parsecs", "2023-13-01"])
def test_what_is_no_time_is_refused_with_examples(text):
    with pytest.raises(click.BadParameter, match="10m"):
        Moment().convert(text, None, None)
