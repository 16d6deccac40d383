"""A writer that sends a run with something hostile in it, and what a server makes of it."""

from __future__ import annotations

import itertools

from support.hostile import segments
from support.hostile.events import EventPlace, Sample, payloads, segment
from support.hostile.segments import OddSegment
from support.hostile.server import CPU_SECONDS, UNEXPECTED, WatchedServer, is_readable
from support.hostile.values import Hostile

WRITER = "w" * 12
_numbers = itertools.count(1)


def send_run(server: WatchedServer, data: bytes, run_id: str, *, writer: str = WRITER, stream: str = "events") -> int:
    """Send a segment as a run of its own; the status of the answer."""
    path = f"/api/v1/runs/{run_id}"
    claimed = server.writer("PUT", path)
    assert claimed.status_code == 201, claimed.text
    where = f"{path}/journal/{writer}"
    answer = server.writer("PUT", f"{where}/{stream}/0?offset=0&sealed=1", data=data)
    server.writer("POST", f"{where}/sign", json={"state": "closed", "lost": [0, 0]})
    return answer.status_code


def send_event(server: WatchedServer, events: list[Sample], at: EventPlace, hostile: Hostile) -> tuple[str, int]:
    """Send the events, one of them with a hostile value; the run's id and the status of the answer."""
    run_id = f"hostile-{next(_numbers)}"
    return run_id, send_run(server, segment(run_id, WRITER, payloads(events, at, hostile)), run_id)


def attack_event(server: WatchedServer, events: list[Sample], at: EventPlace, hostile: Hostile) -> list[str]:
    """The same; what is amiss then."""
    before = server.cpu()
    run_id, status = send_event(server, events, at, hostile)
    return faults_after(server, run_id, status, before)


def attack_segment(server: WatchedServer, odd: OddSegment) -> list[str]:
    """Send a segment that no writer would write; what is amiss then."""
    run_id = f"hostile-{next(_numbers)}"
    before = server.cpu()
    status = send_run(server, odd.make(run_id), run_id, writer=segments.WRITER, stream=odd.stream)
    return faults_after(server, run_id, status, before)


def faults_after(server: WatchedServer, run_id: str, status: int, before: float) -> list[str]:
    """Read what was sent, and see to the others."""
    found = [f"sending: {status}"] if status in UNEXPECTED else []
    found += faults_in_reading(server, run_id)
    spent = server.cpu() - before
    return found + ([f"it took {spent:.1f} s"] if spent > CPU_SECONDS else []) + server.faults()


def faults_in_reading(server: WatchedServer, run_id: str) -> list[str]:
    """Read all that the server has of a run."""
    found = []
    for what, answer in server.read_all(run_id):
        if answer.status_code in UNEXPECTED or not is_readable(answer):
            found.append(f"{what}: {answer.status_code} {answer.text[:200]}")
    return found
