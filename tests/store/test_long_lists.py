"""The list of very many runs is kept while their folder rests, and is never an old one."""

from __future__ import annotations

import os
import time

import pytest

from runlog.store.file_names import journals_in

MANY = 1_200
LONG_AGO = time.time() - 3600


@pytest.fixture
def folder(tmp_path):
    for number in range(MANY):
        (tmp_path / f"run{number}").mkdir()
    os.utime(tmp_path, (LONG_AGO, LONG_AGO))
    return tmp_path


def test_a_folder_that_rests_is_not_listed_again(folder, monkeypatch):
    names = journals_in(folder)
    monkeypatch.setattr(os, "scandir", None)
    assert journals_in(folder) == names
    assert len(names) == MANY


def test_a_run_that_comes_or_goes_is_seen_at_once(folder):
    journals_in(folder)
    (folder / "new").mkdir()
    (folder / "run7").rmdir()
    assert {"new"} == set(journals_in(folder)) - {f"run{number}" for number in range(MANY)}
    assert "run7" not in journals_in(folder)


def test_a_folder_that_was_changed_just_now_is_listed_each_time(folder):
    (folder / "first").mkdir()
    assert "first" in journals_in(folder)
    changed = folder.stat().st_mtime_ns
    (folder / "second").mkdir()
    os.utime(folder, ns=(changed, changed))  # as on a file system with a coarse clock
    assert "second" in journals_in(folder)


def test_what_the_caller_does_with_the_list_changes_no_other(folder):
    journals_in(folder).clear()
    assert len(journals_in(folder)) == MANY
