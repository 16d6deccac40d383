"""Times of records never go back in a process, whatever becomes of the wall clock."""

from __future__ import annotations

import pytest

from runlog.journal import clock, real_time
from support.journal_files import read_only
from support.writers import Logger

HOUR = 3_600_000_000_000


@pytest.fixture(autouse=True)
def clock_put_back(monkeypatch):
    """The anchor as it was: the module keeps it for the whole process."""
    monkeypatch.setattr(clock, "anchor_ns", clock.anchor_ns)
    monkeypatch.setattr(clock, "_suspended_before", clock._suspended_before)


def step_wall_clock(monkeypatch, by):
    before = real_time.wall_ns
    monkeypatch.setattr(real_time, "wall_ns", lambda: before() + by)


def suspend(monkeypatch, by):
    """As after a suspension: the boot clock went on, the monotonic clock did not; the wall clock did."""
    before = clock._suspended
    monkeypatch.setattr(clock, "_suspended", lambda: before() + by)
    step_wall_clock(monkeypatch, by)


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["forward", "back"])
def test_a_step_of_the_wall_clock_in_mid_run_keeps_the_order_of_times(tmp_path, monkeypatch, by):
    logger = Logger(tmp_path / "run")
    logger.log("name", 0.0)
    logger.log("name", 1.0)
    step_wall_clock(monkeypatch, by)
    logger.log("name", 2.0)
    other = Logger(tmp_path / "other")  # takes over a clock that was set forward
    other.log("name", 0.0)
    logger.log("new", 0.0)
    logger.log("name", 3.0)
    logger.log("name", True)
    logger.log("name", 4.0)
    logger.writer.tick()
    logger.log("name", 5.0)
    times = [point.time for point in read_only(tmp_path / "run").points]
    assert times == sorted(times)
    for one in (logger, other):
        one.close()


def test_a_clock_set_forward_is_taken_over_by_new_writers_and_one_set_back_is_waited_for(monkeypatch):
    before = clock.now()
    step_wall_clock(monkeypatch, HOUR)
    clock.adjust_for_new_writer()
    ahead = clock.now()
    assert ahead - before >= HOUR
    step_wall_clock(monkeypatch, -2 * HOUR)
    clock.adjust_for_new_writer()
    assert clock.now() >= ahead


@pytest.mark.parametrize("writer_first", [False, True])
def test_time_spent_suspended_is_added_once(monkeypatch, writer_first):
    before = clock.now()
    suspend(monkeypatch, HOUR)
    if writer_first:
        clock.adjust_for_new_writer()
    clock.adjust_for_suspend()
    clock.adjust_for_new_writer()
    assert HOUR <= clock.now() - before < HOUR + HOUR / 2


def test_a_run_that_goes_on_after_a_suspension_stands_at_the_right_time(tmp_path, monkeypatch):
    logger = Logger(tmp_path)
    logger.log("name", 0.0)
    suspend(monkeypatch, HOUR)
    logger.writer.tick()
    logger.log("name", 1.0)
    first, second = (point.time for point in read_only(tmp_path).points)
    assert HOUR <= second - first < 2 * HOUR
    logger.close()
