"""Runs that wait to be sent: an outbox as training leaves it, written by this process."""

from __future__ import annotations

import logging
import random
from pathlib import Path

from runlog import Experiment, Workspace
from runlog.remote.outbox import Outbox

WORDS = ("batch", "loss", "gradient", "checkpoint", "loader", "worker", "epoch", "learning", "rate", "device")
METRICS = 10


def log_points(address: str, outbox: Path, count: int) -> str:
    """Leave a run with random points of ten metrics; its id."""
    chance = random.Random(0)
    with _unsent(address, outbox).start_logging(capture_system=False, outputs=False) as run:
        log = run.log
        for step in range(count // METRICS):
            for name in range(METRICS):
                log(f"metric{name}", chance.random(), step=step)
    return run.id


def log_records(address: str, outbox: Path, count: int) -> str:
    """Leave a run with log records of five words; its id."""
    chance = random.Random(0)
    logger = logging.getLogger("bench.server")
    logger.setLevel(logging.INFO)
    with _unsent(address, outbox).start_logging(capture_system=False, outputs=False) as run:
        for number in range(count):
            logger.info("%s %s of %d", chance.choice(WORDS), chance.choice(WORDS), number)
    return run.id


def _unsent(address: str, outbox: Path) -> Experiment:
    box = Outbox(address, outbox / "server")
    box.prepare()
    return Experiment(Workspace(box.path), "bench")
