"""A peer's server as a child process, and what it took: time, memory, disk."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

START_SECONDS = 120


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(command: list[str], url: str, folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server that answers; its output goes to ``server.log`` in the folder.

    Raises:
        RuntimeError: it ended, or did not answer in time; with its last words.
    """
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **environment}, start_new_session=True
        )
    try:
        _wait(process, url, folder)
        yield process
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    words = (folder / "server.log").read_text(errors="replace").strip().splitlines()[-1:]
    raise RuntimeError(f"the server did not answer at {url}: {' '.join(words)}")


def peak_memory(process: subprocess.Popen[bytes]) -> int:
    """Bytes of memory that the processes of the server's session had at their peaks, added up (Linux)."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getsid(int(status.parent.name)) != process.pid:
                continue
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except (OSError, ValueError):  # it ended meanwhile
            continue
        total += int(lines.get("VmHWM", "0 kB").split()[0]) * 1024
    return total


def count_rows(database: Path, table: str) -> int:
    """Rows of a table in a server's database, to see that all have come."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def report(points: int, kept: int, seconds: float, memory: int, files: list[Path]) -> None:
    """Tell the parent process, as the last line of the output."""
    size = sum(file.stat().st_size for file in files)
    answer = {"points": points, "kept": kept, "seconds": seconds, "memory": memory, "bytes": size}
    print(json.dumps(answer), file=sys.__stdout__, flush=True)
