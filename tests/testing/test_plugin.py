"""The fixture `runlog_run`, in a pytest of its own with its usual plugins."""

from __future__ import annotations

import subprocess
import sys

import pytest

from support.scripts import clean_environment

TESTS = """
import logging, os
import pytest
import runlog
from runlog import Run

log = logging.getLogger("train")

def train():
    Run.get_context().log("loss", 0.5)
    log.debug("detail")
    log.warning("careful")

def test_metrics_and_records_are_there(runlog_run, caplog):
    train()
    assert runlog_run.get_metrics() == {"loss": [0.5]}
    assert [record.message for record in runlog_run.records(logger="train")] == ["detail", "careful"]
    assert "careful" in caplog.messages

@pytest.mark.parametrize("again", [1, 2])
def test_each_test_has_its_own(runlog_run, again):
    assert runlog_run.get_metrics() == {}
    logging.getLogger().setLevel(logging.ERROR)
    logging.getLogger().addHandler(logging.NullHandler())
    train()

def test_without_it_nothing_is_changed():
    assert runlog.current() is None
    assert "RUNLOG_URI" not in os.environ
    assert logging.getLogger().level == logging.WARNING
    assert not [one for one in logging.getLogger().handlers if type(one) is logging.NullHandler]
"""


@pytest.mark.parametrize(
    "options", [[], ["-p", "no:logging", "--deselect", "test_code.py::test_metrics_and_records_are_there"]]
)
def test_it_isolates_each_test(own_folder, options):
    (own_folder / "test_code.py").write_text(TESTS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", *options, "test_code.py"],
        cwd=own_folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (own_folder / ".runlog").exists()
