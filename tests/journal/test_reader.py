"""What is not whole in a journal is taken for what it is, wherever it stands: not there yet, cut off, or damaged."""

from __future__ import annotations

import threading

import msgspec
import pytest

from runlog.errors import JournalError, JournalVersionError
from runlog.journal import patience
from runlog.journal.events import Seeds, build_frame
from runlog.journal.format import (
    HEADER_SIZE,
    OVERFLOWED_POINT,
    POINT_SIZE,
    UNPLACED,
    Header,
    Mode,
    PointKind,
    Stream,
    definition_size,
)
from runlog.journal.reader import RunJournal
from support.writers import LOG, MODES, STATE, Logger

FRAME = 24
"""Bytes of a frame with a payload of 1 to 8 bytes."""


@pytest.fixture(params=["alive", "dead"])
def written(request, tmp_path):
    """A writer of five points and five events; alive, or dead as far as anybody can see."""
    logger = Logger(tmp_path / "run", mode=MODES["mmap"])
    for number in range(5):
        logger.log("name", float(number))
        logger.append(b"%d" % number)
    if request.param == "dead":
        logger.writer._lock.drop()
    yield tmp_path / "run", request.param == "alive"
    logger.close()


def change(folder, stream, at, data):
    with next(folder.glob(f"*-{stream}-*")).open("r+b") as file:
        file.seek(at)
        file.write(data)


def events(folder):
    journal = RunJournal(folder)
    return [int(event.payload) for event in journal.events()], str(journal.damage)


def points(folder):
    journal = RunJournal(folder)
    return [value for columns in journal.points() for value in columns.values()], str(journal.damage)


EVENT_4 = HEADER_SIZE + 4 * FRAME
POINT_4 = HEADER_SIZE + 5 * POINT_SIZE


def test_an_event_at_the_end_without_its_position_is_no_damage(written):
    folder, _ = written
    change(folder, "events", EVENT_4 + 12, bytes(4))
    assert events(folder) == ([0, 1, 2, 3], "none")


def test_an_event_at_the_end_whose_bytes_are_wrong_is_damage_once_its_writer_is_dead(written):
    folder, alive = written
    change(folder, "events", EVENT_4 + 16, b"x")
    assert events(folder) == ([0, 1, 2, 3], "none" if alive else "1 damaged events")


def test_a_point_at_the_end_without_its_kind_is_no_damage(written):
    folder, _ = written
    change(folder, "points", POINT_4 + 28, bytes(4))
    assert points(folder) == ([0, 1, 2, 3], "none")


@pytest.mark.parametrize("known", ["NumPy", "plain Python"])
def test_a_definition_at_the_end_without_its_first_slot_is_no_damage(written, monkeypatch, known):
    if known != "NumPy":
        monkeypatch.setattr("runlog.journal.decode.numpy_or_none", lambda: None)
    folder, _ = written
    continued = bytes(24) + (7).to_bytes(4, "little") + bytes([PointKind.DEFINE_CONTINUED, 0, 1, 1])
    change(folder, "points", POINT_4 + 2 * POINT_SIZE, 3 * continued)
    assert points(folder) == ([0, 1, 2, 3, 4], "none")


@pytest.mark.parametrize("way", ["without its position", "with wrong bytes", "zeros"])
def test_an_event_before_a_valid_one_is_a_gap_that_is_counted_and_read_behind(written, monkeypatch, way):
    monkeypatch.setattr(patience, "HOLE_PATIENCE", 0.01)
    folder, _ = written
    at = HEADER_SIZE + 2 * FRAME
    if way == "zeros":
        change(folder, "events", at, bytes(FRAME))
    else:
        change(folder, "events", at + (12 if way == "without its position" else 16), bytes(4))
    assert events(folder) == ([0, 1, 3, 4], "1 damaged events")


