"""A worker of Celery, started by its command: what its tasks log, in whatever processes, and how its run ends."""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path

import pytest

import runlog
from support.scripts import started_command
from support.waiting import until

PACKAGES = ["celery"]
pytestmark = pytest.mark.integration

CLIENT = """
import sys
from tasks import add, fail, killed
assert [one.get(timeout=120) for one in [add.delay(x, 1) for x in range(4)]] == [1, 2, 3, 4]
for task in map(globals().get, sys.argv[1:]):
    try:
        task.delay().get(timeout=120)
    except Exception as error:
        print(type(error).__name__)
"""


@pytest.fixture
def worker(own_folder, environment):
    """Start a worker: how its runs are started, and what its command is told besides."""
    shutil.copy(Path(__file__).with_name("tasks.py"), own_folder)
    for folder in ("queue", "done", "results"):
        Path(folder).mkdir()
    python = environment(PACKAGES)
    usual = ["--loglevel=INFO", "--concurrency=2", "--without-gossip", "--without-mingle", "--without-heartbeat"]

    def start(how, *options):
        command = [str(python), "-m", "celery", "-A", "tasks", "worker", *usual, *options]
        return started_command(own_folder, command, env={"HOW": how})

    return start


@pytest.fixture
def client(run_script, environment):
    """Have the worker add four times, and do tasks of these names; the kinds of errors that came back."""
    python = environment(PACKAGES)
    return lambda *tasks: run_script(CLIENT, *tasks, interpreter=python, env={"HOW": ""}).stdout.split()


def shown_at_end(process, number=signal.SIGTERM):
    """Tell the worker to go, and wait until it has gone; all that it has written."""
    process.send_signal(number)
    return "".join(process.communicate(timeout=120))


def runs():
    return list(runlog.Workspace.from_config().runs())


def messages(run, *loggers):
    return sorted(record.message for record in run.records() if record.logger in loggers)


ADDING = [f"adding {x}" for x in range(4)]
CALLED = [f"called for {x}" for x in range(4)]
POOLS = {
    "forked processes": [],
    "processes for one task each": ["--max-tasks-per-child=1"],
    "threads": ["--pool=threads"],
    "the worker itself": ["--pool=solo"],
}


@pytest.mark.parametrize("how", ["module", "signals"])
@pytest.mark.parametrize("options", POOLS.values(), ids=POOLS)
def test_the_run_of_a_worker_has_what_its_tasks_log_each_once(worker, client, how, options):
    with worker(how, *options) as process:
        assert client("fail") == ["ValueError"]
        shown = shown_at_end(process)
    assert process.returncode == 0
    (run,) = runs()
    assert run.status == "Completed"
    assert sorted(run.get_metrics()["sum"]) == [1, 2, 3, 4]
    assert messages(run, "tasks") == ADDING
    assert messages(run, "library") == CALLED
    assert sum(message.endswith(" received") for message in messages(run, "celery.worker.strategy")) == 5
    (failure,) = run.records(level="ERROR")
    assert (failure.logger, failure.exception.type) == ("celery.app.trace", "ValueError")
    assert [shown.count(text) for text in (*ADDING, *CALLED, "ValueError: asked to fail")] == [1] * 9


@pytest.mark.parametrize("options", [[], ["--pool=threads", "--concurrency=1"]], ids=["processes", "threads"])
def test_each_task_may_be_a_run(worker, client, options):
    with worker("each task", *options) as process:
        client()
        shown_at_end(process)
    assert [run.status for run in runs()] == ["Completed"] * 4
    assert sorted((messages(run, "tasks", "library"), run.get_metrics()["sum"]) for run in runs()) == [
        ([f"adding {x}", f"called for {x}"], [x + 1]) for x in range(4)
    ]


def test_a_worker_that_is_told_to_go_finishes_its_task_and_its_run(worker, run_script, environment):
    with worker("module") as process:
        run_script(
            "import tasks; tasks.last.delay()",
            interpreter=environment(PACKAGES),
            env={"HOW": ""},
        )
        until(Path("working").exists)
        shown_at_end(process)
    assert process.returncode == 0
    (run,) = runs()
    assert (run.status, run.get_metrics()) == ("Completed", {"sum": [100]})


def test_a_process_of_the_pool_that_is_killed_ends_no_run(worker, client):
    with worker("module") as process:
        assert client("killed", "fail") == ["WorkerLostError", "ValueError"]
        shown_at_end(process)
    (run,) = runs()
    assert run.status == "Completed"
    failures = [record.message for record in run.records(level="ERROR") if record.exception]
    # Celery begins the line about a lost process in one of two ways.
    said = [re.search(r"(?:raised unexpected|raised error): (\w+)\(", one) for one in failures]
    assert [found and found[1] for found in said] == ["WorkerLostError", "ValueError"]
