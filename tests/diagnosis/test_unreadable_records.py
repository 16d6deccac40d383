"""Records whose bytes are whole and whose form nobody knows: they are counted, and told of."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
import pytest

from runlog import Experiment
from runlog.diagnosis.run_checks import run_findings
from runlog.handlers.run_log import RunLogHandler
from runlog.records import EventKind
from runlog.run import Run


@pytest.fixture
def run(workspace) -> Run:
    """A run with one ordinary record, one of another form, and one that was made by hand without a logger."""
    handler = RunLogHandler()
    logging.getLogger().addHandler(handler)
    with Experiment(workspace, "forms").start_logging(outputs=False) as run:
        logging.warning("ordinary")
        run.write_event(EventKind.LOG, msgspec.msgpack.encode([5, "of the future"]))
        handler.handle(logging.makeLogRecord({"msg": "by hand", "levelno": 30}))
    return run


def test_doctor_counts_records_that_cannot_be_read(run, workspace):
    (damage,) = [one for one in run_findings(Path(workspace.location)) if one.subject == "damage"]
    assert "1 unreadable records" in damage.text


def test_a_record_of_another_form_costs_no_other_record(run):
    assert [one.message for one in run.records(level="WARNING") if one.logger != "runlog"] == [
        "ordinary",
        "by hand",
    ]


@pytest.mark.parametrize("wanted", [{"level": "WARNING"}, {"grep": "by hand"}])
def test_a_record_without_a_logger_is_found_by_filters(run, wanted: dict[str, str]):
    assert "by hand" in [one.message for one in run.records(**wanted)]


def test_a_record_without_a_logger_is_found_by_a_search(run, workspace):
    assert [one.record.message for one in workspace.records("hand")] == ["by hand"]
