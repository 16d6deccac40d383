"""`runlog show`."""

from __future__ import annotations

import contextlib
import json
import logging
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from runlog.cli import show
from runlog.journal import clock
from runlog.reading import counts
from runlog.records import NoteWritten
from support.schema_documents import RESIDUALS


def test_all_that_a_run_is_stands_on_one_page(call, start, own_folder):
    Path("weights.txt").write_text("1234", encoding="utf-8")
    with start("whole", tags={"team": "vision"}, description="a try") as run:
        run.log_params({"alpha": 0.5})
        run.log("loss", 3.0)
        run.log("loss", 1.0)
        run.log("loss", 2.0)
        run.log_row("wave", angle=1, height=2)
        run.upload_file("models/weights.txt", "weights.txt")
    lines = [line.split() for line in call("show", "latest").lines]
    assert ["run", run.id] in lines
    assert ["status", "Completed"] in lines
    assert ["description", "a", "try"] in lines
    assert ["param", "alpha", "0.5"] in lines
    assert ["tag", "team", "vision"] in lines
    assert ["loss", "scalar", "3", "2", "1", "3"] in lines
    assert ["wave", "row", "1"] in lines
    assert ["models/weights.txt", "4", "B"] in lines


def test_an_error_is_told(call, start):
    start().fail(ValueError("no such thing"))
    assert "ValueError: no such thing" in call("show", "latest").out


def test_a_run_that_lives_is_running_and_has_no_end(call, start):
    run = start()
    lines = [line.split() for line in call("show", run.id).lines]
    assert ["status", "Running"] in lines
    assert ["ended", "-"] in lines


def test_values_that_are_no_numbers_have_no_least_and_no_most(call, start):
    with start() as run:
        run.log("note", "warming up")
        run.log("huge", 10**400)
        run.log("gone", float("nan"))
    lines = [line.split() for line in call("show", "latest").lines]
    assert ["note", "scalar", "1", "warming", "up", "-", "-"] in lines
    assert ["gone", "scalar", "1", "nan", "-", "-"] in lines
    assert ["huge", "scalar", "1", "1" + "0" * 400, "-", "-"] in lines


def test_what_was_damaged_is_told(call, start, workspace):
    with start() as run:
        run.log("loss", 1.0)
    for kept in (Path(workspace.location) / "runs" / run.id).iterdir():
        if kept.is_file():
            data = bytearray(kept.read_bytes())
            at = len(data) // 2
            data[at : at + 200] = bytes(byte ^ 0xFF for byte in data[at : at + 200])
            kept.write_bytes(data)
    assert "damage: " in call("show", run.id).out


def test_what_could_not_be_kept_is_counted(call, start):
    with start() as run:
        run.log("loss", 1.0)
        run._writer.count_lost(points=3, events=2)
    assert "not kept: 3 points, 2 events" in call("show", "latest").out


def test_the_attempts_of_a_resumed_run_are_shown(call, start):
    start("first", run_id="it", group="sweep").fail()
    start(run_id="it", resume="must").complete()
    shown = call("show", "it").out
    assert re.search(r"^attempt 1 +Failed, .* to .*, on ", shown, re.MULTILINE)
    assert re.search(r"^attempt 2 +Completed, ", shown, re.MULTILINE)
    assert re.search(r"^group +sweep$", shown, re.MULTILINE)


def test_labels_that_stay_and_documents_stand_on_the_page(call, start):
    with start("first") as run:
        run.add_properties({"commit": "abc"})
        run._recorder().write(NoteWritten(time=clock.now(), text="look at this", author="me"))
        run.display_name = "second"
        for _ in range(2):
            run.log_residuals("left", RESIDUALS)
    lines = [line.split() for line in call("show", "second").lines]
    assert ["property", "commit", "abc"] in lines
    assert [line for line in lines if "look" in line] == [["look", "at", "this"]]
    assert ["name", "second"] in lines
    assert ["left", "residuals", "2"] in lines
    assert len([line for line in lines if line[:1] == ["left"]]) == 1


@pytest.fixture
def failed(start):
    """A run with records of several levels that an exception ended."""
    log = logging.getLogger("train")
    with contextlib.suppress(ValueError), start("failed", capture_logging=True) as run:
        for number in range(3):
            log.debug("batch %d", number)
        log.info("begun")
        log.error("first error")
        log.error("cannot go on\nmore of it", exc_info=ZeroDivisionError("by zero"))
        log.warning("that was it")
        raise ValueError("no data")
    return run


