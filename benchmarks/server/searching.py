"""When a server's readers find what was sent to it."""

from __future__ import annotations

import logging
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runlog import Experiment, Run, Workspace
from support.server_process import Client, ServerProcess

LOOK = 0.02
"""Seconds between two questions."""


def wait_for_points(client: Client, run: str, count: int) -> None:
    """Return once the server's index knows so many points of a run."""
    while True:
        answer = client("GET", f"/api/v1/runs/{run}/metrics")
        if answer.ok and sum(one["count"] for one in answer.json()["items"]) == count:
            return
        time.sleep(LOOK)


def wait_for_record(client: Client, run: str, phrase: str) -> None:
    """Return once a search of the server finds a record of a run."""
    while True:
        answer = client("GET", "/api/v1/records", params={"q": f'"{phrase}"', "run": run, "limit": 1})
        if answer.ok and answer.json()["items"]:
            return
        time.sleep(LOOK)


def seconds_to_be_found(server: ServerProcess, outbox: Path, times: int) -> list[float]:
    """From a call of ``logger.info`` in a living run until a search finds its record, so many times."""
    client = server.client("reader")
    logger = logging.getLogger("bench.live")
    logger.setLevel(logging.INFO)
    found = []
    with _as_a_user(server, outbox), _living_run(server.url) as run:
        for number in range(times):
            time.sleep(0.137)  # at no fixed place between two looks of the sending thread
            began = time.perf_counter()
            logger.info("live record number %d", number)
            wait_for_record(client, run.id, f"live record number {number}")
            found.append(time.perf_counter() - began)
    return found


def _living_run(address: str) -> Run:
    return Experiment(Workspace(address), "bench").start_logging(capture_system=False, outputs=False)


def summary(seconds: list[float]) -> str:
    """The median and the most."""
    return f"{statistics.median(seconds):.2f} s median, {max(seconds):.2f} s at the most, of {len(seconds)}"


@contextmanager
def _as_a_user(server: ServerProcess, outbox: Path) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ("RUNLOG_OUTBOX", "RUNLOG_TOKEN")}
    os.environ.update(RUNLOG_OUTBOX=str(outbox), RUNLOG_TOKEN=server.tokens["writer"])
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
