"""Compaction in the background."""

from __future__ import annotations

import logging

import pytest

from runlog.journal.format import PointKind
from runlog.store.compactor import Compactor
from support.sealed_points import Point, write_sealed
from support.waiting import until


def fill(run, segments=1):
    for number in range(segments):
        write_sealed(run, [Point("loss", PointKind.FLOAT, 1 / (at + 1), at, at + 1) for at in range(5000)], number)
    return run


def suffixes(run):
    return {path.suffix for path in run.iterdir()}


@pytest.fixture
def compactor(tmp_path):
    made = []

    def make(**seconds):
        made.append(Compactor(lambda run_id: tmp_path / run_id, **seconds))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()


def test_a_run_of_which_a_segment_was_sealed_is_compacted(tmp_path, compactor):
    runs = [fill(tmp_path / name, segments=2) for name in ("a", "b")]
    at_work = compactor(quiet=0.01)
    for run in runs:
        at_work.note(run.name)
    until(lambda: all(suffixes(run) == {".compact"} for run in runs))
    until(lambda: at_work.done.segments == 4)
    assert at_work.done.after < at_work.done.before


def test_it_waits_until_no_news_come_any_more(tmp_path, compactor):
    run = fill(tmp_path / "a")
    at_work = compactor(quiet=1000)
    at_work.note("a")
    at_work.stop()
    assert suffixes(run) == {".seal"}


def test_a_run_does_not_wait_for_ever(tmp_path, compactor):
    run = fill(tmp_path / "a")
    at_work = compactor(quiet=1000, longest=0.01)
    at_work.note("a")
    until(lambda: suffixes(run) == {".compact"})


def test_a_run_that_is_gone_or_can_not_be_read_does_not_stop_the_others(tmp_path, compactor):
    told = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())
    logger = logging.getLogger("runlog.store")
    logger.addHandler(handler)
    run = fill(tmp_path / "a")
    (tmp_path / "no-folder").write_bytes(b"")
    at_work = compactor(quiet=0.01)
    for name in ("gone", "no-folder", "a"):
        at_work.note(name)
    until(lambda: suffixes(run) == {".compact"})
    logger.removeHandler(handler)
    (message,) = told
    assert message.startswith("run no-folder is not compacted: [Errno 20]")


def test_it_can_be_stopped_and_started_again(tmp_path, compactor):
    run = fill(tmp_path / "a")
    at_work = compactor(quiet=0.01)
    at_work.stop()
    at_work.stop()
    at_work.start()
    at_work.note("a")
    until(lambda: suffixes(run) == {".compact"})
