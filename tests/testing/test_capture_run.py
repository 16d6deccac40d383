"""`runlog.testing.capture_run`."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path

import pytest

import runlog
from runlog import Run
from runlog.testing import capture_run

log = logging.getLogger("train")


def train():
    run = Run.get_context()
    run.log("loss", 0.5, step=1)
    run.log_text("sample", "text" * 5_000)
    log.debug("one step")


@pytest.fixture
def temporary(own_folder, monkeypatch):
    """The system's temporary folder, of this test alone."""
    folder = own_folder / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_real_run_has_what_the_code_logged_and_leaves_nothing(temporary, own_folder):
    with capture_run() as run:
        train()
        assert run.get_metrics()["loss"] == [0.5]
        assert run.get_metrics()["sample"][0].read() == "text" * 5_000
        assert [record.message for record in run.records(logger="train")] == ["one step"]
        assert list(temporary.iterdir()) == [Path(run.experiment.workspace.location)]
    assert run.status == "Completed"
    assert list(temporary.iterdir()) == []
    assert [path.name for path in own_folder.iterdir()] == ["tmp"]


def test_the_environment_logging_and_hooks_are_as_before(monkeypatch):
    monkeypatch.setenv("RUNLOG_URI", "elsewhere")
    monkeypatch.setenv("RUNLOG_MODE", "disabled")
    monkeypatch.setenv("RUNLOG_RUN_ID", "shared")
    before = dict(os.environ), list(logging.root.handlers), logging.root.level, sys.excepthook, sys.exit
    with capture_run() as run:
        assert run.id != "shared"
        assert os.environ["RUNLOG_URI"] == run.experiment.workspace.location
        assert not {"RUNLOG_MODE", "RUNLOG_RUN_ID"} & os.environ.keys()
        logging.basicConfig(level=logging.ERROR)
        logging.getLogger("train").setLevel(logging.CRITICAL)
        os.environ["RUNLOG_EXPERIMENT"] = "set by the code"
    assert (dict(os.environ), list(logging.root.handlers), logging.root.level, sys.excepthook, sys.exit) == before
    assert logging.getLogger("train").level == logging.NOTSET
    assert runlog.current() is None


def test_runs_that_the_code_starts_itself_are_there_too(temporary):
    with capture_run() as run:
        with runlog.start("own") as own:
            own.log("x", 1)
        left_open = runlog.start("open")
        assert {one.id for one in run.experiment.workspace.runs()} == {run.id, own.id, left_open.id}
    assert left_open.status == "Canceled"
    assert list(temporary.iterdir()) == []


def test_what_is_logged_later_vanishes_without_a_word(temporary, heard):
    with capture_run() as run, runlog.use(run):
        guest = Run(run.experiment, run.id)
    heard.records.clear()
    run.log("loss", 1.0)
    run.log("new", 1.0)
    run.log_text("sample", "text" * 5_000)
    run.append_log(b"\x90")
    guest.tag("late")
    assert heard.messages == []
    assert list(temporary.iterdir()) == []


def test_records_outside_any_run_do_not_bring_the_folder_back(temporary):
    with capture_run() as run:
        logging.getLogger("train").addHandler(runlog.RunLogHandler())
        run.complete()
        log.warning("after the end, inside the block")
    assert list(temporary.iterdir()) == []


def test_what_the_process_recorded_before_is_no_part_of_the_run(run_script):
    code = """
        import logging
        import runlog
        log = logging.getLogger("train")
        log.addHandler(runlog.RunLogHandler())
        log.warning("before")
        with runlog.testing.capture_run() as run:
            log.warning("inside")
            print([record.message for record in run.records()])
        log.warning("after")
        with runlog.start("first") as first:
            pass
        print([record.message for record in first.records(logger="train")])
    """
    assert run_script(code).stdout.splitlines() == ["['inside']", "['before', 'after']"]


def test_an_exception_fails_the_run_and_passes_through(temporary):
    with pytest.raises(ZeroDivisionError), capture_run() as run:
        1 / 0  # noqa: B018 - the exception is the test
    assert run.status == "Failed"
    assert list(temporary.iterdir()) == []


def test_arguments_are_those_of_start_logging():
    with capture_run("mine", tags={"a": "b"}, display_name="shown") as run:
        assert (run.experiment.name, run.tags, run.display_name) == ("mine", {"a": "b"}, "shown")


def test_blocks_may_be_nested(temporary):
    with capture_run() as outer:
        with capture_run() as inner:
            train()
        train()
        assert (len(outer.get_metrics()["loss"]), inner.status) == (1, "Completed")
    assert list(temporary.iterdir()) == []


def test_a_child_process_logs_to_the_same_place(run_script):
    with capture_run() as run:
        code = f"""
            from runlog import Run, Workspace
            guest = Workspace.from_config().get_run({run.id!r})
            guest.log("from_child", 1.0)
        """
        run_script(code, env={"RUNLOG_URI": os.environ["RUNLOG_URI"]})
        assert run.get_metrics()["from_child"] == [1.0]


def test_importing_it_imports_no_test_framework(run_script):
    code = """
        import sys
        import runlog
        with runlog.testing.capture_run() as run:
            run.log("x", 1)
        print([name for name in ("pytest", "_pytest", "numpy", "unittest") if name in sys.modules])
    """
    assert run_script(code).stdout == "[]\n"
