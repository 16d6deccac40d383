"""Compacted segments of version 1 stay readable for ever, and are what the format's document says."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from runlog.journal.compact import Compaction
from runlog.journal.compact_file import CompactFile
from runlog.journal.compact_image import sealed_image
from runlog.journal.format import PointKind
from runlog.journal.reader import RunJournal
from support.compact_files import sealed_from
from support.sealed_points import Point, sealed_segment

VECTORS = Path(__file__).parent / "vectors" / "compact-v1"
NAMES = sorted(path.stem for path in VECTORS.glob("*.compact"))


def columns(path, folder):
    folder.mkdir()
    shutil.copy(path, folder / f"0123456789ab-points-000000{path.suffix}")
    journal = RunJournal(folder)
    (found,) = journal.points()
    assert not journal.damage
    return found.names, list(found.series), list(found.times), list(found.steps), list(found.kinds), list(found.raw)


def test_there_is_a_vector_for_each_codec_and_kind():
    codecs, marks, names = set(), set(), 0
    for name in NAMES:
        file = CompactFile((VECTORS / f"{name}.compact").read_bytes(), name)
        codecs |= {code >> shift & 15 for code in file.chunks["codecs"].tolist() for shift in (0, 4, 8)}
        marks |= {mark & 0xFF for row in range(len(file.chunks)) for mark in file.points_of(row).marks.tolist()}
        names = max(names, len(file.series))
        assert 0 in file.chunks["mark"] or name != "mixed"
    assert codecs == {0, 1, 2, 3, 4}
    assert marks == {PointKind.FLOAT, PointKind.INT, PointKind.UINT, PointKind.BOOL, PointKind.GAP}
    assert names > 255


@pytest.mark.parametrize("name", NAMES)
def test_a_frozen_compacted_segment_gives_back_the_sealed_one(name, tmp_path):
    compact, sealed = (VECTORS / f"{name}{suffix}" for suffix in (".compact", ".seal"))
    assert sealed_image(CompactFile(compact.read_bytes(), name)) == sealed.read_bytes()
    assert columns(compact, tmp_path / "compact") == columns(sealed, tmp_path / "sealed")


@pytest.mark.parametrize("name", NAMES)
def test_the_second_reader_written_from_the_format_document_reads_the_same(name):
    assert sealed_from((VECTORS / f"{name}.compact").read_bytes()) == (VECTORS / f"{name}.seal").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_todays_compaction_is_what_the_document_says(name):
    """Its bytes may differ: another zstd finds other ones for the same."""
    sealed = (VECTORS / f"{name}.seal").read_bytes()
    assert sealed_from(Compaction(sealed, name).build()) == sealed


def test_several_chunks_are_what_the_document_says():
    chance = random.Random(1)
    points = [
        Point(chance.choice("ab"), PointKind.FLOAT, chance.random(), at, 10**18 + chance.randrange(10**9))
        for at in range(7000)
    ]
    sealed = sealed_segment(points)
    assert sealed_from(Compaction(sealed, "it").build()) == sealed
