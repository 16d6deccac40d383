"""``python attack_program.py PLAN``: everything at once that a server is not to be stopped by, until stdin is closed.

The plan is JSON: the server's port, tokens of a reader and of a writer, and how many there are of each kind. It prints
how often each kind began anew, since the server had ended it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator

from runlog.journal.format import HEADER_SIZE, Header, Stream
from support.hostile_runs import EVENTS, ending, opening, segment_of
from support.hostile_segments import WRITER, claims
from support.raw_http import head

JSON = {"Content_Type": "application/json"}
LISTENERS, SLOW, UPLOADS, WRITERS = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"
"""Where each kind comes from."""
PAUSE = 1.0
"""Seconds between two connections of one attacker."""
DRIP = 5.0
"""Seconds between two bytes of those that are slow."""
COSTLY = 3 << 20
"""Bytes of a segment that would cost a reader minutes."""


class Attack:
    """The attackers, each a task that connects again and again."""

    def __init__(self, port: int, reader: str, writer: str) -> None:
        self.port = port
        self.reader = reader
        self.writer = writer
        self.begun: Counter[str] = Counter()
        self._numbers = itertools.count()

    async def repeat(self, kind: str, source: str, sent: Callable[[], bytes], drip: bytes) -> None:
        """Send something, then drip, until the server closes; and again."""
        while True:
            self.begun[kind] += 1
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))
                with contextlib.closing(writer):
                    writer.write(sent())
                    await self._until_closed(reader, writer, drip)
            await asyncio.sleep(PAUSE)

    async def _until_closed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, drip: bytes) -> None:
        while True:
            try:
                if not await asyncio.wait_for(reader.read(65_536), DRIP):
                    return
            except asyncio.TimeoutError:
                writer.write(drip)
                await writer.drain()

    def slow_requests(self) -> Iterator[tuple[bytes, bytes]]:
        """What slow connections begin with, and what they go on with."""
        return itertools.cycle(
            [
                (b"", b""),
                (b"GET /heal", b"x"),
                (head("PUT", f"/api/v1/blobs/{'0' * 64}", None, 10**9), b"x"),
                (head("POST", "/api/v1/run-states", self.reader, 10**6, **JSON), b" "),
                (head("POST", "/api/v1/blobs/missing", self.writer, None, **JSON), b"1\r\n \r\n"),
                (head("GET", "/api/v1/run-ids?limit=1000000", self.reader), b""),
            ]
        )

    def upload(self) -> bytes:
        """A slow upload into a run that is there."""
        return head("PUT", f"/api/v1/runs/hostile0/files/slow{next(self._numbers)}", self.writer, 10**9) + b"begun"

    async def hostile_runs(self) -> None:
        """Send runs whose content would stop who reads it, again and again under other names."""
        names = itertools.count()
        while True:
            for event in [None, *EVENTS.values()]:
                await self._send(f"hostile{next(names)}", event)
            await asyncio.sleep(10)

    async def _send(self, run: str, event: tuple[int, int, bytes] | None) -> None:
        self.begun["hostile runs"] += 1
        writer, data, sealed = "000000000001", b"", 1
        if event is None:
            header = Header(Stream.EVENTS, 0, 0, WRITER, run).pack()
            writer, data, sealed = WRITER, header + claims(COSTLY)[HEADER_SIZE:], 0
        else:
            data = segment_of(run, [opening(run), event, ending()])
        place = f"/api/v1/runs/{run}"
        await self._ask(head("PUT", place, self.writer, Connection="close"))
        path = f"{place}/journal/{writer}/events/0?sealed={sealed}"
        await self._ask(head("PUT", path, self.writer, len(data), Connection="close") + data)

    async def _ask(self, request: bytes) -> None:
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(WRITERS, 0))
            with contextlib.closing(writer):
                writer.write(request)
                await asyncio.wait_for(reader.read(), 30)


async def main(plan: dict) -> None:
    attack = Attack(plan["port"], plan["reader"], plan["writer"])
    listen = head("GET", "/api/v1/events", attack.reader)
    slow = attack.slow_requests()
    attackers = [
        attack.hostile_runs(),
        *(attack.repeat("listeners", LISTENERS, lambda: listen, b"") for _ in range(plan["listeners"])),
        *(
            attack.repeat("slow connections", SLOW, lambda sent=sent: sent, drip)
            for sent, drip in itertools.islice(slow, plan["slow"])
        ),
        *(attack.repeat("slow uploads", UPLOADS, attack.upload, b"x") for _ in range(plan["uploads"])),
    ]
    tasks = [asyncio.create_task(one) for one in attackers]
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps(attack.begun), flush=True)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
