"""RunContextFilter: which run a record was made in, as fields of the record."""

from __future__ import annotations

import logging

import runlog
from runlog.handlers import RunContextFilter

FIELDS = ("run_id", "run_name", "experiment", "run_step", "rank")


def noted(**given):
    record = logging.makeLogRecord(given)
    assert RunContextFilter().filter(record) is True
    return tuple(getattr(record, name) for name in FIELDS)


def test_outside_a_run_every_field_is_a_dash():
    assert noted() == ("-", "-", "-", "-", "-")


def test_inside_a_run_the_fields_tell_it(workspace):
    with runlog.start("diabetes") as run:
        assert noted() == (run.id, run.name, "diabetes", "-", "-")


def test_the_step_is_the_one_that_was_logged_last(workspace):
    with runlog.start("diabetes") as run:
        for step in (1, 2):
            run.log("loss", 0.5, step=step)
            assert noted()[3] == step


def test_after_the_run_the_fields_are_dashes_again(workspace):
    with runlog.start("diabetes"):
        noted()
    assert noted() == ("-", "-", "-", "-", "-")


def test_each_of_two_runs_is_told_from_the_other(workspace):
    first = runlog.start("first")
    second = runlog.start("second")
    with runlog.use(first):
        assert noted()[0] == first.id
    assert noted()[0] == second.id
    with runlog.use(first):
        assert noted()[2] == "first"
    second.complete()
    first.complete()


def test_fields_that_the_record_has_are_left_alone(workspace):
    with runlog.start("diabetes") as run:
        assert noted(rank=3, run_step="mine") == (run.id, run.name, "diabetes", "mine", 3)


def test_extra_fields_of_these_names_do_not_clash(workspace, heard):
    heard_by = logging.getLogger()
    for handler in heard_by.handlers:
        handler.addFilter(RunContextFilter())
    with runlog.start("diabetes", capture_logging=False):
        logging.getLogger("train").info("hello", extra={"rank": 3})
    assert next(one.rank for one in heard.records if one.name == "train") == 3
