"""A copy takes in a journal's bytes piece by piece, each at least once, and reads like the journal itself."""

from __future__ import annotations

import os
import random
import threading
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.errors import JournalError, JournalGapError
from runlog.journal import stream as stream_module
from runlog.journal.files import lease_name, pack_name, parse_segment_name
from runlog.journal.format import BLOCK_SIZE, HEADER_SIZE, Header, Lost, Mode, Stream, unpack_parts
from runlog.journal.lease import held_lease
from runlog.journal.liveness import HEARTBEAT_LIMIT, Liveness
from runlog.journal.mirror import Mirror
from runlog.journal.reader import RunJournal
from support.writers import LOG, Logger

WRITER = "w" * 12


def content(folder):
    """All that is read of a folder, and what is damaged in it."""
    journal = RunJournal(folder)
    points = [
        (columns.writer, columns.names, list(columns.series), list(columns.times), columns.values())
        for columns in journal.points()
    ]
    return points, list(journal.events()), str(journal.damage), [(one.writer_id, one.lost) for one in journal.writers]


def segments_of(folder):
    """Each segment of a folder: its writer, stream and number, whether it is sealed, and its bytes."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".pack":
            data = path.read_bytes()
            for offset, length in unpack_parts(data):
                image = data[offset : offset + length]
                header = Header.unpack(image)
                yield header.writer, header.stream, header.segment, True, image
        elif (name := parse_segment_name(path.name)) is not None:
            image = path.read_bytes()
            used = max(HEADER_SIZE, len(image.rstrip(b"\0")) + 7 & -8)
            yield *name, image if name.sealed else image[:used]


def send(mirror, folder, piece=1 << 20):
    for writer, stream, number, sealed, image in segments_of(folder):
        for at in range(0, len(image), piece):
            end = min(len(image), at + piece)
            mirror.append(writer, stream, number, at, image[at:end], sealed and end == len(image))


@pytest.fixture
def small_segments(monkeypatch):
    monkeypatch.setattr(stream_module, "SEGMENT_SIZES", (1 << 18,))


def fill(folder, count=5_000, *, close=True, mode=Mode.MMAP):
    logger = Logger(folder, mode=mode)
    for number in range(count):
        logger.log("loss", number / 7, "", number)
        logger.append(b"record %d" % number)
    if close:
        logger.close()
    return logger


@pytest.mark.parametrize("count", [3, 5_000])
@pytest.mark.parametrize("piece", [777, 1 << 20])
@pytest.mark.usefixtures("small_segments")
def test_a_copy_of_a_closed_writer_has_the_same_files_and_reads_the_same(original, mirror, count, piece):
    logger = fill(original, count)
    send(mirror, original, piece)
    mirror.sign(logger.writer.writer_id, Liveness.CLOSED)
    assert content(mirror.folder) == content(original)
    lease = lease_name(logger.writer.writer_id)
    copied = {path.name: path.read_bytes() for path in mirror.folder.iterdir() if path.name != lease}
    assert copied == {path.name: path.read_bytes() for path in original.iterdir()}


@pytest.mark.parametrize("mode", list(Mode))
def test_a_copy_of_a_live_writer_holds_exactly_what_came_and_reads_the_same(original, mirror, mode):
    logger = fill(original, 300, close=False, mode=mode)
    send(mirror, original)
    assert content(mirror.folder) == content(original)
    assert all(path.read_bytes()[-32:].strip(b"\0") for path in mirror.folder.glob("*.open"))
    logger.close()


@given(seed=st.integers(0, 1 << 32))
def test_pieces_that_come_twice_late_and_in_part_make_the_same_copy(seed, tmp_path_factory):
    chance = random.Random(seed)
    base = tmp_path_factory.mktemp("pieces")
    original, copy = base / "run", base / "copy" / "run"
    copy.mkdir(parents=True)
    fill(original, 50)
    mirror = Mirror(copy)
    for *place, _, image in segments_of(original):
        length = 0
        while length < len(image):
            at = chance.randint(0, min(len(image), length + 200)) if length else 0
            end = chance.randint(max(at, HEADER_SIZE), len(image))
            if at > length:
                with pytest.raises(JournalGapError) as refused:
                    mirror.append(*place, at, image[at:end], end == len(image))
                assert refused.value.length == length
            else:
                length = mirror.append(*place, at, image[at:end], end == len(image))
    assert content(copy) == content(original)


def test_what_came_already_changes_nothing(original, mirror):
    logger = fill(original, 100, close=False)
    send(mirror, original)
    before = {path.name: path.read_bytes() for path in mirror.folder.iterdir()}
    for writer, stream, number, _, image in segments_of(original):
        assert mirror.append(writer, stream, number, 100, image[100:700]) == len(image)
    assert {path.name: path.read_bytes() for path in mirror.folder.iterdir()} == before
    logger.close()


def test_a_hole_is_filled_by_what_is_sent_over_it(original, mirror):
    logger = fill(original, 10, close=False)
    (image,) = (image for _, stream, _, _, image in segments_of(original) if stream is Stream.POINTS)
    writer = logger.writer.writer_id
    holed = image[: HEADER_SIZE + 64] + bytes(32) + image[HEADER_SIZE + 96 :]
    mirror.append(writer, Stream.POINTS, 0, 0, holed)
    at = HEADER_SIZE + 64
    assert mirror.append(writer, Stream.POINTS, 0, at, image[at : at + 32]) == len(image)
    assert (mirror.folder / f"{writer}-points-000000.open").read_bytes() == image
    logger.close()


def test_bytes_that_do_not_follow_are_refused_with_the_offset_to_go_on_from(original, mirror):
    logger = fill(original, 10, close=False)
    (image,) = (image for _, stream, _, _, image in segments_of(original) if stream is Stream.EVENTS)
    send_to = (logger.writer.writer_id, Stream.EVENTS, 0)
    with pytest.raises(JournalGapError) as refused:
        mirror.append(*send_to, 600, image[600:])
    assert refused.value.length == 0
    mirror.append(*send_to, 0, image[:600])
    with pytest.raises(JournalGapError, match="has 600 bytes here, not 601") as refused:
        mirror.append(*send_to, 601, image[601:])
    assert refused.value.length == 600
    logger.close()


@pytest.mark.usefixtures("small_segments")
def test_a_sealed_segment_gets_its_name_once_its_checksums_fit(original, mirror):
    fill(original, 20_000)
    writer, stream, number, _, image = next(one for one in segments_of(original) if one[3] and one[1] is Stream.POINTS)
    at = HEADER_SIZE + BLOCK_SIZE + 99
    broken = image[:at] + bytes([image[at] ^ 1]) + image[at + 1 :]
    with pytest.raises(JournalGapError) as refused:
        mirror.append(writer, stream, number, 0, broken, True)
    assert refused.value.length == HEADER_SIZE + BLOCK_SIZE
    (left,) = mirror.folder.glob("*-points-*")
    assert left.suffix == ".open"
    again = refused.value.length
    assert mirror.append(writer, stream, number, again, image[again:], True) == len(image)
    assert left.with_suffix(".seal").read_bytes() == image
    assert mirror.append(writer, stream, number, 0, b"x" * 900, True) == len(image)
    assert left.with_suffix(".seal").read_bytes() == image


def test_a_sealed_segment_without_its_footer_is_sent_from_its_start_again(original, mirror):
    fill(original, 10)
    writer, stream, number, _, image = next(segments_of(original))
    with pytest.raises(JournalGapError) as refused:
        mirror.append(writer, stream, number, 0, image[:-5], True)
    assert refused.value.length == 0
    assert mirror.append(writer, stream, number, 0, image, True) == len(image)


def test_a_segment_that_its_sender_found_damaged_is_kept_as_it_is(original, mirror):
    fill(original, 10)
    writer, stream, number, _, image = next(segments_of(original))
    broken = image[:600] + bytes([image[600] ^ 1]) + image[601:]
    assert mirror.append(writer, stream, number, 0, broken, True, damaged=True) == len(image)
    mirror.sign(writer, Liveness.CLOSED)
    assert RunJournal(mirror.folder).writers


def test_what_was_sent_beyond_the_end_of_a_sealed_segment_is_cut_off(original, mirror):
    fill(original, 10)
    writer, stream, number, _, image = next(segments_of(original))
    mirror.append(writer, stream, number, 0, image + bytes(4_000))
    assert mirror.append(writer, stream, number, 0, image, True) == len(image)


@pytest.mark.parametrize(
    "change",
    [
        {"writer": "v" * 12},
        {"run_id": "other"},
        {"segment": 7},
        {"stream": Stream.POINTS},
    ],
)
def test_a_header_of_another_place_is_refused_and_leaves_nothing(mirror, change):
    header = msgspec.structs.replace(Header(Stream.EVENTS, 0, 0, WRITER, "run"), **change)
    with pytest.raises(JournalError, match="send each to its own place"):
        mirror.append(WRITER, Stream.EVENTS, 0, 0, header.pack())
    assert [path.name for path in mirror.folder.iterdir()] == [lease_name(WRITER)]


@pytest.mark.parametrize("data", [b"", b"x" * 511, b"x" * 5_000])
def test_a_first_piece_without_a_header_is_refused_and_leaves_nothing(mirror, data):
    with pytest.raises(JournalError, match=r"-events-000000\.open"):
        mirror.append(WRITER, Stream.EVENTS, 0, 0, data)
    assert [path.name for path in mirror.folder.iterdir()] == [lease_name(WRITER)]


def test_another_segment_of_the_same_name_is_refused(mirror):
    header = Header(Stream.EVENTS, 0, 0, WRITER, "run", pid=1)
    mirror.append(WRITER, Stream.EVENTS, 0, 0, header.pack())
    with pytest.raises(JournalError, match="another segment has its name"):
        mirror.append(WRITER, Stream.EVENTS, 0, 0, msgspec.structs.replace(header, pid=2).pack())
    with pytest.raises(JournalError):
        mirror.append(WRITER, Stream.EVENTS, 0, 100, b"x" * 30)


def test_a_header_that_a_power_cut_wiped_out_is_taken_again(mirror):
    header = Header(Stream.EVENTS, 0, 0, WRITER, "run")
    (mirror.folder / f"{WRITER}-events-000000.open").write_bytes(bytes(2_000))
    assert mirror.append(WRITER, Stream.EVENTS, 0, 0, header.pack()) == 2_000


@pytest.mark.parametrize("writer", ["../../../etc", "W" * 12, "w" * 11, "w" * 13, "", "w" * 11 + "/", "w" * 11 + "\n"])
def test_what_is_no_writers_id_reaches_no_file(mirror, writer):
    with pytest.raises(JournalError, match="is no writer's id"):
        mirror.append(writer, Stream.EVENTS, 0, 0, bytes(600))
    with pytest.raises(JournalError, match="is no writer's id"):
        mirror.sign(writer, Liveness.ALIVE)
    assert list(mirror.folder.iterdir()) == []


@pytest.mark.parametrize(("stream", "number"), [(Stream.EVENTS, 1_000_000), (Stream.EVENTS, -1), (Stream.OVERFLOW, 1)])
def test_numbers_that_no_segment_has_are_refused(mirror, stream, number):
    with pytest.raises(JournalError, match="there is no segment"):
        mirror.append(WRITER, stream, number, 0, bytes(600))


def test_offsets_that_no_segment_reaches_are_refused(mirror):
    for offset in (-1, 1 << 32):
        with pytest.raises(JournalError, match="outside of what a segment may hold"):
            mirror.append(WRITER, Stream.EVENTS, 0, offset, b"x")


def test_a_run_that_is_not_here_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        Mirror(tmp_path / "gone").append(WRITER, Stream.EVENTS, 0, 0, bytes(600))
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_comes_after_the_writer_was_packed_joins_the_others(original, mirror):
    logger = fill(original, 3)
    parts = list(segments_of(original))
    assert len(parts) == 2
    for writer, stream, number, sealed, image in parts:
        mirror.append(writer, stream, number, 0, image, sealed)
        mirror.sign(writer, Liveness.CLOSED)
    assert content(mirror.folder) == content(original)
    assert sorted(path.name for path in mirror.folder.iterdir()) == sorted(
        [pack_name(logger.writer.writer_id), lease_name(logger.writer.writer_id)]
    )
    assert mirror.append(*parts[0][:3], 0, parts[0][4], True) == len(parts[0][4])


def test_what_a_writer_lost_is_told_by_its_copy_however_it_is_kept(original, mirror):
    logger = fill(original, 3)
    writer = logger.writer.writer_id
    for *place, sealed, image in segments_of(original):
        mirror.append(*place, 0, image[:700])
        mirror.sign(writer, Liveness.ALIVE, Lost(3, 4))
        assert RunJournal(mirror.folder).writers[0].lost == Lost(3, 4)
        mirror.append(*place, 0, image, sealed)
    for lost in (Lost(5, 6), Lost(5, 6), Lost(7, 6)):
        mirror.sign(writer, Liveness.CLOSED, lost)
        assert RunJournal(mirror.folder).writers[0].lost == lost
    assert (mirror.folder / pack_name(writer)).exists()
    assert content(mirror.folder)[:3] == content(original)[:3]


@pytest.mark.parametrize("state", [Liveness.CLOSED, Liveness.DEAD])
def test_a_writers_copy_is_as_its_sender_said_last(original, mirror, state):
    logger = fill(original, 3, close=False)
    send(mirror, original)
    (writer,) = RunJournal(mirror.folder).writers
    assert writer.liveness() is Liveness.ALIVE
    mirror.sign(writer.writer_id, state)
    assert RunJournal(mirror.folder).writers[0].liveness() is state
    mirror.sign(writer.writer_id, Liveness.ALIVE)
    assert RunJournal(mirror.folder).writers[0].liveness() is Liveness.ALIVE
    logger.close()


def test_a_writer_that_is_not_heard_of_is_silent_until_it_is(original, mirror):
    logger = fill(original, 3, close=False)
    send(mirror, original)
    writer = logger.writer.writer_id
    long_ago = time.time() - HEARTBEAT_LIMIT - 1
    os.utime(mirror.folder / lease_name(writer), (long_ago, long_ago))
    assert RunJournal(mirror.folder).writers[0].liveness() is Liveness.SILENT
    send(mirror, original)
    assert RunJournal(mirror.folder).writers[0].liveness() is Liveness.ALIVE
    logger.close()


@pytest.mark.parametrize("text", [b"{", b"[]", b'{"state": "else"}', b'{"state": 3}', b"\xff" * 30])
def test_a_lease_that_can_not_be_read_proves_nothing(original, mirror, text):
    logger = fill(original, 3, close=False)
    send(mirror, original)
    (mirror.folder / lease_name(logger.writer.writer_id)).write_bytes(text)
    assert RunJournal(mirror.folder).writers[0].liveness() is Liveness.SILENT
    logger.close()


def test_threads_that_send_the_same_leave_one_copy(original, mirror):
    logger = fill(original, 4_000)
    failures = []

    def work():
        try:
            send(mirror, original, 5_000)
            mirror.sign(logger.writer.writer_id, Liveness.CLOSED)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert content(mirror.folder) == content(original)


def test_who_holds_a_lease_is_waited_for(mirror):
    pytest.importorskip("fcntl")
    done = []
    with held_lease(mirror.folder, WRITER):
        other = threading.Thread(target=lambda: done.append(mirror.sign(WRITER, Liveness.CLOSED)))
        other.start()
        other.join(0.1)
        assert done == []
    other.join()
    assert done == [None]


@given(data=st.binary(max_size=3_000), offset=st.integers(0, 2_000), sealed=st.booleans())
def test_bytes_of_any_kind_are_kept_or_refused_and_never_break_a_reader(data, offset, sealed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any") / "run"
    folder.mkdir()
    mirror = Mirror(folder)
    good = Header(Stream.EVENTS, 0, 0, WRITER, "run").pack()
    for send_offset, piece in ((0, good), (offset, data)):
        try:
            mirror.append(WRITER, Stream.EVENTS, 0, send_offset, piece, sealed and piece is data)
        except JournalError:
            continue
    assert [event for event in RunJournal(folder).events([LOG]) if event.kind != LOG] == []
