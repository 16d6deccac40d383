"""Other trackers' servers, each in an environment of its own, one after the other."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.machine import child_environment, describe, scratch_folder
from benchmarks.peers.catalog import PEERS
from benchmarks.peers.environments import NotInstalledError, install, version
from benchmarks.report import progress, say, table

SERVERS = {"mlflow-sqlite": "mlflow_server", "trackio": "trackio_server"}
"""The module of each peer's server, by the peer's name in the catalog."""


class Taken(NamedTuple):
    """What a server took for the points."""

    peer: str
    points: int
    kept: int
    seconds: float
    memory: int
    bytes: int

    def row(self) -> list[str]:
        """A row of the table."""
        each = self.bytes / max(1, self.kept)
        cells = [f"{self.points / self.seconds:,.0f}", f"{self.seconds:.1f} s", f"{self.memory / 2**20:,.0f} MiB"]
        return [self.peer, *cells, f"{each:.1f}", "all" if self.kept == self.points else f"{self.kept:,} kept"]


COLUMNS = ["", "points/s", "in all", "server's memory", "bytes a point", "kept"]


def peer_servers_command(points: int, base: str) -> None:
    """Measure and print.

    Args:
        points: how many values each server gets.
        base: the interpreter that environments are made with.
    """
    say(f"on {describe()}")
    table(f"{points:,} points into a server", COLUMNS, [one.row() for one in measure_servers(points, base)])


def measure_servers(points: int, base: str) -> Iterator[Taken]:
    """What each server took. One that can't be installed or run here is named, with the reason."""
    for name, module in SERVERS.items():
        peer = PEERS[name]
        try:
            python = install(peer, base)
            progress(f"{points:,} points into the server of {version(peer)}")
            with scratch_folder() as folder:
                yield Taken(version(peer), **_ask(python, module, folder, points))
        except (NotInstalledError, RuntimeError) as reason:
            say(f"{name}: {reason}")


def _ask(python: str, module: str, folder: Path, points: int) -> dict[str, float]:
    command = [python, "-m", f"benchmarks.peer_servers.{module}", str(folder), str(points)]
    done = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1])
    answer: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
