"""Runs with very many log records, written as their journals would have written them, but by two processes at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import repeat
from pathlib import Path

import msgspec

from runlog.journal.events import build_frame
from runlog.journal.files import segment_name
from runlog.journal.format import HEADER_SIZE, Footer, Header, Stream, block_crcs, event_seed
from runlog.records import EventKind, RunOpened, encode

RARE, RARE_IN = "diverged", 50_000
COMMON = "loss"
RECORDS_OF_A_RUN = 250_000
BEGIN = 1_700_000_000 * 10**9
SIZES = (1 << 20, 4 << 20, 16 << 20, 64 << 20)
"""Bytes of a stream's segments; the last one goes on."""
TEMPLATES = (
    ("train.loop", 20, "INFO", "step %d of 100000: loss %.4f, accuracy %.3f"),
    ("train.loop", 10, "DEBUG", "batch %d took %.1f ms, %.0f rows waiting in the queue"),
    ("data.loader", 10, "DEBUG", "reading shard %d of 512, %.1f MB/s, worker %.0f"),
    ("data.loader", 20, "INFO", "prefetched %d samples in %.2f s, %.1f MB in memory"),
    ("train.optim", 10, "DEBUG", "step %d: gradient norm %.5f clipped, layer %.0f"),
    ("torch.distributed", 20, "INFO", "barrier %d passed after %.3f seconds, rank %.0f was last"),
    ("httpx", 10, "DEBUG", "request %d finished with status 200 in %.0f ms, %.0f bytes"),
    ("train.checkpoint", 20, "INFO", "saved checkpoint %d, %.1f MB written to disk in %.2f s"),
    ("train.loop", 30, "WARNING", "slow batch %d: took %.1f ms where %.1f ms are usual"),
)
"""Logger, level, its name, and what a record says with three arguments, some 60 characters."""


def write_runs(folder: Path, records: int) -> None:
    """Write runs with so many records in all, the same each time."""
    counts = [RECORDS_OF_A_RUN] * (records // RECORDS_OF_A_RUN)
    if rest := records - sum(counts):
        counts.append(rest)
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_write_run, repeat(folder), range(len(counts)), counts))


def rare_ones(records: int) -> int:
    """How many of so many records have the rare word."""
    whole, rest = divmod(records, RECORDS_OF_A_RUN)
    return whole * (RECORDS_OF_A_RUN // RARE_IN) + (rest + RARE_IN // 2 - 1) // RARE_IN


def _write_run(folder: Path, number: int, count: int) -> None:
    run, writer = f"run{number:06d}", f"bench{number:07d}"
    place = folder / "runs" / run
    place.mkdir(parents=True)
    opened = encode(RunOpened(time=BEGIN, run_id=run, experiment="bench", owner=True))
    frames = _frames(writer, opened, number, count)
    segment, base, held = 0, 0, next(frames, None)
    while held is not None:
        size = SIZES[min(segment, len(SIZES) - 1)]
        header = Header(Stream.EVENTS, segment, base, writer, run).pack()
        parts, position = [header], HEADER_SIZE
        while held is not None and position < size - (1 << 12):
            frame = held(position)
            parts.append(frame)
            position += len(frame)
            held = next(frames, None)
        data = b"".join(parts)
        states = (HEADER_SIZE,) if segment == 0 else ()
        footer = Footer(len(data), block_crcs(memoryview(data)[HEADER_SIZE:]), states).pack(header)
        (place / segment_name(writer, Stream.EVENTS, segment, sealed=True)).write_bytes(data + footer)
        segment, base = segment + 1, base + size


def _frames(writer: str, opened: bytes, number: int, count: int) -> Iterator[partial[bytes]]:
    yield partial(build_frame, event_seed(writer, EventKind.RUN, 1), EventKind.RUN, 1, opened)
    seed, chance, encode_record = event_seed(writer, EventKind.LOG, 0), random.Random(number), msgspec.msgpack.encode
    time = BEGIN + number * 10**9
    for at in range(count):
        time += int(chance.random() * 2e6)
        logger, level, name, template = TEMPLATES[int(chance.random() * len(TEMPLATES))]
        args = (at, chance.random() * 1000, chance.random() * 100)
        message = f"the run {RARE} at step {at}" if at % RARE_IN == RARE_IN // 2 else template % args
        place = ("/home/user/project/train/loop.py", 120, "train_epoch", 4242, "MainProcess", 140_000, "MainThread")
        payload = encode_record((time, message, (level, name, logger, *place, time / 1e9, template, args)))
        yield partial(build_frame, seed, int(EventKind.LOG), 0, payload)
