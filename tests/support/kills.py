"""Kills a logging process at a random moment, and compares what it left with the calls that had returned."""

from __future__ import annotations

import struct
import subprocess
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from runlog import Run, Workspace
from runlog.journal.damage import Damage
from runlog.journal.decode import first_hole, slots_in_use
from runlog.journal.format import HEADER_SIZE, POINT_SIZE, Stream
from runlog.journal.image import Image
from runlog.journal.patience import Patience
from runlog.journal.reader import RunJournal
from runlog.journal.scan import EventScan
from support.journal_files import Written, read_folder
from support.killed_writer import STATE, THREADS, kind_of_call
from support.scripts import started_script

WRITER = Path(__file__).with_name("killed_writer.py")
RUN = Path(__file__).with_name("killed_run.py")
Key = tuple[str, int, int]
"""Kind of record, thread, number of the call."""


def kill_writer(folder: Path, mode: str, seconds: float) -> int:
    """Let threads log to journal writers for so long, kill them, and check all they left; returns the calls that returned.

    What could be read a moment before the kill stands there after it, byte for byte: who sends a journal elsewhere may send it.
    """
    before: dict[tuple[str, int, int], bytes] = {}
    returned = _kill(folder, WRITER, mode, seconds, lambda: before.update(newest_records(folder / "run")))
    after = newest_records(folder / "run", {writer for writer, _, _ in before})
    changed = [key for key, data in before.items() if not after.get(key, b"").startswith(data)]
    assert not changed, f"bytes that were read before the kill differ after it: {changed}"
    streams = []
    for written in read_folder(folder / "run").values():
        assert written.holes == 0
        assert written.lost == (0, 0)
        streams.append(records(written))
    check(streams, returned)
    check([records_read(folder / "run")], returned, ordered=False)
    return sum(returned)


def kill_run(folder: Path, seconds: float) -> int:
    """The same through runs and `logging`, read back through the workspace."""
    returned = _kill(folder, RUN, "", seconds)
    runs = [] if not (folder / "run").exists() else list(Workspace.from_config(folder / "run").runs())
    check([records_of_run(run) for run in runs], returned, kinds=("t", "m", "M", "n"))
    check([messages_of_run(run) for run in runs], returned, kinds=("event", "state"))
    return sum(returned)


def newest_records(folder: Path, writers: Collection[str] = ()) -> dict[tuple[str, int, int], bytes]:
    """What the newest writer (or these) wrote, up to the last whole record or the first hole; by writer, stream, number."""
    journal = RunJournal(folder)
    found = {}
    for files in [one for one in journal.writers if one.writer_id in writers] or journal.writers[-1:]:
        for stream, number in files.segments:
            image = journal.image(files.writer_id, stream, number)
            if image is not None:
                found[files.writer_id, int(stream), number] = bytes(image.data[HEADER_SIZE : _end_of_records(image)])
    return found


def _end_of_records(image: Image) -> int:
    if image.footer is not None:
        return image.footer.data_end
    if image.header.stream is Stream.POINTS:
        data = image.data[HEADER_SIZE:]
        hole = first_hole(data)
        return HEADER_SIZE + (POINT_SIZE * slots_in_use(data) if hole is None else hole)
    scan = EventScan(image, Damage(), patience=Patience())
    for _ in scan:
        pass
    return scan.reached


def _kill(
    folder: Path, program: Path, mode: str, seconds: float, just_before: Callable[[], None] = lambda: None
) -> Sequence[int]:
    run, counters = folder / "run", folder / "counters"
    run.mkdir(parents=True)
    counters.write_bytes(bytes(8 * THREADS))
    with started_script(folder, program, str(run), str(counters), mode) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            just_before()
            process.kill()
        else:
            raise AssertionError(process.stderr.read())
        process.wait()
    return struct.unpack(f"{THREADS}Q", counters.read_bytes())


def check(
    streams: Sequence[Iterable[Key]],
    returned: Sequence[int],
    *,
    ordered: bool = True,
    kinds: Collection[str] = ("t", "m", "M", "n", "event", "state"),
) -> None:
    """Every call that had returned is there once, one more call of a thread may be, and order is kept.

    Args:
        streams: the records of each writer or run.
        returned: how many calls of each thread had returned.
        ordered: whether a stream has a thread's records in the order of its calls.
        kinds: of the records that are compared.
    """
    seen: Counter[Key] = Counter()
    for stream in streams:
        last: dict[tuple[str, int], int] = {}
        for kind, thread, number in stream:
            assert not ordered or last.get((kind, thread), -1) < number, "a thread's records are out of order"
            last[kind, thread] = number
            seen[kind, thread, number] += 1
    twice = [key for key, count in seen.items() if count > 1]
    assert not twice, f"read twice: {twice[:5]}"
    calls = ((thread, number) for thread, count in enumerate(returned) for number in range(count))
    expected = {key for call in calls for key in keys(*call) if key[0] in kinds}
    missing = expected - seen.keys()
    assert not missing, f"{len(missing)} calls had returned and are gone: {sorted(missing)[:5]}"
    begun = {key for thread, count in enumerate(returned) for key in keys(thread, count)}
    beyond = seen.keys() - expected - begun
    assert not beyond, f"never logged: {sorted(beyond)[:5]}"


def keys(thread: int, number: int) -> Iterator[Key]:
    """The records that a call leaves."""
    kind = kind_of_call(number)
    yield kind, thread, number
    if kind == "m":
        yield "M", thread, number


def records(written: Written) -> Iterator[Key]:
    """The records of a writer: points, then events, each in the order of their stream."""
    for point in written.points:
        yield _key(point.name, point.value, point.step)
    for event in written.events:
        thread, number = event.payload.split()[:2]
        yield "state" if event.kind == STATE else "event", int(thread), int(number)


def records_read(folder: Path) -> Iterator[Key]:
    """The same by the package's own reader, of all writers together. It finds no damage."""
    journal = RunJournal(folder)
    for columns in journal.points():
        steps = [step if has else None for step, has in zip(columns.steps, columns.has_step, strict=True)]
        for series, value, step in zip(columns.series, columns.values(), steps, strict=True):
            yield _key(columns.names[series], value, step)
    for event in journal.events():
        thread, number = event.payload.split()[:2]
        yield "state" if event.kind == STATE else "event", int(thread), int(number)
    assert not journal.damage, list(journal.damage)


def records_of_run(run: Run) -> Iterator[Key]:
    """The points of a run."""
    frame = run.to_pandas()
    for name, value, step in zip(frame["name"], frame["value"], frame["step"], strict=True):
        yield _key(name, value, step)


def messages_of_run(run: Run) -> Iterator[Key]:
    """The log records of a run."""
    for record in run.records(logger="killed"):
        kind, thread, number = record.message.split()[:3]
        yield kind, int(thread), int(number)


def _key(name: str, value: float | None, step: int | None) -> Key:
    assert value is not None
    number = int(value)
    thread, _, rest = name[1:].partition("-")
    assert number == (int(rest) if rest else step)
    return name[0], int(thread), number
