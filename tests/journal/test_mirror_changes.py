"""What a copy has acknowledged does not change any more: what comes twice is the same, and what was reserved is filled."""

from __future__ import annotations

import random

import pytest

from runlog.errors import JournalConflictError, JournalError
from runlog.journal.bounds import POINTS_MOST, SEGMENT_MOST
from runlog.journal.format import HEADER_SIZE, POINT_SIZE, Header, Stream, event_size, pack_event
from runlog.journal.reader import RunJournal
from support.hostile_segments import WRITER, header, sealed
from support.writers import Logger


def events(*payloads):
    data = bytearray(header())
    for payload in payloads:
        data += pack_event(WRITER, 1, 0, payload, len(data))
    return bytes(data)


def points(folder, *values):
    logger = Logger(folder)
    for value in values:
        logger.log("loss", value, "", None)
    (path,) = folder.glob("*-points-000000.open")
    data = path.read_bytes()
    logger.close()
    return logger.writer.writer_id, data[: HEADER_SIZE + POINT_SIZE * (1 + len(values))]


def payloads(folder):
    return [event.payload for event in RunJournal(folder).events()]


def test_another_event_in_the_place_of_one_that_is_there_is_refused(mirror):
    first, other = events(b"the first", b"second"), events(b"THE FIRST", b"second")
    mirror.append(WRITER, Stream.EVENTS, 0, 0, first)
    with pytest.raises(JournalConflictError, match=f"another record at byte {HEADER_SIZE} already"):
        mirror.append(WRITER, Stream.EVENTS, 0, HEADER_SIZE, other[HEADER_SIZE:])
    assert payloads(mirror.folder) == [b"the first", b"second"]


@pytest.mark.parametrize("at", [0, 3, 15, 16, 20, 24, 39])
def test_no_byte_of_an_event_may_change(mirror, at):
    data = events(b"x" * 20, b"y" * 20)
    mirror.append(WRITER, Stream.EVENTS, 0, 0, data)
    place = HEADER_SIZE + at
    with pytest.raises(JournalConflictError):
        mirror.append(WRITER, Stream.EVENTS, 0, place, bytes([data[place] ^ 1]))
    assert (mirror.folder / f"{WRITER}-events-000000.open").read_bytes() == data


def test_an_event_may_not_change_behind_a_place_that_is_filled_in(mirror):
    whole = events(b"one", b"two", b"three")
    place = HEADER_SIZE + event_size(3)
    holed = whole[:place] + bytes(event_size(3)) + whole[place + event_size(3) :]
    mirror.append(WRITER, Stream.EVENTS, 0, 0, holed)
    with pytest.raises(JournalConflictError):
        mirror.append(WRITER, Stream.EVENTS, 0, place, events(b"one", b"two", b"THREE")[place:])
    assert mirror.append(WRITER, Stream.EVENTS, 0, place, whole[place:]) == len(whole)
    assert payloads(mirror.folder) == [b"one", b"two", b"three"]


