"""Moments are taken as users have them, to the ends of what a datetime holds."""

from __future__ import annotations

from datetime import datetime, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.errors import WrongTypeError, WrongValueError
from runlog.reading.moments import moment, nanoseconds_in, nanoseconds_of, nanoseconds_of_text

DAY = 86_400 * 10**9


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_a_moment_comes_back_from_its_nanoseconds(given_moment):
    assert moment(nanoseconds_of(given_moment)) == given_moment


@given(st.datetimes(timezones=st.none() | st.timezones()))
def test_a_moment_and_its_text_are_the_same_moment(given_moment):
    assert nanoseconds_of_text(given_moment.isoformat()) == nanoseconds_of(datetime.fromisoformat(str(given_moment)))


@pytest.mark.parametrize("end", [datetime.fromisoformat("0001-01-01"), datetime.fromisoformat("9999-12-31T23:59:59")])
def test_the_ends_of_time_are_moments_in_any_zone(end):
    assert abs(nanoseconds_of(end) - nanoseconds_of(end.replace(tzinfo=timezone.utc))) <= DAY


@pytest.mark.parametrize("number", [5, 5.0, np.int64(5), np.float32(5)])
def test_a_moment_may_be_seconds_since_1970(number):
    assert nanoseconds_of(number) == 5 * 10**9


@pytest.mark.parametrize("number", [float("inf"), -float("inf"), float("nan"), 1e308])
def test_seconds_that_are_no_finite_number_are_refused(number):
    for read in (nanoseconds_of, nanoseconds_in):
        with pytest.raises(WrongValueError, match="finite number"):
            read(number)


@pytest.mark.parametrize("given_moment", [pd.NaT, None, True, "yesterday", [1]])
def test_what_is_no_moment_is_refused(given_moment):
    with pytest.raises(WrongTypeError, match="a moment is"):
        nanoseconds_of(given_moment)


@pytest.mark.parametrize("seconds", ["5", None, [1.5]])
def test_seconds_that_are_no_number_are_refused(seconds):
    with pytest.raises(WrongTypeError, match="seconds must be a number"):
        nanoseconds_in(seconds)
