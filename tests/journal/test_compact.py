"""Compacted segments: the same points, bit for bit, in fewer bytes; and no wrong point whatever happens to the file."""

from __future__ import annotations

import os
import random
import shutil
import struct
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runlog.errors import JournalError, JournalVersionError, MissingExtraError
from runlog.journal.compact import Compaction, NotCompactableError, compacted
from runlog.journal.compact_columns import Codec, columns_of, compressed, decompressed, pieces, size_of
from runlog.journal.compact_file import CompactFile
from runlog.journal.compact_format import CHUNK_FIELDS, CHUNK_POINTS, CHUNK_SIZE, COMPACT_FOOTER_SIZE
from runlog.journal.compact_image import sealed_image
from runlog.journal.format import HEADER_SIZE, Footer, PointKind, Stream, block_crcs
from runlog.journal.reader import RunJournal
from support.damage import Sample, damage, points_of
from support.sealed_points import Point, sealed_segment, write_sealed

ROUNDS = int(os.environ.get("RUNLOG_TEST_FUZZ", "200"))
COLUMNS = ("series", "times", "steps", "has_step", "kinds", "raw")
INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
VALUES = {
    PointKind.FLOAT: st.floats(),
    PointKind.INT: INT64,
    PointKind.UINT: st.integers(0, (1 << 64) - 1),
    PointKind.BOOL: st.booleans(),
    PointKind.GAP: st.none(),
}
POINTS = st.lists(
    st.sampled_from(list(VALUES)).flatmap(
        lambda kind: st.builds(
            Point,
            st.sampled_from(["loss", "a name longer than eight bytes", "ü/β", ""]),
            st.just(int(kind)),
            VALUES[kind],
            st.none() | INT64,
            st.integers(1, 1 << 62),
        )
    ),
    max_size=60,
)


def course(count, names=("loss", "val/accuracy", "lr")):
    """A training's points: a step for all names at once, times a little apart."""
    chance, points, time = random.Random(5), [], 1_700_000_000_000_000_000
    for step in range(count):
        time += chance.randrange(20_000, 90_000)
        points += [Point(name, PointKind.FLOAT, chance.random(), step, time) for name in names]
    return points


def compact_form(points):
    return Compaction(sealed_segment(points), "a segment").build()


def columns(folder):
    journal = RunJournal(folder)
    found = [(one.writer, one.names, [list(getattr(one, name)) for name in COLUMNS]) for one in journal.points()]
    assert not journal.damage
    return found


@given(POINTS)
def test_whatever_was_logged_the_sealed_segment_comes_back_byte_for_byte(points):
    sealed = sealed_segment(points)
    assert sealed_image(CompactFile(Compaction(sealed, "a segment").build(), "its compacted form")) == sealed


