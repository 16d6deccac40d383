"""Whatever happens to the files of a journal: what is read was written so, and the reader comes to an end."""

from __future__ import annotations

import os
import random
import shutil

import pytest

from runlog.journal.format import HEADER_SIZE, POINT_SIZE
from runlog.journal.reader import RunJournal
from support.damage import PAGE, SECTOR, check_damaged, damaged_copy, make_sample, points_of

ROUNDS = int(os.environ.get("RUNLOG_TEST_FUZZ", "200"))


@pytest.mark.fuzz
@pytest.mark.parametrize("sealed", [False, True], ids=["active", "sealed"])
def test_no_damaged_misplaced_or_foreign_record_is_returned(tmp_path, sealed):
    sample, other = make_sample(tmp_path / "sample", sealed=sealed), make_sample(tmp_path / "other", sealed=sealed)
    begin = random.SystemRandom().randrange(1 << 40)
    for seed in range(begin, begin + ROUNDS):
        folder = tmp_path / "damaged"
        done = damaged_copy(sample, other, folder, seed)
        try:
            check_damaged(sample, folder, sealed=sealed)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {done}") from error
        shutil.rmtree(folder)


SYNCED = HEADER_SIZE + 40 * POINT_SIZE
"""The definitions and the first records were synced before the cut."""
SLOTS_OF_DEFINITIONS = 1 + 2 + 4


def cut_power(path, chance, grain):
    """Zero some sectors or pages behind what was synced, or leave the file shorter too; gives the bytes that are gone."""
    data = bytearray(path.read_bytes())
    used = len(bytes(data).rstrip(b"\0"))
    end = chance.randrange(SYNCED, used) // grain * grain if chance.random() < 0.3 else used
    end = max(end, SYNCED)
    lost = [
        (max(at, SYNCED), at + grain) for at in range(0, end, grain) if at + grain > SYNCED and chance.random() < 0.3
    ]
    for low, high in lost:
        data[low:high] = bytes(len(data[low:high]))
    path.write_bytes(data if end == used else data[:end])
    return [*lost, (end, len(data))]


def touches(lost, low, high):
    return any(start < high and low < end for start, end in lost)


@pytest.mark.fuzz
@pytest.mark.parametrize("grain", [SECTOR, PAGE], ids=["sectors", "pages"])
def test_a_power_cut_takes_what_it_zeroed_and_nothing_else(tmp_path, grain):
    sample = make_sample(tmp_path / "sample", sealed=False)
    points_in_order = sorted(sample.points, key=lambda point: point[1])
    begin = random.SystemRandom().randrange(1 << 40)
    for seed in range(begin, begin + max(5, ROUNDS // 8)):
        chance = random.Random(seed)
        folder = tmp_path / "cut"
        shutil.copytree(sample.folder, folder)
        lost = {path.name.split("-")[1]: cut_power(path, chance, grain) for path in folder.iterdir()}
        kept_events = {
            (offset, *event)
            for offset, event in sample.events.items()
            if not touches(lost["events"], offset, offset + 16 + len(event[1]))
        }
        journal = RunJournal(folder)
        found = {(event.offset, event.kind, event.payload) for event in journal.events()}
        assert kept_events <= found <= {(offset, *event) for offset, event in sample.events.items()}, seed
        used = HEADER_SIZE + POINT_SIZE * (len(points_in_order) + SLOTS_OF_DEFINITIONS)
        gone = sum(touches(lost["points"], at, at + POINT_SIZE) for at in range(HEADER_SIZE, used, POINT_SIZE))
        read = points_of(journal)
        assert set(read) <= sample.points, seed
        assert len(read) == len(set(read)) == len(points_in_order) - gone, seed
        first_lost = min((low for low, _ in lost["points"]), default=used)
        last_there = max(at for at in range(HEADER_SIZE, used, POINT_SIZE) if not touches(lost["points"], at, at + 32))
        assert (journal.damage.holes > 0) == (first_lost < last_there), seed
        shutil.rmtree(folder)
