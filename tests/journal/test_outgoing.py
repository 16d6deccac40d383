"""What is sent of a journal: each byte once, in order, whole records only while its writer lives, all of it afterwards."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from runlog.journal import patience, stream
from runlog.journal.compacting import compact_run
from runlog.journal.format import EVENT_HEADER_SIZE, HEADER_SIZE, POINT_SIZE, Mode, Stream
from runlog.journal.image import has_gone_on
from runlog.journal.mirror import Mirror
from runlog.journal.outgoing import Outgoing, frames_with
from runlog.journal.reader import RunJournal
from support.journal_files import read_folder
from support.scripts import started_script
from support.writers import MODES, STATE, Logger

LIVING_WRITER = """
import sys, time
sys.path[:0] = [{tests!r}]
from pathlib import Path
from support.writers import Logger
logger = Logger(Path("original/run"))
for number in range(300):
    logger.log("loss", float(number), "", number)
    logger.append(b"record %d" % number)
print("logged", flush=True)
time.sleep(60)
"""


@pytest.fixture
def small_segments(monkeypatch):
    monkeypatch.setattr(stream, "SEGMENT_SIZES", (1 << 18,))


class Sender:
    """Sends what can be sent, as the client of a server does, in pieces of a size."""

    def __init__(self, folder: Path, mirror: Mirror, limit: int = 1 << 20) -> None:
        self.outgoing = Outgoing(folder)
        self.mirror = mirror
        self.limit = limit
        self.reached: dict[tuple[str, Stream, int], int] = {}
        self.whole: set[tuple[str, Stream, int]] = set()

    def send(self) -> None:
        for files in self.outgoing.refresh():
            for segment in sorted(files.segments.values(), key=lambda one: (one.stream, one.number)):
                key = files.writer_id, segment.stream, segment.number
                while key not in self.whole:
                    start = self.reached.get(key, 0)
                    piece = self.outgoing.read(files, segment, start, self.limit)
                    if not piece.data and not piece.ends:
                        break
                    self.mirror.append(*key, start, piece.data, piece.ends)
                    self.reached[key] = start + len(piece.data)
                    if piece.ends:
                        self.whole.add(key)


def written(folder):
    """Points and events of each writer of a folder."""
    return {writer: (one.points, one.events, one.overflow, one.holes) for writer, one in read_folder(folder).items()}


def open_file(folder, kind):
    (found,) = folder.glob(f"*-{kind}-*.open")
    return found


def piece_of(folder, kind, start=0, limit=1 << 20):
    outgoing = Outgoing(folder)
    (files,) = outgoing.refresh()
    (segment,) = [one for (which, _), one in files.segments.items() if which is kind]
    return outgoing.read(files, segment, start, limit)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mode", sorted(MODES))
def test_whatever_is_logged_and_sealed_between_two_looks_arrives_once(original, mirror, small_segments, mode, seed):
    chance = random.Random(seed)
    logger = Logger(original, mode=MODES[mode])
    logger.append(b"first")
    sender = Sender(original, mirror, limit=chance.choice((HEADER_SIZE, 10_000, 1 << 20)))
    for number in range(60):
        for _ in range(chance.choice((1, 20, 700))):
            logger.log(f"m{chance.randrange(3)}", chance.random(), "", number)
        for _ in range(chance.choice((0, 1, 40))):
            logger.append(b"%d " % number + b"." * chance.choice((3, 500, 9_000)))
        if chance.random() < 0.3:
            logger.writer.event(STATE, b"state %d" % number, 1)
        if chance.random() < 0.6:
            sender.send()
            assert all(one[3] == 0 for one in written(mirror.folder).values())
    logger.close()
    sender.send()
    assert written(mirror.folder) == written(original)
    assert not RunJournal(mirror.folder).damage


def test_a_small_writer_that_closed_is_sent_as_the_segments_that_its_pack_holds(original, mirror):
    logger = Logger(original)
    for number in range(10):
        logger.log("loss", float(number))
        logger.append(b"record %d" % number)
    logger.close()
    assert [path.suffix for path in original.iterdir()] == [".pack"]
    Sender(original, mirror).send()
    assert sorted(path.suffix for path in mirror.folder.glob("*.seal")) == [".seal", ".seal"]
    assert written(mirror.folder) == written(original)


def test_a_compacted_segment_is_sent_as_it_was_before(original, mirror, small_segments):
    logger = Logger(original)
    for number in range(20_000):
        logger.log("loss", number / 7, "", number)
    logger.append(b"record")
    logger.close()
    before = {path.name: path.read_bytes() for path in original.glob("*-points-*.seal")}
    assert compact_run(original).segments > 1
    Sender(original, mirror).send()
    assert {path.name: path.read_bytes() for path in mirror.folder.glob("*-points-*.seal")} == before


@pytest.mark.parametrize("kind", [Stream.POINTS, Stream.EVENTS])
def test_of_a_living_writer_nothing_behind_a_record_that_is_not_there_yet_is_sent_before_its_time(
    original, kind, monkeypatch
):
    logger = Logger(original, mode=Mode.MMAP)
    for number in range(100):
        logger.log("loss", float(number))
        logger.append(b"record %03d......" % number)
    whole = piece_of(original, kind).data
    path = open_file(original, kind.name.lower())
    size = POINT_SIZE if kind is Stream.POINTS else EVENT_HEADER_SIZE + 16
    gap = len(whole) - 10 * size
    with path.open("r+b") as file:
        file.seek(gap)
        file.write(bytes(size))  # as a thread leaves it that was interrupted before its store
    assert piece_of(original, kind).data == whole[:gap]
    monkeypatch.setattr(patience, "HOLE_PATIENCE", 0.0)
    assert piece_of(original, kind).data == whole[:gap] + bytes(size) + whole[gap + size :]
    with path.open("r+b") as file:
        file.seek(gap)
        file.write(whole[gap : gap + size])
    assert piece_of(original, kind).data == whole
    logger.close()


def test_of_a_killed_writer_all_is_sent_up_to_its_last_byte_in_whole_steps(original, mirror, own_folder, repository):
    code = LIVING_WRITER.format(tests=str(repository / "tests"))
    with started_script(own_folder, code) as process:
        assert process.stdout.readline() == "logged\n"
        process.kill()
        process.wait()
    points = open_file(original, "points")
    with points.open("r+b") as file:  # a slot of which only a beginning came to the disk
        file.seek(len(points.read_bytes().rstrip(b"\0")) // POINT_SIZE * POINT_SIZE + POINT_SIZE)
        file.write(b"\1")
    piece = piece_of(original, Stream.POINTS)
    assert (len(piece.data) - HEADER_SIZE) % POINT_SIZE == 0
    assert piece.data == points.read_bytes()[: len(piece.data)]
    assert not points.read_bytes()[len(piece.data) :].strip(b"\0")
    assert not piece.ends
    Sender(original, mirror, limit=1_000).send()
    assert list(RunJournal(mirror.folder).events()) == list(RunJournal(original).events())
    assert [list(one.values()) for one in RunJournal(mirror.folder).points()] == [[float(one) for one in range(300)]]


def test_a_segment_without_a_header_yet_is_not_sent(original):
    logger = Logger(original, mode=Mode.MMAP)
    logger.append(b"record")
    path = open_file(original, "events")
    image = path.read_bytes()
    with path.open("r+b") as file:
        file.write(bytes(HEADER_SIZE))
    assert piece_of(original, Stream.EVENTS).data == b""
    with path.open("r+b") as file:
        file.write(image[:HEADER_SIZE])
    assert piece_of(original, Stream.EVENTS).data.startswith(image[:HEADER_SIZE])
    logger.close()


def test_a_segment_that_was_made_ahead_does_not_show_that_its_writer_went_on(original, small_segments):
    logger = Logger(original, mode=Mode.MMAP)
    number = 0
    while len(list(original.glob("*-points-*"))) < 2:
        number += 1
        logger.log("loss", float(number))
    (files,) = RunJournal(original).writers
    ahead = files.segments[Stream.POINTS, 1]
    assert not has_gone_on(ahead)
    while not list(original.glob("*-points-000000.seal")):
        number += 1
        logger.log("loss", float(number))
    assert has_gone_on(ahead)
    logger.close()


def test_frames_that_contain_a_text_are_found_wherever_a_stretch_begins(original):
    logger = Logger(original, mode=Mode.MMAP)
    for number in range(50):
        logger.append(b"names sha256 %d" % number if number % 10 == 3 else b"somebody's text %d" % number)
    data = piece_of(original, Stream.EVENTS).data
    found = list(frames_with(data[HEADER_SIZE:], HEADER_SIZE, Stream.EVENTS, b"sha256"))
    assert [one.payload for one in found] == [b"names sha256 %d" % number for number in (3, 13, 23, 33, 43)]
    behind = found[2].position
    again = list(frames_with(data[behind:], behind, Stream.EVENTS, b"sha256"))
    assert again == found[2:]
    logger.close()