def test_an_event_of_the_largest_size_may_not_change_in_its_middle(mirror):
    data = events(b"a", b"b" * (1 << 20), b"c")
    mirror.append(WRITER, Stream.EVENTS, 0, 0, data)
    for place in (len(data) // 2, len(data) - event_size(1) - 9):
        with pytest.raises(JournalConflictError):
            mirror.append(WRITER, Stream.EVENTS, 0, place, b"X")
    assert mirror.append(WRITER, Stream.EVENTS, 0, 1_000, data[1_000:]) == len(data)


def test_another_value_of_a_point_that_is_there_is_refused(tmp_path, mirror):
    writer, data = points(tmp_path / "a" / "run", 1.0, 2.0, 3.0)
    mirror.append(writer, Stream.POINTS, 0, 0, data)
    place = HEADER_SIZE + 2 * POINT_SIZE + 16
    with pytest.raises(JournalConflictError, match=f"at byte {HEADER_SIZE + 2 * POINT_SIZE}"):
        mirror.append(writer, Stream.POINTS, 0, place, b"\0" * 8)
    (columns,) = RunJournal(mirror.folder).points()
    assert columns.values() == [1.0, 2.0, 3.0]


def test_a_point_that_was_not_there_yet_is_filled_in_between_others(tmp_path, mirror):
    writer, data = points(tmp_path / "a" / "run", 1.0, 2.0, 3.0)
    place = HEADER_SIZE + 2 * POINT_SIZE
    mirror.append(writer, Stream.POINTS, 0, 0, data[:place] + bytes(POINT_SIZE) + data[place + POINT_SIZE :])
    mirror.append(writer, Stream.POINTS, 0, place - 7, data[place - 7 : place + POINT_SIZE + 7])
    (columns,) = RunJournal(mirror.folder).points()
    assert columns.values() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("seed", range(5))
def test_the_same_bytes_come_again_in_any_pieces(tmp_path, mirror, seed):
    chance = random.Random(seed)
    writer, data = points(tmp_path / "a" / "run", *map(float, range(50)))
    mirror.append(writer, Stream.POINTS, 0, 0, data)
    for _ in range(30):
        low = chance.randrange(len(data))
        assert mirror.append(writer, Stream.POINTS, 0, low, data[low : chance.randint(low, len(data))]) == len(data)


def test_what_a_killed_writer_did_not_finish_gives_way_to_the_footer(mirror):
    data = events(b"one")
    mirror.append(WRITER, Stream.EVENTS, 0, 0, data + b"\x21\0\0\0 half a frame, which its recovery cuts off......")
    whole = sealed(data, ())
    assert mirror.append(WRITER, Stream.EVENTS, 0, 0, whole, True) == len(whole)
    assert payloads(mirror.folder) == [b"one"]


def test_a_footer_lets_only_that_change_which_it_proves_to_be_wrong(mirror):
    right, wrong = events(b"right", b"stays"), events(b"wrong", b"stays")
    with pytest.raises(JournalError, match="fail their checksum"):
        mirror.append(WRITER, Stream.EVENTS, 0, 0, wrong + sealed(right)[len(right) :], True)
    whole = sealed(right)
    assert mirror.append(WRITER, Stream.EVENTS, 0, HEADER_SIZE, whole[HEADER_SIZE:]) == len(whole)
    with pytest.raises(JournalConflictError):
        mirror.append(WRITER, Stream.EVENTS, 0, HEADER_SIZE, sealed(wrong)[HEADER_SIZE:])
    assert mirror.append(WRITER, Stream.EVENTS, 0, len(whole), b"", True) == len(whole)
    assert payloads(mirror.folder) == [b"right", b"stays"]


@pytest.mark.parametrize(
    ("stream", "most"), [("EVENTS", SEGMENT_MOST), ("OVERFLOW", SEGMENT_MOST), ("POINTS", POINTS_MOST)]
)
def test_a_segment_ends_where_the_longest_does(mirror, stream, most):
    first = header(Stream[stream])
    mirror.append(WRITER, Stream[stream], 0, 0, first)
    (path,) = mirror.folder.glob("*.open")
    with path.open("r+b") as file:
        file.truncate(most - 8)
    assert mirror.append(WRITER, Stream[stream], 0, most - 8, bytes(8)) == most
    with pytest.raises(JournalError, match=f"outside of what a segment may hold .{most}."):
        mirror.append(WRITER, Stream[stream], 0, most, b"x")
    assert path.stat().st_size == most


@pytest.mark.parametrize(("number", "base"), [(0, 8), (1, POINTS_MOST + 1), (3, (1 << 64) - 1)])
def test_a_segment_that_begins_where_its_stream_can_not_be_is_refused(mirror, number, base):
    wrong = Header(Stream.EVENTS, number, base, WRITER, "run").pack()
    with pytest.raises(JournalError, match="can't begin at byte"):
        mirror.append(WRITER, Stream.EVENTS, number, 0, wrong)
