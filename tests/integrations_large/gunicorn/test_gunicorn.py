"""An application under gunicorn's command: runs of its workers, one run of its master, and gunicorn's own records."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

import runlog
from support.web_servers import served

PACKAGES = ["gunicorn"]
pytestmark = pytest.mark.integration

APPLICATION = """
import logging, sys
import runlog

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("service")
run = runlog.start("service", capture={"gunicorn.error": "INFO", "gunicorn.access": "INFO"}, capture_system=False)

def app(environ, start_response):
    log.info("asked for %s", environ["PATH_INFO"])
    run.log("requests", 1)
    if environ["PATH_INFO"] == "/fail":
        raise ValueError("asked to fail")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]

print("loaded", file=sys.stderr, flush=True)
"""
SETTINGS = """
workers = 2
accesslog = "-"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {
        "console": {"class": "runlog.ConsoleHandler"},
        "file": {"class": "runlog.RotatingFileHandler", "filename": "service.jsonl"},
        "run": {"class": "runlog.RunLogHandler"},
    },
    "loggers": {
        "gunicorn.error": {"level": "INFO", "propagate": True},
        "gunicorn.access": {"level": "INFO", "propagate": True},
    },
    "root": {"level": "INFO", "handlers": ["console", "file", "run"]},
}
"""
PATHS = ["/1", "/2", "/3"]


@pytest.fixture
def command(environment):
    """Serve the application; what else gunicorn is told comes behind."""
    Path("application.py").write_text(APPLICATION)
    Path("gunicorn.conf.py").write_text('workers = 2\naccesslog = "-"\n')
    return lambda *options: served(
        Path.cwd(),
        *("-m", "gunicorn", "--bind", "127.0.0.1:{port}", *options, "application:app"),
        interpreter=environment(PACKAGES),
        env={"HOME": str(Path.cwd())},  # for gunicorn's control socket
    )


def asked_and_ended(command, *options, number=signal.SIGTERM, loads=2):
    """Each path asked once, and the server ended; its runs and what it has shown."""
    with command(*options) as server:
        server.wait_for("Booting worker", 2)
        server.wait_for("loaded", loads)
        assert [server.ask(path) for path in PATHS] == [200, 200, 200]
        assert server.ask("/fail") == 500
        assert server.end(number) == 0
    return list(runlog.Workspace.from_config().runs()), server.shown


def messages(runs, logger):
    return [record.message for run in runs for record in run.records(logger=logger)]


def holds_what_the_application_logged(runs):
    assert sum(len(run.get_metrics().get("requests", [])) for run in runs) == 4
    assert sorted(messages(runs, "service")) == ["asked for /1", "asked for /2", "asked for /3", "asked for /fail"]


def holds_each_request_once(runs):
    holds_what_the_application_logged(runs)
    answered = messages(runs, "gunicorn.access")
    assert sorted(one.split('"GET ')[1].split()[0] for one in answered) == ["/1", "/2", "/3", "/fail"]
    (failure,) = [record for run in runs for record in run.records(level="ERROR")]
    assert (failure.logger, failure.message) == ("gunicorn.error", "Error handling request GET /fail")
    assert (failure.exception.type, failure.exception.frames[-1].function) == ("ValueError", "app")


def test_each_worker_has_a_run_that_is_completed_when_it_is_told_to_go(command):
    runs, shown = asked_and_ended(command)
    assert [run.status for run in runs] == ["Completed", "Completed"]
    holds_each_request_once(runs)
    assert shown.count("ValueError: asked to fail") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_workers_that_have_to_go_at_once_have_completed_runs(command, number):
    """They exit wherever the signal finds them, be it while they log that they have answered."""
    runs, _ = asked_and_ended(command, number=number)
    assert [run.status for run in runs] == ["Completed", "Completed"]
    holds_what_the_application_logged(runs)


def test_workers_of_a_master_that_loads_the_application_log_to_its_run(command):
    (run,), _ = asked_and_ended(command, "--preload", loads=1)
    assert run.status == "Completed"
    holds_each_request_once([run])
    assert messages([run], "gunicorn.error").count("Shutting down: Master") == 1


def test_a_worker_that_is_killed_is_crashed_and_the_one_after_it_has_a_run_of_its_own(command):
    with command("--workers", "1") as server:
        server.wait_for("Booting worker")
        assert server.ask("/1") == 200
        (first,) = runlog.Workspace.from_config().runs()
        (record,) = first.records(logger="service")
        os.kill(record.process, signal.SIGKILL)
        server.wait_for("loaded", 2)
        assert server.ask("/2") == 200
        assert server.end(signal.SIGTERM) == 0
    statuses = {run.status: messages([run], "service") for run in runlog.Workspace.from_config().runs()}
    assert statuses == {"Crashed": ["asked for /1"], "Completed": ["asked for /2"]}


def test_gunicorn_s_own_configuration_may_name_our_handlers(command):
    """They are made by the master, which has no run; a worker's records come to the worker's run."""
    Path("gunicorn.conf.py").write_text(SETTINGS)
    application = Path("application.py")
    application.write_text(
        application.read_text().replace('{"gunicorn.error": "INFO", "gunicorn.access": "INFO"}', "None")
    )
    runs, shown = asked_and_ended(command)
    assert [run.status for run in runs] == ["Completed", "Completed"]
    holds_each_request_once(runs)
    assert shown.count("ValueError: asked to fail") == 1
    assert shown.count("asked for /1") == 1
    lines = Path("service.jsonl").read_text().splitlines()
    assert sum('"asked for /1"' in line for line in lines) == 1
    assert sum("Shutting down: Master" in line for line in lines) == 1
    assert "Shutting down: Master" not in messages(runs, "gunicorn.error")
