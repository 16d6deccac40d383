"""A live run is followed from another process: each event once, in order, whatever becomes of its files meanwhile."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from runlog.journal import patience
from runlog.journal.follow import EventFollower
from runlog.journal.format import EVENT_HEADER_SIZE, HEADER_SIZE, Stream, pack_event
from runlog.journal.liveness import Liveness
from support.writers import LOG, MODES, Logger

PROGRAM = Path(__file__).resolve().parents[1] / "support" / "live_writer.py"
MIB = 1 << 20


class Writer:
    """A writer in another process."""

    def __init__(self, start_script, folder, mode="mmap", segment_size=MIB // 4):
        self._process = start_script(PROGRAM, str(folder), mode, str(segment_size))
        assert self._process.stdout.readline() == "ready\n"

    def tell(self, *command):
        print(*command, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer == "done\n" or command == ("exit",), self._process.stderr.read()

    def exit(self):
        self.tell("exit")
        self._process.wait()


@pytest.fixture(params=sorted(MODES))
def mode(request):
    return request.param


@pytest.fixture
def start_writer(start_script, tmp_path, mode):
    return lambda folder="run", **options: Writer(start_script, tmp_path / folder, mode, **options)


def numbers(events):
    return [int(event.payload.split()[0]) for event in events]


def test_events_are_seen_as_they_come(start_writer, tmp_path):
    follower = EventFollower(tmp_path / "run")
    assert follower.poll() == []
    writer = start_writer()
    first = 0
    for count in (1, 1, 5, 300):
        writer.tell("events", first, count)
        assert numbers(follower.poll()) == list(range(first, first + count))
        assert follower.poll() == []
        first += count
    assert not follower.journal.damage


@pytest.mark.parametrize("end", ["close", "exit"])
def test_events_are_seen_once_over_many_segments_their_sealing_and_the_end(start_writer, tmp_path, end):
    follower, seen = EventFollower(tmp_path / "run"), []
    writer = start_writer()
    chance = random.Random(1)
    while len(seen) < 6_000:
        count = chance.choice((1, 10, 700))
        writer.tell("events", len(seen), count, 200)
        if chance.random() < 0.5:
            writer.tell("background")
        seen += follower.poll()
    assert len(list((tmp_path / "run").glob("*-events-*"))) > 4
    writer.tell("events", len(seen), 50)
    if end == "close":
        writer.tell("close")
    else:
        writer.exit()
    seen += follower.poll()
    assert numbers(seen) == list(range(len(seen)))
    assert follower.poll() == []
    offsets = [event.offset for event in seen]
    assert offsets == sorted(set(offsets))
    assert not follower.journal.damage


def test_a_writer_that_is_packed_between_two_looks_is_read_on_in_its_pack(start_writer, tmp_path):
    follower = EventFollower(tmp_path / "run")
    writer = start_writer()
    writer.tell("events", 0, 7)
    assert numbers(follower.poll()) == list(range(7))
    writer.tell("events", 7, 3)
    writer.tell("close")
    assert [path.suffix for path in (tmp_path / "run").iterdir()] == [".pack"]
    assert numbers(follower.poll()) == [7, 8, 9]
    assert follower.poll() == []


def test_many_segments_that_came_between_two_looks_are_all_read(start_writer, tmp_path):
    follower = EventFollower(tmp_path / "run")
    writer = start_writer()
    writer.tell("events", 0, 3)
    assert len(follower.poll()) == 3
    writer.tell("events", 3, 8_000, 100)
    writer.tell("close")
    assert numbers(follower.poll()) == list(range(3, 8_003))


def test_writers_that_join_later_are_followed_too(start_writer, tmp_path):
    follower = EventFollower(tmp_path / "run")
    writers = []
    seen: Counter[str] = Counter()
    for joined in range(3):
        writers.append(start_writer())
        for writer in writers:
            writer.tell("events", 100 * joined, 100)
        found = follower.poll()
        assert len(found) == 100 * len(writers)
        assert sorted(numbers(found)) == sorted(list(range(100 * joined, 100 * joined + 100)) * len(writers))
        seen.update(event.writer for event in found)
    writers[0].tell("close")
    writers[1].tell("events", 300, 1)
    assert numbers(follower.poll()) == [300]
    assert sorted(seen.values()) == [100, 200, 300]


def test_what_overflowed_is_followed_too(start_writer, tmp_path):
    follower = EventFollower(tmp_path / "run")
    writer = start_writer()
    writer.tell("events", 0, 5)
    writer.tell("overflow", 5, 5)
    assert numbers(follower.poll()) == list(range(10))
    writer.tell("overflow", 10, 5)
    found = follower.poll()
    assert numbers(found) == list(range(10, 15))
    assert {event.stream for event in found} == {Stream.OVERFLOW}
    writer.tell("close")
    assert follower.poll() == []


def test_a_segment_that_was_never_sealed_does_not_end_the_following(tmp_path, start_writer):
    """The disk was full when the next one was begun, or the writer was killed before it sealed."""
    writer = start_writer()
    writer.tell("events", 0, 3_000, 200)
    writer.tell("background")
    for path in sorted((tmp_path / "run").glob("*-events-*.seal")):
        image = path.read_bytes()
        path.with_suffix(".open").write_bytes(image[: int.from_bytes(image[-24:-16], "little")])
        path.unlink()
    follower = EventFollower(tmp_path / "run")
    assert numbers(follower.poll()) == list(range(3_000))
    writer.tell("events", 3_000, 10)
    assert numbers(follower.poll()) == list(range(3_000, 3_010))


def test_a_segment_that_can_not_be_read_is_told_of_and_those_behind_it_are_read(tmp_path, start_writer):
    writer = start_writer()
    writer.tell("events", 0, 5_000, 200)
    writer.tell("close")
    paths = sorted((tmp_path / "run").glob("*-events-*.seal"))
    paths[1].write_bytes(b"damaged" * 100)
    follower = EventFollower(tmp_path / "run")
    found = numbers(follower.poll())
    missing = sorted(set(range(5_000)) - set(found))
    assert 0 < len(missing) < 2_000
    assert missing == list(range(missing[0], missing[-1] + 1))
    assert follower.journal.damage.damaged_segments == 1
    assert follower.poll() == []


@pytest.fixture
def with_a_hole(tmp_path):
    """A live writer whose second of three events is not there yet, and what puts it there."""
    logger = Logger(tmp_path, mode=MODES["mmap"])
    for number in range(3):
        logger.append(b"%d" % number)
    path = next(tmp_path.glob("*-events-*"))
    at = HEADER_SIZE + EVENT_HEADER_SIZE + 8
    frame = pack_event(logger.writer.writer_id, LOG, 0, b"1", at)

    def store(data):
        with path.open("r+b") as file:
            file.seek(at)
            file.write(data)

    store(bytes(len(frame)))
    yield lambda: store(frame)
    logger.close()


def test_an_event_that_is_not_there_yet_is_waited_for_and_keeps_its_place(with_a_hole, tmp_path):
    follower = EventFollower(tmp_path)
    assert numbers(follower.poll()) == [0]
    assert numbers(follower.poll()) == []
    with_a_hole()
    assert numbers(follower.poll()) == [1, 2]
    assert not follower.journal.damage


def test_an_event_that_never_comes_is_passed_over_and_counted(with_a_hole, tmp_path, monkeypatch):
    monkeypatch.setattr(patience, "HOLE_PATIENCE", 0.0)
    follower = EventFollower(tmp_path)
    assert follower.journal.writers[0].liveness() is Liveness.ALIVE
    assert numbers(follower.poll()) == [0, 2]
    assert follower.journal.damage.damaged_events == 1
    with_a_hole()
    assert follower.poll() == []
