"""The benchmark of log search: it builds what it says, and every search of it is answered."""

from __future__ import annotations

from benchmarks.store.many_records import RARE, rare_ones, write_runs
from benchmarks.store.search import SEARCHES, measure_search
from runlog.journal.reader import RunJournal
from runlog.records import EventKind


def test_a_small_one_is_measured(tmp_path):
    found = measure_search(tmp_path, 40_000)
    assert found.asked.keys() == SEARCHES.keys()
    assert all(one.is_whole for one in found.asked.values())
    assert found.asked["a rare word"].found == 1
    assert 0 < found.bytes_of_index < found.bytes_of_journal


def test_what_is_built_is_a_journal_without_damage(tmp_path):
    write_runs(tmp_path, 30_000)
    journal = RunJournal(tmp_path / "runs" / "run000000")
    records = [event.payload for event in journal.events({int(EventKind.LOG)})]
    assert len(records) == 30_000
    assert sum(RARE.encode() in one for one in records) == rare_ones(30_000) == 1
    assert not journal.damage
