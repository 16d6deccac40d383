"""Journals on disk, sent segment by segment over one connection, as fast as the server takes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import requests
import zstandard

from runlog.journal.files import parse_segment_name
from runlog.journal.format import Header, Stream, unpack_parts
from runlog.journal.liveness import Liveness

NAMES = {Stream.POINTS: "points", Stream.EVENTS: "events", Stream.OVERFLOW: "overflow"}


def segments(folder: Path) -> Iterator[tuple[Header, bytes]]:
    """Each sealed segment of a run's folder."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".pack":
            data = path.read_bytes()
            for at, size in unpack_parts(data):
                yield Header.unpack(data[at : at + size]), data[at : at + size]
        elif parse_segment_name(path.name) is not None:
            data = path.read_bytes()
            yield Header.unpack(data), data


def send(url: str, token: str, folder: Path) -> int:
    """Send a run; bytes that went over the wire."""
    sent = 0
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {token}"
        base = f"{url}/api/v1/runs/{folder.name}"
        session.put(base, timeout=60).raise_for_status()
        writers = set()
        for header, image in segments(folder):
            body = zstandard.ZstdCompressor(level=1).compress(image)
            place = f"{header.writer}/{NAMES[header.stream]}/{header.segment}"
            answer = session.put(
                f"{base}/journal/{place}?sealed=1", data=body, headers={"Content-Encoding": "zstd"}, timeout=600
            )
            answer.raise_for_status()
            sent += len(body)
            writers.add(header.writer)
        for writer in writers:
            session.post(f"{base}/journal/{writer}/sign", json={"state": Liveness.CLOSED.value}, timeout=60)
    return sent
