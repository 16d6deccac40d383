"""Journals on disk are sent by ``runlog sync`` to one server; how long until all are there, and until all are found."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.machine import child_environment, describe, interpreter, scratch_folder
from benchmarks.report import progress, say, table
from benchmarks.server.journals import log_points, log_records
from benchmarks.server.searching import seconds_to_be_found, summary, wait_for_points, wait_for_record
from support.server_process import Client, ServerProcess, started_server

COLUMNS = ["", "sent", "found", "server's memory"]
SENDERS = 4
Found = Callable[[Client], None]


def server_command(points: int, records: int) -> None:
    """Measure all, each in a server of its own, and print.

    Args:
        points: how many values are sent.
        records: how many log records are sent.
    """
    say(f"on {describe()}")
    rows = [
        _measure("points", points, _one(log_points, points, points=True)),
        _measure("log records", records, _one(log_records, records)),
        _measure(f"points, {SENDERS} senders", points, _several(log_points, points, points=True)),
        _measure(f"log records, {SENDERS} senders", records, _several(log_records, records)),
    ]
    table(f"{points:,} points and {records:,} log records, sent by runlog sync to one server", COLUMNS, rows)
    with _server() as (server, folder):
        say(f"a record of a living run is found after {summary(seconds_to_be_found(server, folder / 'outbox', 40))}")


class _Sender(NamedTuple):
    """An outbox, and how it is known that all of it is found."""

    outbox: Path
    found: Found


Senders = Callable[[str, Path], list[_Sender]]


def _one(log: Callable[[str, Path, int], str], count: int, *, points: bool = False) -> Senders:
    def made(address: str, folder: Path) -> list[_Sender]:
        run = log(address, folder, count)
        return [_Sender(folder, _question(run, count, points=points))]

    return made


def _several(log: Callable[[str, Path, int], str], count: int, *, points: bool = False) -> Senders:
    def made(address: str, folder: Path) -> list[_Sender]:
        each = _one(log, count // SENDERS, points=points)
        return [one for number in range(SENDERS) for one in each(address, folder / str(number))]

    return made


def _question(run: str, count: int, *, points: bool) -> Found:
    if points:
        return lambda client: wait_for_points(client, run, count)
    return lambda client: wait_for_record(client, run, f"of {count - 1}")


@contextmanager
def _server() -> Iterator[tuple[ServerProcess, Path]]:
    with scratch_folder() as folder, started_server(folder / "served") as server:
        yield server, folder


def _measure(what: str, count: int, made: Senders) -> list[str]:
    progress(f"{count:,} {what}")
    with _server() as (server, folder):
        senders = made(server.url, folder / "outbox")
        began = time.perf_counter()
        _sync(server, [one.outbox for one in senders])
        sent = time.perf_counter() - began
        for one in senders:
            one.found(server.client("reader"))
        found = time.perf_counter() - began
        memory = _memory(server)
    rates = [f"{count / seconds:,.0f}/s ({seconds:.2f} s)" for seconds in (sent, found)]
    return [what, *rates, f"{memory / 1e6:,.0f} MB"]


def _sync(server: ServerProcess, outboxes: list[Path]) -> None:
    """Have each outbox sent by a process of its own, the start of which counts, too."""
    processes = [
        subprocess.Popen(
            [interpreter(), "-m", "runlog", "sync"],
            env=child_environment(
                RUNLOG_OUTBOX=str(outbox), RUNLOG_URI=server.url, RUNLOG_TOKEN=server.tokens["writer"]
            ),
            stdout=subprocess.DEVNULL,
        )
        for outbox in outboxes
    ]
    codes = [process.wait() for process in processes]
    if any(codes):
        raise SystemExit(f"runlog sync ended with {codes}")


def _memory(server: ServerProcess) -> int:
    """The most that the server had in memory, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
