"""Whoever reads the journal of somebody else does bounded work, whatever its bytes are."""

from __future__ import annotations

import shutil
import time

import pytest

from runlog.journal import patience as patience_module
from runlog.journal.bounds import PACK_MOST, SEGMENT_MOST
from runlog.journal.damage import Fault
from runlog.journal.files import pack_name
from runlog.journal.follow import EventFollower
from runlog.journal.follow_points import PointFollower
from runlog.journal.format import HEADER_SIZE, Stream, pack_event
from runlog.journal.patience import Patience, written_end
from runlog.journal.reader import RunJournal
from support import hostile_segments as hostile
from support.hostile_segments import WRITER, put
from support.writers import Logger

CPU = 5.0
"""Seconds of this process that one reading may take: without a bound each of these takes minutes, with one well under
a second of an idle machine."""
SIZE = 3 << 20


def cpu_of(work):
    began = time.process_time()
    result = work()
    return result, time.process_time() - began


CONTENTS = {
    "headers that each claim 1 MiB": lambda: hostile.claims(SIZE),
    "the same with an event behind each": lambda: hostile.claims_between_events(SIZE),
    "headers that stand in each other": lambda: hostile.nested_claims(SIZE),
    "noise": lambda: hostile.noise(8 * SIZE),
}


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("suffix", ["open", "seal"])
def test_events_made_to_be_checked_for_hours_are_given_up(tmp_path, content, suffix):
    data = CONTENTS[content]()
    put(tmp_path / "run", hostile.sealed(data) if suffix == "seal" else data, suffix=suffix)
    journal = RunJournal(tmp_path / "run")
    _, seconds = cpu_of(lambda: sum(1 for _ in journal.events()))
    assert seconds < CPU
    assert journal.damage.damaged_events >= 1


def test_what_is_given_up_is_told_and_what_stands_before_it_is_read(tmp_path):
    good = hostile.header() + pack_event(WRITER, 1, 0, b"before", HEADER_SIZE)
    bad = hostile.claims(SIZE)
    put(tmp_path / "run", good + bad[len(good) :])
    journal = RunJournal(tmp_path / "run")
    assert [event.payload for event in journal.events()] == [b"before"]
    told = [one.what for one in journal.damage if one.fault is Fault.EVENT]
    assert any(one.startswith("given up") for one in told)


def test_an_overflow_stream_made_to_be_checked_for_hours_is_given_up(tmp_path):
    put(tmp_path / "run", hostile.claims(SIZE, stream=Stream.OVERFLOW), stream="overflow")
    journal = RunJournal(tmp_path / "run")
    _, seconds = cpu_of(lambda: list(journal.events()))
    assert seconds < CPU
    assert journal.points() == []


def test_a_follower_does_not_check_again_what_it_has_given_up(tmp_path):
    put(tmp_path / "run", hostile.claims(SIZE))
    hostile.let_live(tmp_path / "run")
    follower = EventFollower(tmp_path / "run")
    _, first = cpu_of(follower.poll)
    _, twenty = cpu_of(lambda: [follower.poll() for _ in range(20)])
    assert first < CPU
    assert twenty < CPU


def test_a_single_damaged_event_however_large_gives_nothing_up(tmp_path):
    writer_data = bytearray(hostile.header())
    for number in range(3):
        writer_data += pack_event(WRITER, 1, 0, bytes([number]) * (1 << 20), len(writer_data))
    writer_data[HEADER_SIZE + 100] ^= 1
    put(tmp_path / "run", bytes(writer_data))
    journal = RunJournal(tmp_path / "run")
    assert [event.payload[0] for event in journal.events()] == [1, 2]
    assert journal.damage.damaged_events == 1


def test_an_index_that_names_one_event_again_and_again_gives_it_once(tmp_path):
    put(tmp_path / "run", hostile.one_event_named_often(200_000), suffix="seal")
    journal = RunJournal(tmp_path / "run")
    events, seconds = cpu_of(lambda: list(journal.events(state=True)))
    assert len(events) == 1
    assert seconds < CPU
    assert journal.damage.damaged_events == 199_999


def test_an_index_of_more_events_than_its_segment_has_room_for_is_damage(tmp_path):
    put(tmp_path / "run", hostile.too_many_names(100_000), suffix="seal")
    journal = RunJournal(tmp_path / "run")
    assert list(journal.events(state=True)) == []
    assert journal.damage.damaged_segments == 1


@pytest.mark.parametrize("suffix", ["open", "seal"])
def test_a_segment_longer_than_any_writer_makes_is_not_read(tmp_path, suffix):
    path = put(tmp_path / "run", hostile.header() + pack_event(WRITER, 1, 0, b"x", HEADER_SIZE), suffix=suffix)
    with path.open("r+b") as file:
        file.truncate(SEGMENT_MOST + 1)
    journal = RunJournal(tmp_path / "run")
    assert list(journal.events()) == []
    assert journal.damage.damaged_segments == 1
    assert str(SEGMENT_MOST) in next(iter(journal.damage)).what


