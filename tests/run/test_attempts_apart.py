"""A run that two machines took up without knowing of each other, put together later: every reader tells the attempts apart."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest

import runlog
from runlog import Workspace
from runlog.log_record import Record
from runlog.store.contract import RecordSearch

MACHINE = """
    import logging, os, sys
    real = os.uname()
    os.uname = lambda: type(real)((real.sysname, sys.argv[1], *real[2:]))
    import runlog
    logging.basicConfig(level=logging.INFO, handlers=[logging.NullHandler()])
    with runlog.start("x", run_id="night", resume="allow", outputs=False, capture_system=False) as run:
        assert run.attempt == int(sys.argv[2]), run.attempt
        logging.getLogger("train").info("on %s", sys.argv[1])
        for step in range(3):
            run.log("loss", float(sys.argv[3]), step=step)
        if sys.argv[1] == "left":
            raise SystemExit(3)
"""


@pytest.fixture
def merged(run_script, own_folder) -> Workspace:
    """Attempt 1, then attempt 2 on two machines, of which the right one is the later, in one workspace."""
    run_script(MACHINE, "left", "1", "1", check=False)
    shutil.copytree(".runlog", "right/.runlog")
    run_script(MACHINE, "left", "2", "2", check=False)
    run_script(MACHINE, "right", "2", "3", env={"RUNLOG_URI": str(own_folder / "right" / ".runlog")})
    shutil.copytree("right/.runlog/runs/night", ".runlog/runs/night", dirs_exist_ok=True)
    return Workspace.from_config()


def told(record: Record) -> tuple[str, int]:
    return record.message, record.attempt


def test_the_attempts_stand_in_the_order_of_their_time(merged):
    run = merged.get_run("night")
    assert [(one.number, one.host, one.status) for one in run.attempts] == [
        (1, "left", "Failed"),
        (2, "left", "Failed"),
        (3, "right", "Completed"),
    ]
    assert (run.status, run.attempt) == ("Completed", 3)


def test_values_and_records_tell_the_same_attempts(merged):
    run = merged.get_run("night")
    assert run.series("loss").values == [3.0, 3.0, 3.0]
    assert run.series("loss", attempts="all").attempts == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert sorted(set(zip(run.to_pandas()["value"], run.to_pandas()["attempt"], strict=True))) == [
        (1, 1),
        (2, 2),
        (3, 3),
    ]
    expected = [("on left", 1), ("on left", 2), ("on right", 3)]
    assert [told(record) for record in run.records(logger="train")] == expected
    page = merged.backend.store().records(RecordSearch(logger="train"))
    assert [told(found.record) for found in reversed(page.items)] == expected


def test_the_next_attempt_is_the_fourth(merged):
    logging.getLogger().setLevel(logging.CRITICAL)
    with runlog.start("x", run_id="night", resume="must", outputs=False) as run:
        assert run.attempt == 4
    assert [one.number for one in run.attempts] == [1, 2, 3, 4]
    assert Path(".runlog/runs/night").is_dir()


def test_index_commands_and_checks_agree(merged, run_script):
    (summary,) = merged.backend.store().summaries(["night"])
    assert (summary.status, summary.attempts) == ("Completed", 3)
    assert [run.id for run in merged.runs("status = 'Completed'")] == ["night"]
    assert list(merged.runs("status = 'Failed'")) == []
    command = "import sys; from runlog.cli import main; sys.argv[1:] = {}; main()"
    shown = json.loads(run_script(command.format(["show", "night", "--json"])).stdout)
    assert shown["status"] == "Completed"
    assert [(one["number"], one["status"]) for one in shown["attempts"]] == [
        (1, "Failed"),
        (2, "Failed"),
        (3, "Completed"),
    ]
    run_script(command.format(["doctor"]))