@settings(max_examples=25)
@given(POINTS, st.integers(CHUNK_POINTS - 1, 3 * CHUNK_POINTS))
def test_chunks_come_back_whatever_the_points_and_their_number(points, count):
    many = (points * -(-count // len(points)) if points else [])[:count]
    sealed = sealed_segment(many)
    assert sealed_image(CompactFile(Compaction(sealed, "a segment").build(), "its compacted form")) == sealed


@given(st.lists(INT64, min_size=2, max_size=50), st.sampled_from(list(Codec)[1:]))
def test_each_codec_gives_back_any_numbers(numbers, codec):
    column = np.array(numbers, "<i8")
    frame = compressed(pieces(column, codec))
    data = decompressed(frame, size_of(len(column), codec), "a frame")
    assert [list(one) for one in columns_of([data], len(column), [codec])] == [numbers]


def test_a_run_reads_the_same_before_and_after(tmp_path):
    path = write_sealed(tmp_path / "run", course(3000))
    before = columns(tmp_path / "run")
    path.with_suffix(".compact").write_bytes(compacted(path.read_bytes(), path.name))
    path.unlink()
    assert columns(tmp_path / "run") == before


def test_slots_that_are_no_points_come_back_too(tmp_path):
    """Holes and strays that the writer left stay counted as they were."""
    path = write_sealed(tmp_path / "run", course(200))
    points = course(200)
    image = bytearray(sealed_segment(points))
    for slot, data in ((70, bytes(32)), (90, b"\xff" * 32), (100, struct.pack("<qqdIHH", 1, 2, 3.0, 4, 1, 5))):
        image[HEADER_SIZE + 32 * slot : HEADER_SIZE + 32 * (slot + 1)] = data
    resealed = reseal(bytes(image))
    path.write_bytes(resealed)
    before = RunJournal(tmp_path / "run")
    read = points_of(before)
    path.with_suffix(".compact").write_bytes(compacted(resealed, path.name))
    path.unlink()
    after = RunJournal(tmp_path / "run")
    assert points_of(after) == read
    assert (after.damage.holes, after.damage.damaged_points) == (before.damage.holes, before.damage.damaged_points)
    assert before.damage.holes == 1


def reseal(image):
    end = Footer.unpack(image).data_end
    return image[:end] + Footer(end, block_crcs(image[HEADER_SIZE:end]), ()).pack(image)


def test_random_values_with_step_and_time_take_less_than_twelve_bytes_a_point():
    made = compact_form(course(40_000, names=("loss",)))
    assert len(made) / 40_000 < 12


def test_summaries_tell_of_finite_numbers_what_they_come_to():
    values = [3.0, float("nan"), -1.5, float("inf"), 7.0, 2.0]
    points = [Point("loss", PointKind.FLOAT, value, 10 - at, 1000 + at) for at, value in enumerate(values)]
    points += [Point("loss", PointKind.GAP, None, None, 2000), Point("loss", PointKind.BOOL, True, None, 1999)]
    (chunk,) = CompactFile(compact_form(points), "it").chunks
    assert (chunk["count"], chunk["numbers"], chunk["stepped"]) == (8, 5, 6)
    assert (chunk["low_step"], chunk["high_step"], chunk["low_time"], chunk["high_time"]) == (5, 10, 1000, 2000)
    assert [chunk[name] for name in ("min", "max", "sum", "first", "last")] == [-1.5, 7.0, 11.5, 3.0, 1.0]


def test_a_chunk_is_read_alone():
    points = course(5000)
    file = CompactFile(compact_form(points), "it")
    wanted = [point for point in points if point.name == "lr"][2 * CHUNK_POINTS :]
    *_, last = file.rows_of("lr")
    read = file.points_of(last)
    assert list(read.steps) == [point.step for point in wanted]
    assert list(read.times) == [point.time for point in wanted]
    assert list(read.raw.view("<f8")) == [point.value for point in wanted]
    assert set(read.marks) == {PointKind.FLOAT | 1 << 8}


def test_the_directory_is_as_large_as_the_format_says():
    assert np.dtype(CHUNK_FIELDS).itemsize == CHUNK_SIZE == 112
    assert COMPACT_FOOTER_SIZE == 116


def test_what_is_no_gain_stays_as_it_is():
    with pytest.raises(NotCompactableError, match="too few points of each name"):
        compacted(sealed_segment([Point(f"m{at}", PointKind.FLOAT, 0.5, at, at + 1) for at in range(40)]), "it")


def test_a_damaged_segment_stays_as_it_is():
    image = bytearray(sealed_segment(course(500)))
    image[HEADER_SIZE + 5000] ^= 1
    with pytest.raises(NotCompactableError, match="is damaged"):
        compacted(bytes(image), "it")


@pytest.mark.fuzz
def test_no_damaged_or_misplaced_point_of_a_compacted_segment_is_returned(tmp_path):
    points = course(700)
    sample = Sample(tmp_path / "sample", {(name, time, value, step) for name, _, value, step, time in points})
    other = tmp_path / "other.compact"
    other.write_bytes(compact_form(course(500, names=("other", "loss"))))
    made = compact_form(points)
    begin = random.SystemRandom().randrange(1 << 40)
    for seed in range(begin, begin + ROUNDS):
        folder = tmp_path / "damaged"
        folder.mkdir()
        path = folder / "0123456789ab-points-000000.compact"
        path.write_bytes(made)
        chance = random.Random(seed)
        done = [damage(path, other, chance) for _ in range(chance.randrange(1, 3))]
        try:
            check_compact(sample, folder, unchanged=path.read_bytes() == made)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {done}") from error
        shutil.rmtree(folder)


def check_compact(sample, folder, *, unchanged):
    try:
        journal = RunJournal(folder)
        read = points_of(journal)
    except JournalError:
        assert not unchanged
        return
    assert len(read) == len(set(read))
    assert set(read) <= sample.points
    assert len(read) == len(sample.points) or journal.damage
    assert not unchanged or not journal.damage


def test_a_damaged_chunk_costs_its_own_points_only(tmp_path):
    points = course(3 * CHUNK_POINTS, names=("loss", "lr"))
    path = write_sealed(tmp_path / "run", points)
    made = bytearray(compacted(path.read_bytes(), path.name))
    chunk = CompactFile(bytes(made), "it").chunks[1]
    made[int(chunk["offset"]) + 40] ^= 8
    path.unlink()
    path.with_suffix(".compact").write_bytes(made)
    journal = RunJournal(tmp_path / "run")
    gone = {(point.name, point.step) for point in points} - {(one[0], one[3]) for one in points_of(journal)}
    assert gone == {("loss", step) for step in range(CHUNK_POINTS, 2 * CHUNK_POINTS)}
    assert journal.damage.damaged_points == CHUNK_POINTS


def test_a_newer_version_is_refused(tmp_path):
    made = bytearray(compact_form(course(100)))
    footer = made[-COMPACT_FOOTER_SIZE:-4]
    footer[8:12] = struct.pack("<I", 2)
    made[-COMPACT_FOOTER_SIZE:] = footer + struct.pack("<I", zlib.crc32(footer))
    (tmp_path / "0123456789ab-points-000000.compact").write_bytes(made)
    with pytest.raises(JournalVersionError, match="compacted in version 2; this runlog reads version 1"):
        RunJournal(tmp_path).points()


@pytest.mark.parametrize("package", ["numpy", "zstandard"])
def test_without_a_package_the_reader_says_which_extra_is_missing(tmp_path, monkeypatch, package):
    (tmp_path / "0123456789ab-points-000000.compact").write_bytes(compact_form(course(100)))
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'runlog-ml\[server\]'"):
        RunJournal(tmp_path).points()


def test_the_compacted_file_counts_where_its_source_is_still_there(tmp_path):
    """As a kill between its last two steps leaves them: nothing is read twice."""
    path = write_sealed(tmp_path / "run", course(300))
    path.with_suffix(".compact").write_bytes(compacted(path.read_bytes(), path.name))
    journal = RunJournal(tmp_path / "run")
    assert len(points_of(journal)) == 900
    (segment,) = journal.writers[0].segments.values()
    assert (segment.stream, segment.sealed, segment.path.suffix) == (Stream.POINTS, True, ".compact")