def test_a_pack_longer_than_any_is_not_read(tmp_path):
    Logger(tmp_path / "run").close()
    (tmp_path / "run").mkdir(exist_ok=True)
    (tmp_path / "run" / pack_name(WRITER)).write_bytes(b"RLJPACK\n" + bytes(PACK_MOST))
    journal = RunJournal(tmp_path / "run")
    assert list(journal.events()) == []
    assert any(str(PACK_MOST) in one.what for one in journal.damage)


@pytest.mark.parametrize("stream", ["events", "points"])
@pytest.mark.parametrize("numbers", ["far apart", "many"])
def test_the_numbers_of_segments_cost_nothing_by_themselves(tmp_path, stream, numbers):
    run = tmp_path / "run"
    of = Stream.EVENTS if stream == "events" else Stream.POINTS
    for number in (0, 999_999) if numbers == "far apart" else range(3_000):
        put(run, hostile.sealed(hostile.header(of, number)), stream=stream, number=number, suffix="seal")
    follower = EventFollower(run) if stream == "events" else PointFollower(run)
    journal = RunJournal(run)
    _, reading = cpu_of(lambda: (list(journal.events()), journal.points()))
    _, following = cpu_of(follower.poll)
    assert max(reading, following) < CPU
    assert not journal.damage


def test_many_segments_that_nothing_was_written_to_are_looked_at_once(tmp_path, monkeypatch):
    from runlog.journal import image

    looked = []
    asked = image.has_gone_on
    monkeypatch.setattr(image, "has_gone_on", lambda one: looked.append(one.number) or asked(one))
    run = tmp_path / "run"
    for number in range(300):
        put(run, hostile.header(Stream.POINTS, number), stream="points", number=number)
    PointFollower(run).poll()
    assert len(looked) <= 300


# -- holes ------------------------------------------------------------------------------------------------------------


def with_holes(run, holes, writer=WRITER):
    """Events of a live writer, of which each second one is not there yet."""
    data = bytearray(hostile.header(writer=writer))
    for number in range(2 * holes + 1):
        frame = pack_event(writer, 1, 0, b"%05d" % number, len(data))
        data += bytes(len(frame)) if number % 2 else frame
    put(run, bytes(data), writer=writer)
    hostile.let_live(run, writer)


def test_a_reader_waits_for_all_holes_together_as_long_as_for_one(tmp_path, monkeypatch):
    monkeypatch.setattr(patience_module, "HOLE_PATIENCE", 0.5)
    with_holes(tmp_path / "run", 20)
    began = time.monotonic()
    events = list(RunJournal(tmp_path / "run").events())
    waited = time.monotonic() - began
    assert len(events) == 21
    assert waited < 5  # ten seconds where each hole is waited for


def test_a_reader_waits_for_all_writers_together_as_long_as_for_one_hole(tmp_path, monkeypatch):
    monkeypatch.setattr(patience_module, "HOLE_PATIENCE", 0.5)
    for number in range(20):
        with_holes(tmp_path / "run", 1, f"{number:02d}3456789abc")
    began = time.monotonic()
    assert len(list(RunJournal(tmp_path / "run").events())) == 40
    assert time.monotonic() - began < 5  # ten seconds where each writer is waited for


def test_a_reader_without_patience_reads_behind_holes_at_once(tmp_path):
    with_holes(tmp_path / "run", 20)
    journal = RunJournal(tmp_path / "run", patience=0.0)
    began = time.monotonic()
    assert len(list(journal.events())) == 21
    assert time.monotonic() - began < 4  # a hole is waited for 5 s
    assert journal.damage.damaged_events == 20


def test_holes_that_were_there_when_the_first_was_seen_are_as_old_as_that_one(monkeypatch):
    monkeypatch.setattr(patience_module, "HOLE_PATIENCE", 0.05)
    patience = Patience()
    assert not patience.is_over("segment", 100, written=1_000)
    time.sleep(0.06)
    assert patience.is_over("segment", 100, written=5_000)
    assert patience.is_over("segment", 900, written=5_000)
    assert not patience.is_over("segment", 1_000, written=5_000)
    assert not patience.is_over("another", 100, written=1_000)


@pytest.mark.parametrize("zeros", [0, 1, 4_095, 4_096, 10_000])
@pytest.mark.parametrize("data", [b"", b"x", b"\0x" * 3_000])
def test_the_end_of_what_was_written_is_where_the_zeros_begin(data, zeros):
    assert written_end(data + bytes(zeros)) == len(data)


def test_followers_and_readers_give_the_same_of_what_was_given_up(tmp_path):
    put(tmp_path / "run", hostile.claims_between_events(1 << 20))
    shutil.copytree(tmp_path / "run", tmp_path / "copy")
    read = list(RunJournal(tmp_path / "run").events())
    followed = EventFollower(tmp_path / "copy").poll()
    assert [one.offset for one in read] == [one.offset for one in followed]
