"""The log records of a run as a user holds them: looped over, counted one by one, as a frame."""

from __future__ import annotations

import logging

import pytest

from runlog import Experiment


@pytest.fixture
def run(workspace):
    logging.getLogger().setLevel(logging.DEBUG)
    log = logging.getLogger("train")
    with Experiment(workspace, "records").start_logging(outputs=False) as run:
        log.info("first", extra={"rows": 3, "a": {"b": 1}})
        log.warning("second")
        try:
            raise ValueError("no data")
        except ValueError:
            log.exception("third")
    return run


def test_records_are_looped_over_as_often_as_wanted(run):
    records = run.records(logger="train")
    assert [one.message for one in records] == ["first", "second", "third"]
    assert [one.message for one in records] == ["first", "second", "third"]


def test_next_gives_one_after_the_other(run):
    records = run.records(logger="train")
    assert [next(records).message, next(records).message] == ["first", "second"]
    assert next(records).message == "third"
    with pytest.raises(StopIteration):
        next(records)


def test_a_frame_has_a_row_for_each_record(run):
    frame = run.records(logger="train").to_pandas()
    assert list(frame["message"]) == ["first", "second", "third"]
    assert list(frame["level"]) == ["INFO", "WARNING", "ERROR"]
    assert str(frame["time"].dt.tz) == "UTC"
    assert frame["time"].is_monotonic_increasing
    assert frame["extra.rows"][0] == 3
    assert frame["extra.a"][0] == {"b": 1}
    assert frame["exception"][2].endswith("ValueError: no data\n")
    assert frame["rank"].isna().all()


def test_a_frame_of_no_records_has_the_columns(run):
    frame = run.records(logger="nobody").to_pandas()
    assert len(frame) == 0
    assert {"time", "level", "logger", "message"} <= set(frame.columns)