def test_an_empty_slot_before_a_full_one_is_a_hole_that_is_counted_and_read_behind(written, monkeypatch):
    monkeypatch.setattr(patience, "HOLE_PATIENCE", 0.01)
    folder, _ = written
    change(folder, "points", HEADER_SIZE + 3 * POINT_SIZE, bytes(POINT_SIZE))
    assert points(folder) == ([0, 1, 3, 4], "1 holes")


@pytest.mark.parametrize(
    ("stream", "at", "size", "read"),
    [("events", HEADER_SIZE + 2 * FRAME, FRAME, events), ("points", HEADER_SIZE + 3 * POINT_SIZE, POINT_SIZE, points)],
)
def test_what_a_live_writer_fills_in_while_it_is_waited_for_is_read_in_its_place(tmp_path, stream, at, size, read):
    logger = Logger(tmp_path, mode=MODES["mmap"])
    for number in range(5):
        logger.log("name", float(number))
        logger.append(b"%d" % number)
    record = next(tmp_path.glob(f"*-{stream}-*")).read_bytes()[at : at + size]
    change(tmp_path, stream, at, bytes(size))
    filler = threading.Timer(0.05, change, (tmp_path, stream, at, record))
    filler.start()
    assert read(tmp_path) == ([0, 1, 2, 3, 4], "none")
    filler.join()
    logger.close()


def test_damage_that_one_look_found_is_not_forgotten_by_one_that_passes_it_over(tmp_path):
    logger = Logger(tmp_path, mode=MODES["append"])
    for number in range(5):
        logger.append(b"%d" % number)
    logger.writer.event(STATE, b"state", 1)
    logger.writer._lock.drop()
    change(tmp_path, "events", HEADER_SIZE + FRAME + 16, b"x")
    journal = RunJournal(tmp_path)
    assert len(list(journal.events())) == 5
    assert len(list(journal.events({STATE}))) == 1
    assert journal.damage.damaged_events == 1
    logger.close()


def test_bytes_that_are_looked_for_are_looked_for_in_payloads_only(tmp_path):
    logger = Logger(tmp_path)
    logger.append(b"needle in a payload")
    logger.append(b"short")
    header = (5).to_bytes(4, "little")
    assert [event.payload for event in RunJournal(tmp_path).events(contains=b"needle")] == [b"needle in a payload"]
    assert list(RunJournal(tmp_path).events(contains=header)) == []
    logger.close()
    assert list(RunJournal(tmp_path).events(contains=b"needle", state=True)) == []


@pytest.mark.parametrize("cut", range(1, FRAME))
def test_the_end_of_an_overflow_that_a_kill_cut_short_is_no_damage(tmp_path, cut):
    logger = Logger(tmp_path)
    logger.append(b"in its place")
    for number in range(3):
        logger.writer._overflow_event(LOG, b"%d" % number, 0)
    logger.writer._lock.drop()
    (path,) = tmp_path.glob("*-overflow.open")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - cut)
    journal = RunJournal(tmp_path)
    read = [event.payload for event in journal.events()]
    assert read[:3] == [b"in its place", b"0", b"1"]
    assert not journal.damage
    logger.close()


@pytest.mark.parametrize(
    "content",
    [
        b"not msgpack \xc1",
        msgspec.msgpack.encode(["name", PointKind.INT, 1 << 63, None, 5]),
        msgspec.msgpack.encode(["name", PointKind.UINT, -1, None, 5]),
        msgspec.msgpack.encode(["name", PointKind.DEFINE, 1, None, 5]),
        msgspec.msgpack.encode(["name", PointKind.FLOAT, None, None, 5]),
        msgspec.msgpack.encode(["name", PointKind.FLOAT, 1.0, 1 << 63, 5]),
        msgspec.msgpack.encode(["name", PointKind.FLOAT, 1.0]),
    ],
)
def test_an_overflowed_point_that_is_none_is_counted_and_never_raises(tmp_path, content):
    logger = Logger(tmp_path)
    logger.append(b"event")
    logger.writer._overflow_point("good", PointKind.INT, 7, 3, 5)
    logger.writer._overflowed(OVERFLOWED_POINT, content, 0)
    journal = RunJournal(tmp_path)
    (columns,) = journal.points()
    assert (columns.names, columns.values(), list(columns.steps), list(columns.times)) == (["good"], [7], [3], [5])
    assert journal.damage.damaged_points == 1
    logger.close()


