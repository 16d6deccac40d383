"""What runs are dated by, and how long anything waits, while a test has frozen, patched or moved the time."""

from __future__ import annotations

import datetime as dt
import logging
import time
from contextlib import nullcontext
from unittest import mock

import pytest

import runlog
from runlog.journal import clock, real_time
from runlog.reading.chunks import read_scalars
from runlog.reading.run_reference import newest_first
from runlog.reading.texts import SECOND

freezegun = pytest.importorskip("freezegun")
time_machine = pytest.importorskip("time_machine")

DAY = 86_400 * SECOND


def patched():
    return mock.patch.multiple(
        time, time=lambda: 1.0, time_ns=lambda: SECOND, monotonic=lambda: 1.0, monotonic_ns=lambda: 1
    )


FAKES = {
    "freezegun": lambda: freezegun.freeze_time("2020-01-02"),
    "freezegun in the future": lambda: freezegun.freeze_time("2090-01-02"),
    "freezegun that ticks": lambda: freezegun.freeze_time("2020-01-02", tick=True),
    "time-machine": lambda: time_machine.travel("2020-01-02"),
    "time-machine in the future": lambda: time_machine.travel("2090-01-02"),
    "time-machine that stands": lambda: time_machine.travel("2020-01-02", tick=False),
    "mock": patched,
}
fakes = pytest.mark.parametrize("fake", FAKES.values(), ids=FAKES)


@pytest.fixture(autouse=True)
def anchor_put_back(monkeypatch):
    monkeypatch.setattr(clock, "anchor_ns", clock.anchor_ns)


@fakes
def test_the_clocks_go_on_as_they_are(fake):
    before, moved = real_time.wall_ns(), real_time.monotonic_ns()
    with fake():
        assert abs(real_time.wall_ns() - before) < DAY
        assert abs(real_time.wall() * SECOND - before) < DAY
        assert abs(real_time.file_clock() * SECOND - before) < DAY
        assert real_time.monotonic_ns() > moved
        assert abs(real_time.monotonic() * SECOND - moved) < DAY


@fakes
def test_a_run_and_all_that_it_keeps_is_dated_by_the_real_clock(fake, workspace):
    before = clock.now()
    with fake():
        run = runlog.start("frozen")
        with run:
            run.log("loss", 0.5)
            run.log("loss", 0.25)
    state = run.state()
    points = read_scalars(workspace.backend.journal(run.id))["loss"]
    times = [state.created, *points.times, state.ended]
    assert times == sorted(times)
    assert before <= times[0] <= times[-1] <= clock.now()
    assert clock.now() - before < DAY


@fakes
def test_a_run_of_a_frozen_test_does_not_stay_the_latest(fake, workspace):
    with fake(), runlog.start("frozen"):
        pass
    with runlog.start("after") as after:
        pass
    assert next(newest_first(workspace.backend)) == after.id


def test_a_program_that_imports_runlog_while_time_is_frozen_gets_the_real_clock(run_script):
    done = run_script("""
        import freezegun
        with freezegun.freeze_time("2020-01-02"):
            import runlog
            with runlog.start("frozen") as run:
                run.log("loss", 0.5)
            print(run.state().created)
    """)
    assert abs(int(done.stdout) - real_time.wall_ns()) < DAY


@pytest.mark.parametrize("fake", [nullcontext, FAKES["freezegun"]], ids=["as it is", "frozen"])
def test_a_record_says_the_time_that_logging_gave_it(fake, workspace):
    with runlog.start("times", log_level="INFO") as run, fake():
        logging.getLogger("train").info("hello")
        created = time.time()
    (record,) = run.records(logger="train")
    assert abs(record.created - created) < 3600
    assert (dt.datetime.fromtimestamp(record.created, dt.timezone.utc).year == 2020) == (fake is not nullcontext)
    assert abs(record.time_ns - real_time.wall_ns()) < DAY
