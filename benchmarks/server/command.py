"""Points and log records on disk are sent to one server; how long until all are there, and until all are found."""

from __future__ import annotations

import logging
import random
import sys
import time
from pathlib import Path

import requests

from benchmarks.machine import describe, scratch_folder
from benchmarks.report import say, table
from benchmarks.server.sending import send
from runlog import Experiment, Workspace

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from support.server_process import ServerProcess, started_server

WORDS = ("batch", "loss", "gradient", "checkpoint", "loader", "worker", "epoch", "learning", "rate", "device")


COLUMNS = ["", "taken in", "found", "over the wire", "server's memory"]


def server_command(points: int, records: int) -> None:
    """Measure both, in servers of their own, and print."""
    say(f"on {describe()}")
    with scratch_folder() as folder:
        rows = [
            _measure("points", points, _log_points(folder / "points", points), folder),
            _measure("records", records, _log_records(folder / "records", records), folder),
        ]
    table(f"{points:,} points and {records:,} log records into one server", COLUMNS, rows)


def _log_points(place: Path, count: int) -> Path:
    chance = random.Random(0)
    with Experiment(Workspace(place), "bench").start_logging(capture_system=False) as run:
        log = run.log
        for step in range(count // 10):
            for name in range(10):
                log(f"metric{name}", chance.random(), step=step)
    return place / "runs" / run.id


def _log_records(place: Path, count: int) -> Path:
    chance = random.Random(0)
    logger = logging.getLogger("bench.server")
    logger.setLevel(logging.INFO)
    with Experiment(Workspace(place), "bench").start_logging(capture_system=False) as run:
        for number in range(count):
            logger.info("%s %s of %d", chance.choice(WORDS), chance.choice(WORDS), number)
    return place / "runs" / run.id


def _measure(what: str, count: int, source: Path, folder: Path) -> list[str]:
    with started_server(folder / f"served-{what}") as server:
        began = time.perf_counter()
        wire = send(server.url, server.tokens["writer"], source)
        taken = time.perf_counter() - began
        _wait_until_found(server, source.name, what, count)
        found = time.perf_counter() - began
        memory = _memory(server)
    rates = [f"{count / seconds:,.0f}/s" for seconds in (taken, found)]
    return [what, *rates, f"{wire / 1e6:,.0f} MB", f"{memory / 1e6:,.0f} MB"]


def _wait_until_found(server: ServerProcess, run: str, what: str, count: int) -> None:
    """Until the index knows every point, or the last record is found by its number."""
    client = server.client("reader")
    while True:
        if what == "points":
            answer: requests.Response = client("GET", f"/api/v1/runs/{run}/metrics")
            if answer.ok and sum(one["count"] for one in answer.json()["items"]) == count:
                return
        else:
            answer = client("GET", "/api/v1/records", params={"q": f'"of {count - 1}"', "run": run, "limit": 1})
            if answer.ok and answer.json()["items"]:
                return
        time.sleep(0.05)


def _memory(server: ServerProcess) -> int:
    """The most that the server had in memory, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
