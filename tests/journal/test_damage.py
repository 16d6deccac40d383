"""Whatever happens to the files of a journal: what is read was written so, and the reader comes to an end."""

from __future__ import annotations

import os
import random
import shutil

import pytest

from runlog.journal.format import HEADER_SIZE, POINT_SIZE
from runlog.journal.reader import RunJournal
from support.damage import SECTOR, check_damaged, damaged_copy, make_sample, points_of

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


@pytest.mark.fuzz
def test_a_power_cut_takes_what_it_zeroed_and_nothing_else(tmp_path):
    sample = make_sample(tmp_path / "sample", sealed=False)
    for seed in range(ROUNDS // 8):
        chance = random.Random(seed)
        folder = tmp_path / "cut"
        shutil.copytree(sample.folder, folder)
        expected_events = dict(sample.events)
        for path in folder.iterdir():
            data = bytearray(path.read_bytes())
            used = len(bytes(data).rstrip(b"\0"))
            synced = HEADER_SIZE + 40 * POINT_SIZE  # the definitions and the first records were synced
            lost = {at for at in range(0, used, SECTOR) if at >= synced and chance.random() < 0.3}
            for at in lost:
                data[at : at + SECTOR] = bytes(SECTOR)
            path.write_bytes(data)
            if "-events-" in path.name:
                for offset, (_, payload) in sample.events.items():
                    end = offset + 16 + len(payload)
                    if any(at < end and offset < at + SECTOR for at in lost):
                        del expected_events[offset]
            else:
                kept = sum(
                    at // SECTOR * SECTOR not in lost for at in range(HEADER_SIZE, used // POINT_SIZE * 32, POINT_SIZE)
                )
        journal = RunJournal(folder)
        found = {event.offset: (event.kind, event.payload) for event in journal.events()}
        assert expected_events.items() <= found.items() <= sample.events.items(), seed
        points = set(points_of(journal))
        assert points <= sample.points
        slots_of_definitions = 1 + 2 + 4
        assert len(points) >= kept - slots_of_definitions, seed
        shutil.rmtree(folder)
