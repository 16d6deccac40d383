"""`runlog show`."""

from __future__ import annotations

import re
from pathlib import Path

from runlog.journal import clock
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
    assert ["wave", "row"] in lines
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
    assert ["note", "me:", "look", "at", "this"] in lines
    assert ["name", "second"] in lines
    assert ["left", "residuals", "2"] in lines
    assert len([line for line in lines if line[:1] == ["left"]]) == 1