def test_log_records_are_counted_by_level_and_the_last_error_is_told(call, failed):
    shown = call("show", "latest").out
    count = len(list(failed.records()))
    assert re.search(rf"^records +{count} \(3 DEBUG, \d+ INFO, 1 WARNING, 2 ERROR, 1 CRITICAL\)$", shown, re.MULTILINE)
    assert re.search(r"^last error +\S+ \S+ runlog.uncaught: .*\(ValueError: no data\)$", shown, re.MULTILINE)


def test_an_error_of_a_run_that_went_on_is_told_too(call, start):
    with start() as run:
        logging.getLogger("train").error("skipped\nmore of it", exc_info=ZeroDivisionError("by zero"))
    shown = call("show", "latest").out
    assert re.search(r"^last error +\S+ \S+ train: skipped \(ZeroDivisionError: by zero\)$", shown, re.MULTILINE)
    assert f"runlog logs {run.id} --level ERROR shows it" in shown


def test_a_failed_run_says_where_its_error_was_raised_and_where_the_traceback_is(call, failed):
    shown = call("show", "latest").out
    assert re.search(r"^error +ValueError: no data$", shown, re.MULTILINE)
    assert re.search(r"^raised at +.*test_show\.py, line \d+, in failed$", shown, re.MULTILINE)
    assert re.search(rf"^traceback +runlog logs {failed.id} --level ERROR$", shown, re.MULTILINE)


def test_an_error_without_a_record_points_at_its_traceback_in_json(call, start):
    try:
        raise ValueError("quiet")
    except ValueError as error:
        start(capture_logging=False).fail(error)
    shown = call("show", "latest").out
    pointer = re.search(r"^traceback +runlog (show \S+ --json)$", shown, re.MULTILINE)
    told = json.loads(call(*pointer[1].split()).out)
    assert told["error"]["traceback"].endswith("ValueError: quiet\n")


def test_rows_tables_and_pictures_show_how_many_there_are(call, start):
    with start() as run:
        run.log_row("row", a=1)
        run.log_row("row", b=2)
        run.log_table("table", {"a": [1, 2, 3], "b": [1, 2, 3]})
        run.log_table("table", {"a": [4]})
        run.log_image("picture", image=np.zeros((2, 2)))
        run.log_text("text", "x")
    lines = [line.split() for line in call("show", "latest").lines]
    for expected in (["row", "row", "2"], ["table", "table", "4"], ["picture", "image", "1"], ["text", "text", "1"]):
        assert expected in lines


def test_json_has_everything_that_the_page_says(call, failed, workspace):
    failed.note("look at this")
    told = json.loads(call("show", "latest", "--json").out)
    assert (told["id"], told["name"], told["status"], told["experiment"]) == (failed.id, "failed", "Failed", "sweep")
    assert told["created"].endswith("Z")
    assert told["error"]["type"] == "ValueError"
    levels = told["records"]["levels"]
    assert (levels["DEBUG"], levels["WARNING"], levels["ERROR"]) == (3, 1, 2)
    assert told["records"]["total"] == sum(levels.values()) == len(list(failed.records()))
    assert told["records"]["is_all"]
    assert told["records"]["last_error"]["exception"] == "ValueError: no data"
    assert [note["text"] for note in told["notes"]] == ["look at this"]
    assert told["missing"] == {"points": 0, "events": 0, "unreadable": 0, "crashes": [], "damage": []}
    assert call("show", "latest", "--json", "--diff").code == 2


def test_json_has_the_metrics_of_every_kind(call, start):
    with start() as run:
        run.log("loss", 2.0)
        run.log("loss", float("nan"))
        run.log("exact", Fraction(1, 3))
        run.log_row("row", a=1)
        run.log_residuals("left", RESIDUALS)
    told = json.loads(call("show", "latest", "--json").out)["metrics"]
    assert told["loss"] == {"kind": "scalar", "values": 2, "last": "NaN", "min": 2.0, "max": 2.0}
    assert told["exact"]["last"] == "1/3"
    assert (told["row"]["kind"], told["row"]["values"]) == ("row", 1)
    assert (told["left"]["kind"], told["left"]["values"]) == ("residuals", 1)


def test_of_very_many_records_a_part_is_counted_and_this_is_said(call, start, monkeypatch):
    monkeypatch.setattr(show, "count_records", lambda journal: counts.count_records(journal, 2))
    with start():
        for number in range(5):
            logging.getLogger("train").info("record %d", number)
    assert "more than 2 (2 INFO)" in call("show", "latest").out


def test_a_crash_is_counted_as_a_record(call, run_script, workspace):
    run_script(
        """
        import ctypes, runlog
        runlog.start(outputs=False, capture={"faulthandler": True})
        ctypes.string_at(0)
        """,
        check=False,
    )
    shown = call("show", "latest").out
    assert "1 CRITICAL" in shown
    assert re.search(r"^last error +.* runlog\.crash: Fatal Python error", shown, re.MULTILINE)
