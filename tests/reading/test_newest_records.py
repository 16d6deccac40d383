"""The newest records are read from the end, and are those that a reading of everything ends with."""

from __future__ import annotations

import logging
import re
import shutil

import pytest

import runlog
from runlog.journal import reader as reader_module
from runlog.journal import stream as stream_module
from runlog.journal.format import EVENT_HEADER, HEADER_SIZE, Stream
from runlog.journal.reader import RunJournal
from runlog.journal.scan import EventScan
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_records import read_records
from runlog.reading.newest_records import newest_records

RECORDS = 3_000


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A run of several segments, with a child run's records of another writer beside it, and exceptions."""
    folder = tmp_path_factory.mktemp("newest")
    log = logging.getLogger("study.newest")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream_module, "SEGMENT_SIZES", (1 << 18,))
        workspace = runlog.Workspace(str(folder))
        with runlog.Experiment(workspace, "study").start_logging(run_id="long", log_level="DEBUG"):
            for number in range(RECORDS):
                log.log(10 + 10 * (number % 3), "record %d of %s", number, "x" * 150)
                if number % 997 == 0:
                    try:
                        raise ValueError(f"broken {number}")
                    except ValueError:
                        log.exception("failed at %d", number)
    return workspace


@pytest.fixture
def journal(kept):
    return lambda: kept.backend.journal("long")


WANTED = {
    "all": LogFilter(),
    "by level": LogFilter(level=30),
    "by logger": LogFilter(logger="study"),
    "by text": LogFilter(grep=re.compile("record 12")),
    "by exception": LogFilter(grep=re.compile("ValueError: broken 99")),
    "none": LogFilter(logger="nobody"),
}


@pytest.mark.parametrize("count", [0, 1, 7, 1_000, RECORDS * 2])
@pytest.mark.parametrize("which", WANTED)
def test_the_newest_are_the_last_of_all(journal, which, count):
    wanted = WANTED[which]
    everything = list(read_records(journal(), wanted))
    assert list(newest_records(journal(), wanted, count)) == everything[max(0, len(everything) - count) :]


def test_only_what_is_asked_for_is_read(journal, monkeypatch):
    walked, checked = [], []
    places_of, valid = reader_module.places_of, EventScan._valid
    monkeypatch.setattr(
        reader_module,
        "places_of",
        lambda image, wanted: walked.append(image.header.segment) or places_of(image, wanted),
    )
    monkeypatch.setattr(EventScan, "_valid", lambda scan, offset: checked.append(offset) or valid(scan, offset))
    view = journal()
    numbers = [number for one in view.reader.writers for of, number in one.segments if of is Stream.EVENTS]
    assert max(numbers) > 3
    assert [one.message for one in newest_records(view, LogFilter(), 3)][-1].startswith(f"record {RECORDS - 1} ")
    assert walked == [max(numbers)]
    assert len(checked) < 30  # three records, and what its writer said at its beginning and end


@pytest.mark.parametrize("damage", ["a payload", "a header", "a stretch", "the end"])
def test_of_a_damaged_segment_the_same_is_read_as_from_its_start(kept, tmp_path, damage):
    shutil.copytree(kept.backend.folder / "runs" / "long", tmp_path / "long")
    path = max((tmp_path / "long").glob("*-events-*.seal"))
    data = bytearray(path.read_bytes())
    at, frames = HEADER_SIZE, []
    while EVENT_HEADER.unpack_from(data, at)[4] == at and at < len(data) - 64:
        frames.append(at)
        at += 16 + (EVENT_HEADER.unpack_from(data, at)[0] + 7 & -8)
    middle = frames[len(frames) // 2]
    if damage == "a payload":
        data[middle + 40] ^= 0xFF
    elif damage == "a header":
        data[middle + 12] ^= 0xFF
    elif damage == "a stretch":
        data[middle : middle + 4_096] = bytes(4_096)
    else:
        data[frames[-1] + 20] ^= 0xFF
    path.write_bytes(data)
    forward, backward = RunJournal(tmp_path / "long"), RunJournal(tmp_path / "long")
    assert list(backward.events(backwards=True)) == list(forward.events())[::-1]
    assert str(backward.damage) == str(forward.damage) != "none"


def test_a_live_run_is_read_from_its_end_as_well(workspace):
    log = logging.getLogger("study.live")
    with runlog.Experiment(workspace, "study").start_logging(log_level="INFO") as run:
        for number in range(50):
            log.info("record %d", number)
        found = newest_records(workspace.backend.journal(run.id), LogFilter(logger="study"), 2)
        assert [one.message for one in found] == ["record 48", "record 49"]


def test_records_of_several_writers_are_put_in_order(tmp_path, kept):
    run = tmp_path / "long"
    shutil.copytree(kept.backend.folder / "runs" / "long", run)
    with runlog.Experiment(runlog.Workspace(str(tmp_path / "w")), "study").start_logging(run_id="long") as other:
        logging.getLogger("study").warning("of another")
    for path in (other._backend.folder / "runs" / "long").iterdir():
        if path.suffix == ".pack":
            shutil.copy(path, run)
    journal = RunJournal(run)
    last = [event.payload for writer in journal.writers for event in journal.events([1], writer=writer.writer_id)]
    back = [event.payload for writer in journal.writers for event in journal.events([1], backwards=True)]
    assert len(journal.writers) == 2
    assert set(last) == set(back)