def test_overflowed_events_have_offsets_of_their_own(tmp_path):
    logger = Logger(tmp_path)
    logger.append(b"0")
    for number in range(1, 4):
        logger.writer._overflow_event(LOG, b"%d" % number, 0)
    read = list(RunJournal(tmp_path).events())
    assert [event.stream for event in read] == [Stream.EVENTS, *[Stream.OVERFLOW] * 3]
    assert [event.offset for event in read[1:]] == [HEADER_SIZE, HEADER_SIZE + FRAME, HEADER_SIZE + 2 * FRAME]
    logger.close()


def test_points_are_read_without_the_events(tmp_path):
    """No order across files, no ids that need the other stream: what a power cut takes of one harms the other not."""
    logger = Logger(tmp_path)
    logger.append(b"event")
    for number in range(100):
        logger.log("a name of more than eight bytes", float(number), "", number)
    for path in tmp_path.glob("*-events-*"):
        path.unlink()
    assert points(tmp_path) == ([float(number) for number in range(100)], "none")
    logger.writer._lock.drop()
    assert points(tmp_path) == ([float(number) for number in range(100)], "none")


def write_segment(folder, image, name="abcdefghijkl-events-000000.open"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(image)


HEADER = Header(stream=Stream.EVENTS, segment=0, base=0, writer="abcdefghijkl", run_id="run", mode=Mode.APPEND)


@pytest.mark.parametrize(
    ("at", "data", "told"),
    [
        (8, b"\x02\0", "version 2"),
        (8, b"\0\0", "version 0"),
        (10, b"\0\x10", "header of 4096 bytes"),
        (12, b"\x01\x02\x03\x04", "byte order mark 0x04030201"),
    ],
    ids=["newer", "older", "header size", "byte order"],
)
def test_another_version_byte_order_or_header_size_is_refused_and_said(tmp_path, at, data, told):
    image = bytearray(HEADER.pack())
    image[at : at + 2 if at < 12 else at + 4] = data
    write_segment(tmp_path, image)
    with pytest.raises(JournalVersionError, match=rf"abcdefghijkl-events-000000\.open .*{told}.*reads version 1"):
        list(RunJournal(tmp_path).events())


def test_a_pack_of_another_version_is_refused_and_said(tmp_path):
    (tmp_path / "abcdefghijkl.pack").write_bytes(b"RLJPACK\n\x02\0\0\0" + bytes(100))
    with pytest.raises(JournalVersionError, match=r"abcdefghijkl\.pack is a pack of version 2.*reads version 1"):
        RunJournal(tmp_path)


@pytest.mark.parametrize(
    ("at", "data"), [(0, b"x"), (16, b"\x09"), (17, b"\x09"), (128, b"\xff"), (200, b"x"), (380, b"x")]
)
def test_a_damaged_header_makes_its_segment_unreadable_and_nothing_else(tmp_path, at, data):
    seeds = Seeds()
    frame = build_frame(seeds.of(HEADER.writer, 1, 0), 1, 0, b"event", HEADER_SIZE)
    image = bytearray(HEADER.pack() + frame)
    write_segment(tmp_path, image, "bbcdefghijkl-events-000000.open")
    image[at : at + 1] = data
    write_segment(tmp_path, image)
    journal = RunJournal(tmp_path)
    assert list(journal.events()) == []
    assert journal.damage.damaged_segments == 2  # the copy has the header of another writer


def test_a_folder_that_can_not_be_listed_is_the_readers_own_error(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(JournalError, match="can't be listed"):
        RunJournal(tmp_path / "file")


def test_constants_of_this_file_are_those_of_the_format():
    assert len(build_frame(0, 1, 0, b"1", UNPLACED)) == FRAME
    assert definition_size(b"name") == POINT_SIZE
