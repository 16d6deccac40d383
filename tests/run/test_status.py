"""What a run says of itself: status, details, logs and address, here, elsewhere and after a crash."""

from __future__ import annotations

import logging
import os
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest

from runlog import Experiment, Workspace

AZURE_KEYS = [
    *("runId", "target", "status", "startTimeUtc", "endTimeUtc", "error", "warnings", "properties"),
    *("inputDatasets", "outputDatasets", "runDefinition", "logFiles", "submittedBy"),
]


@pytest.fixture
def run(workspace):
    logging.getLogger().setLevel(logging.DEBUG)
    return Experiment(workspace, "status").start_logging(outputs=False)


def elsewhere(run):
    return Workspace(run.experiment.workspace.location).get_run(run.id)


def test_details_have_all_of_azures_keys_at_every_moment(run):
    assert list(run.get_details()) == AZURE_KEYS
    run.complete()
    assert list(elsewhere(run).get_details()) == AZURE_KEYS


def test_details_of_a_run_that_is_at_work(run):
    run.add_properties({"commit": "abc"})
    details = elsewhere(run).get_details()
    assert (details["runId"], details["target"], details["status"]) == (run.id, "local", "Running")
    assert details["endTimeUtc"] is details["error"] is details["submittedBy"] is None
    assert details["properties"] == {"commit": "abc"}
    assert details["warnings"] == details["inputDatasets"] == details["outputDatasets"] == []
    assert details["runDefinition"] == {
        "script": sys.argv[0],
        "arguments": sys.argv[1:],
        "target": "local",
        "sourceDirectory": str(Path.cwd()),
    }


def test_times_are_rfc_3339_in_utc(run):
    run.complete()
    details = run.get_details()
    began, ended = (datetime.strptime(details[key], "%Y-%m-%dT%H:%M:%S.%f%z") for key in ("startTimeUtc", "endTimeUtc"))
    assert began <= ended


def test_an_error_has_azures_parts(run):
    try:
        raise ValueError("no such thing")
    except ValueError as error:
        run.fail(error, error_code="Data")
    error = elsewhere(run).get_details()["error"]["error"]
    assert (error["code"], error["message"]) == ("Data", "no such thing")
    assert error["debugInfo"]["type"] == "ValueError"
    assert "raise ValueError" in error["debugInfo"]["stackTrace"]
    assert run.get_detailed_status() == {"status": "Failed", "details": "ValueError: no such thing"}


def test_what_is_missing_is_a_warning(run):
    run.log("loss", 1.0)
    run._writer.count_lost(points=3, events=2)
    run.complete()
    (warning,) = run.get_details()["warnings"]
    assert warning == {"source": "runlog", "message": "3 points and 2 events could not be kept"}


def test_the_status_of_a_run_is_never_a_copy(run):
    other = elsewhere(run)
    assert (run.get_status(), other.get_status()) == ("Running", "Running")
    assert run.get_detailed_status()["details"].startswith(f"process {os.getpid()} on ")
    run.complete()
    assert (run.get_status(), other.get_status()) == ("Completed", "Completed")
    assert other.get_detailed_status() == {"status": "Completed", "details": ""}


def test_a_killed_run_tells_what_became_of_its_process(run_script, workspace):
    run_script(
        """
        import logging, os, signal, runlog
        run = runlog.start("killed")
        logging.warning("the last words")
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        check=False,
    )
    (run,) = workspace.runs()
    details = run.get_details_with_logs()
    assert details["status"] == "Crashed"
    assert details["endTimeUtc"] is None
    assert run.get_detailed_status()["details"].endswith("died without ending the run")
    (text,) = details["logFiles"].values()
    assert text.endswith("WARNING  root: the last words\n")


def test_the_address_of_a_local_run_is_its_folder(run):
    address = urlparse(run.get_portal_url())
    assert address.scheme == "file"
    assert Path(url2pathname(address.path)) == Path(run.experiment.workspace.location) / "runs" / run.id


def test_log_files_are_the_processes_that_logged_something(run):
    other = elsewhere(run)
    assert other.get_details()["logFiles"] == {}
    logging.getLogger("train").info("first")
    ((name, address),) = other.get_details()["logFiles"].items()
    assert name.endswith(f"-{os.getpid()}.log")
    assert address == run.get_portal_url()
    assert list(other.get_details_with_logs()["logFiles"]) == [name]


def test_all_logs_are_written_as_text_a_file_for_each_process(run, run_script, own_folder):
    logger = logging.getLogger("train")
    logger.debug("here")
    try:
        raise ValueError("bad")
    except ValueError:
        logger.exception("went wrong")
    run_script(f"""
        import logging
        from runlog import Workspace, use, RunLogHandler
        logging.basicConfig(level="DEBUG", handlers=[RunLogHandler()])
        with use(Workspace.from_config().get_run({run.id!r})):
            logging.info("there")
            logging.info("ünïcode \\udc80")
    """)
    own, other = elsewhere(run).get_all_logs("logs/of/the run")
    assert own.parent == other.parent == Path("logs/of/the run")
    assert sorted(path.name for path in own.parent.iterdir()) == sorted([own.name, other.name])
    first, second, *traceback = own.read_text(encoding="utf-8").splitlines()
    assert first.endswith("Z DEBUG    train: here")
    assert second.endswith("Z ERROR    train: went wrong")
    assert traceback[0] == "Traceback (most recent call last):"
    assert traceback[-1] == "ValueError: bad"
    assert datetime.fromisoformat(first[:26])
    assert [line.split(": ")[1] for line in other.read_text(encoding="utf-8").splitlines()] == [
        "there",
        "ünïcode \\udc80",
    ]


def test_logs_without_a_destination_go_to_a_new_folder(run, own_folder, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(own_folder))
    logging.getLogger("train").info("here")
    (first,), (second,) = run.get_all_logs(), run.get_all_logs()
    assert first.parent != second.parent
    assert first.read_text() == second.read_text()


def test_logs_of_a_run_that_logged_nothing_are_no_files(run, own_folder):
    assert run.get_all_logs("logs") == []
    assert list((own_folder / "logs").iterdir()) == []


def test_logs_can_not_be_written_into_a_file(run):
    Path("taken").write_text("x")
    with pytest.raises(ValueError, match="'taken' is a file; give a folder"):
        run.get_all_logs("taken")
    with pytest.raises(TypeError, match="the path of a folder"):
        run.get_all_logs(3)


def test_logs_of_several_attempts_and_late_ones_are_kept_apart_by_process(run, workspace):
    logger = logging.getLogger("train")
    logger.info("first")
    run.complete()
    with Experiment(workspace, "status").start_logging(run_id=run.id, resume="must", outputs=False) as again:
        logger.info("second")
    names = [path.name.split("-")[0] for path in again.get_all_logs("logs")]
    assert names == ["attempt1", "attempt2"]
    texts = [path.read_text() for path in sorted(Path("logs").iterdir())]
    assert [text.rstrip().rpartition(" ")[2] for text in texts] == ["first", "second"]
