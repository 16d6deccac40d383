"""When a log file is put away, and under which name."""

from __future__ import annotations

import datetime as dt
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog import errors
from runlog.handlers.rotation import Rotation, Schedule

HOUR = 3600
moments = st.floats(min_value=0, max_value=4e9)
whens = st.sampled_from(["S", "M", "H", "D", "midnight", "W0", "W3", "W6"])


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone.utc).timestamp()


@pytest.fixture
def berlin(monkeypatch):
    """Local time with summer time: 2026-03-29 has 23 hours, 2026-10-25 has 25."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("when", "before", "after"),
    [
        ("S", "2026-11-24T10:20:30.900", "2026-11-24T10:20:31.000"),
        ("M", "2026-11-24T10:20:59.999", "2026-11-24T10:21:00"),
        ("H", "2026-11-24T10:59:59", "2026-11-24T11:00:00"),
        ("midnight", "2026-11-24T23:59:59", "2026-11-25T00:00:00"),
        ("D", "2026-11-24T23:59:59", "2026-11-25T00:00:00"),
        ("W0", "2026-11-23T23:59:59", "2026-11-24T00:00:00"),  # the end of a Monday
        ("W6", "2026-11-29T23:59:59", "2026-11-30T00:00:00"),  # the end of a Sunday
    ],
)
def test_a_period_ends_with_its_unit(when, before, after):
    schedule = Schedule(when, utc=True)
    assert schedule.is_over(utc(before), utc(after))
    assert not schedule.is_over(utc(after), utc(after) + 0.5)
    assert not schedule.is_over(utc(before), utc(before))


def test_an_interval_makes_longer_periods_that_all_processes_agree_on():
    schedule = Schedule("H", interval=6, utc=True)
    assert not schedule.is_over(utc("2026-11-24T06:00"), utc("2026-11-24T11:59"))
    assert schedule.is_over(utc("2026-11-24T11:59"), utc("2026-11-24T12:00"))


def test_days_are_local_unless_utc_is_asked_for(berlin):
    late = utc("2026-07-01T21:59:59")  # 23:59:59 in Berlin
    assert Schedule("midnight").is_over(late, late + 1)
    assert not Schedule("midnight", utc=True).is_over(late, late + 1)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_local_day_is_as_long_as_the_clock_says(berlin, day, hours):
    date = dt.date.fromisoformat(day)
    begin = time.mktime((*date.timetuple()[:3], 0, 0, 0, 0, 0, -1))
    schedule = Schedule("midnight")
    assert schedule.is_over(begin - 1, begin)
    assert not schedule.is_over(begin, begin + hours * HOUR - 1)
    assert schedule.is_over(begin, begin + hours * HOUR)


@given(whens, moments, moments)
def test_looking_twice_gives_the_same_answer(when, last, now):
    """What a schedule remembers between two looks changes nothing."""
    fresh, used = Schedule(when, utc=True), Schedule(when, utc=True)
    used.is_over(now, now)
    assert used.is_over(last, now) == fresh.is_over(last, now)


@given(whens, st.tuples(moments, moments).map(sorted))
def test_time_never_runs_backwards_into_a_new_period(when, both):
    now, last = both
    assert not Schedule(when, utc=True).is_over(last, now)


@pytest.mark.parametrize(
    ("when", "name"),
    [
        ("S", "2026-11-24_10-20-30"),
        ("M", "2026-11-24_10-20"),
        ("H", "2026-11-24_10"),
        ("midnight", "2026-11-24"),
        ("W6", "2026-11-23"),
    ],
)
def test_a_period_is_named_by_its_start(when, name):
    assert Schedule(when, utc=True).name(utc("2026-11-24T10:20:30.500")) == name


@pytest.mark.parametrize(
    ("when", "interval", "error"),
    [
        ("often", 1, errors.WrongValueError),
        ("W7", 1, errors.WrongValueError),
        ("H", 0, errors.WrongValueError),
        ("H", 1.5, errors.WrongValueError),
        (3, 1, errors.WrongTypeError),
    ],
)
def test_a_schedule_that_does_not_exist_is_refused(when, interval, error):
    with pytest.raises(error):
        Schedule(when, interval)


@pytest.fixture
def log_file(own_folder):
    return own_folder / "app.log"


def fill(path, text, moment=None):
    path.write_text(text)
    if moment is not None:
        os.utime(path, (moment, moment))
    return path.stat()


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_numbered_archives_move_up_and_the_oldest_goes(log_file, own_folder):
    rotation = Rotation(max_bytes=10, backup_count=2)
    for text in "abcd":
        rotation.put_away(log_file, fill(log_file, text))
    assert contents(own_folder) == {"app.log.1": "d", "app.log.2": "c"}


def test_a_gap_is_filled_before_anything_is_deleted(log_file, own_folder):
    """A process killed between two renames leaves one."""
    (own_folder / "app.log.3").write_text("oldest")
    (own_folder / "app.log.1").write_text("newer")
    Rotation(max_bytes=10, backup_count=3).put_away(log_file, fill(log_file, "newest"))
    assert contents(own_folder) == {"app.log.1": "newest", "app.log.2": "newer", "app.log.3": "oldest"}


def test_a_dated_archive_is_named_after_the_time_it_was_written_in(log_file, own_folder):
    rotation = Rotation(schedule=Schedule("midnight", utc=True))
    rotation.put_away(log_file, fill(log_file, "a", utc("2026-11-23T12:00")))
    assert contents(own_folder) == {"app.log.2026-11-23": "a"}


def test_several_archives_of_one_day_are_numbered_in_their_order(log_file, own_folder):
    rotation = Rotation(max_bytes=1, schedule=Schedule("midnight", utc=True))
    for text in "abc":
        rotation.put_away(log_file, fill(log_file, text, utc("2026-11-23T12:00")))
    assert contents(own_folder) == {"app.log.2026-11-23": "a", "app.log.2026-11-23.1": "b", "app.log.2026-11-23.2": "c"}


def test_of_dated_archives_the_newest_are_kept(log_file, own_folder):
    rotation = Rotation(max_bytes=1, backup_count=2, schedule=Schedule("midnight", utc=True))
    (own_folder / "app.log.2026-01-01.bak").write_text("somebody else's")
    (own_folder / "app.log.2026-01-01x").write_text("somebody else's")
    for day, text in [(22, "a"), (23, "b"), (23, "c"), (24, "d"), (24, "e"), (24, "f")]:
        rotation.put_away(log_file, fill(log_file, text, utc(f"2026-11-{day}T12:00")))
    kept = contents(own_folder)
    assert kept.pop("app.log.2026-01-01.bak") == kept.pop("app.log.2026-01-01x") == "somebody else's"
    assert kept == {"app.log.2026-11-24.1": "e", "app.log.2026-11-24.2": "f"}


def test_other_names_for_archives_are_known_again(log_file, own_folder):
    rotation = Rotation(
        backup_count=1,
        schedule=Schedule("midnight", utc=True),
        archive_name=lambda name: name.replace("app.log.", "app-") + ".log",
    )
    (own_folder / "other-2026-01-01.log").write_text("somebody else's")
    for day, text in [(22, "a"), (23, "b")]:
        rotation.put_away(log_file, fill(log_file, text, utc(f"2026-11-{day}T12:00")))
    assert contents(own_folder) == {"other-2026-01-01.log": "somebody else's", "app-2026-11-23.log": "b"}


def test_only_a_file_with_something_in_it_is_put_away(log_file):
    rotation = Rotation(max_bytes=1, backup_count=1)
    assert not rotation.is_due(fill(log_file, ""), 100)
    assert rotation.is_due(fill(log_file, "x"), 100)


def test_a_file_may_be_filled_to_its_last_byte(log_file):
    rotation = Rotation(max_bytes=10, backup_count=1)
    assert not rotation.is_due(fill(log_file, "12345"), 5)
    assert rotation.is_due(fill(log_file, "12345"), 6)


def test_without_archives_to_keep_there_is_no_rotation_by_size(log_file):
    """As in the standard library: nothing is lost by leaving backupCount at 0."""
    assert not Rotation(max_bytes=1, backup_count=0).is_due(fill(log_file, "x"), 1)


def test_a_device_is_never_put_away():
    assert not Rotation(max_bytes=1, backup_count=1).is_due(os.stat("/dev/null"), 100)
