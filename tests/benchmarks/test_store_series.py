"""The benchmark of long series: it builds what it says, and notices a wrong extreme."""

from __future__ import annotations

import copy

import pytest

from benchmarks.store.long_series import write_run
from benchmarks.store.series import check_extremes, draw, measure_series
from runlog.journal.reader import RunJournal

POINTS = 300_000


def test_a_small_one_is_measured(tmp_path):
    found = measure_series(tmp_path, POINTS, 100_000)
    assert len(found.whole.warm) == len(found.close.warm) == 30
    assert 0 < found.bytes_built < 12
    assert 0 < found.bytes_logged < 12


def test_what_is_built_is_a_journal_without_damage(tmp_path):
    write_run(tmp_path / "runs" / "bench", 5000)
    journal = RunJournal(tmp_path / "runs" / "bench")
    (columns,) = journal.points()
    assert (columns.names, list(columns.steps)) == (["loss"], list(range(5000)))
    assert not journal.damage


@pytest.mark.parametrize("column", ["min", "max", "count"])
def test_a_wrong_bucket_is_noticed(tmp_path, column):
    write_run(tmp_path / "runs" / "bench", POINTS)
    buckets = draw(str(tmp_path), "0", str(POINTS))["buckets"]
    check_extremes(buckets, POINTS)
    wrong = copy.deepcopy(buckets)
    wrong[column][500] += 1
    with pytest.raises(RuntimeError):
        check_extremes(wrong, POINTS)
