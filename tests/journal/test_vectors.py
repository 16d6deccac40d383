"""Journals of version 1 stay readable for ever: what was written by an earlier writer is read as it was written."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest

from runlog.journal.format import PointKind, Stream, WriterFlag
from runlog.journal.liveness import Liveness
from runlog.journal.reader import RunJournal
from support.journal_files import read_only
from support.scripts import run_script
from support.vectors import FIRST_SERIES, HOST, WRITER, payload_of

VECTORS = Path(__file__).parent / "vectors"
PROGRAM = Path(__file__).resolve().parents[1] / "support" / "vectors.py"
SEGMENT_SIZE = 160 * 1024
NAMES = sorted(path.stem for path in (VECTORS / "v1").glob("*.json"))


def description(name):
    return json.loads((VECTORS / "v1" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(params=NAMES)
def vector(request, tmp_path):
    """A description, and a copy of its folder as long as it was before zeros at the end were left out."""
    folder = tmp_path / "run"
    shutil.copytree(VECTORS / "v1" / request.param, folder)
    described = description(request.param)
    if described["mode"] == "MMAP":
        for path in folder.glob("*-*-*.open"):
            path.write_bytes(path.read_bytes().ljust(SEGMENT_SIZE, b"\0"))
    return described, folder


def same(one, other):
    """Equal in value and type; the sign of zero and what is not a number included."""
    if isinstance(other, float) and math.isnan(other):
        return math.isnan(one)
    return (one, type(one), repr(one)) == (other, type(other), repr(other))


def test_there_is_a_vector_for_each_state_of_the_files():
    described = [description(name) for name in NAMES]
    assert {(one["mode"], one["end"]) for one in described} >= {
        ("MMAP", "open"),
        ("MMAP", "sealed"),
        ("MMAP", "packed"),
        ("APPEND", "open"),
        ("APPEND", "sealed"),
    }
    assert {point[1] for one in described for point in one["points"]} == {
        kind.name for kind in PointKind if kind not in (PointKind.DEFINE, PointKind.DEFINE_CONTINUED, PointKind.PAD)
    }
    assert any(one.get("overflowed points") for one in described)
    assert any(one.get("losses") for one in described)


@pytest.mark.parametrize("decoder", ["NumPy", "plain Python"])
def test_points_are_read_as_they_were_written(vector, monkeypatch, decoder):
    if decoder != "NumPy":
        monkeypatch.setattr("runlog.journal.decode.numpy_or_none", lambda: None)
    described, folder = vector
    journal = RunJournal(folder)
    (columns,) = journal.points()
    expected = described["points"] + described.get("overflowed points", [])
    assert [columns.names[series] for series in columns.series] == [point[0] for point in expected]
    assert [PointKind(kind).name for kind in columns.kinds] == [point[1] for point in expected]
    for value, point in zip(columns.values(), expected, strict=True):
        assert same(value, point[2]), point
    steps = [int(step) if has else None for step, has in zip(columns.steps, columns.has_step, strict=True)]
    assert steps == [point[3] for point in expected]
    assert [int(time) for time in columns.times] == [point[4] for point in expected]
    assert not journal.damage


def test_events_are_read_as_they_were_written(vector):
    described, folder = vector
    journal = RunJournal(folder)
    expected = [(event["kind"], event["flags"], payload_of(event)) for event in described["events"]]
    overflowed = [
        (event["kind"], event["flags"], payload_of(event)) for event in described.get("overflowed events", ())
    ]
    read = [event for event in journal.events() if (event.stream, event.kind) != (Stream.OVERFLOW, 16)]
    assert [(event.kind, event.flags, event.payload) for event in read] == expected + overflowed
    state = [(event.kind, event.flags, event.payload) for event in journal.events(state=True)]
    assert state == [event for event in expected + overflowed if event[1] & 1]
    assert not journal.damage


def test_who_wrote_it_and_what_was_lost_is_read(vector):
    described, folder = vector
    (writer,) = RunJournal(folder).writers
    header = writer.header
    assert (writer.writer_id, header.run_id, header.pid, header.host) == (WRITER, "the-run", 4242, HOST)
    assert (writer.guest, writer.late) == ("guest" in described["writer"], "late" in described["writer"])
    assert list(writer.lost) == described.get("losses", [[0, 0]])[-1]
    assert header.mode.name == described["mode"]
    assert header.flags == WriterFlag.GUEST * writer.guest | WriterFlag.LATE * writer.late
    assert writer.liveness() is Liveness.CLOSED


def test_the_second_reader_written_from_the_format_document_reads_the_same(vector):
    described, folder = vector
    written = read_only(folder)
    assert [event.payload for event in written.events] == [payload_of(event) for event in described["events"]]
    assert [(point.name, PointKind(point.kind).name, point.step, point.time) for point in written.points] == [
        (name, kind, step, time) for name, kind, _, step, time in described["points"]
    ]
    assert list(written.lost) == described.get("losses", [[0, 0]])[-1]
    assert written.holes == 0


@pytest.mark.parametrize("name", NAMES)
def test_todays_writer_still_writes_the_same_bytes(tmp_path, name):
    run_script(tmp_path, PROGRAM, str(VECTORS / "v1" / f"{name}.json"), str(tmp_path / "run"))
    frozen = {path.name: path.read_bytes() for path in (VECTORS / "v1" / name).iterdir()}
    today = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.suffix != ".lock"}
    assert today.keys() == frozen.keys()
    for file, data in today.items():
        cut = data[: len(frozen[file])]
        assert cut == frozen[file], f"{file} differs first at byte {first_difference(cut, frozen[file])}"
        assert not data[len(cut) :].strip(b"\0")


def first_difference(one, other):
    return next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one))


def test_names_are_numbered_from_the_first_series_on():
    """So that a vector's bytes can be followed by hand."""
    image = (VECTORS / "v1" / "open" / f"{WRITER}-points-000000.open").read_bytes()
    assert int.from_bytes(image[512 + 24 : 512 + 28], "little") == FIRST_SERIES
