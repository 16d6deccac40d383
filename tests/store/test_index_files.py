"""An index whose file can't be used: answers stay right, it is told of, and the file is used again once it can be."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from runlog import Experiment
from runlog.store import derived_database, index_file, readings
from runlog.store.contract import RecordSearch
from runlog.store.index.followed_run import FollowedRun
from runlog.store.indexed import IndexedStore
from support.hostile_runs import encode, log

FILES = ("index.sqlite", "search.sqlite")


@pytest.fixture
def start(workspace, monkeypatch):
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")

    def begin(word: str):
        run = Experiment(workspace, "study").start_logging(outputs=False, capture_logging=False)
        run.append_log(encode(log(template=f"found {word}")))
        run.complete()
        return run

    return begin


@pytest.fixture
def store(workspace):
    made = IndexedStore(workspace.backend)
    yield made
    made.close()


def answers(store: IndexedStore) -> tuple[set[str], set[str]]:
    """Ids of all runs, and messages of all records, each without an order."""
    runs = {run.id for run in store.find_runs().items}
    return runs, {found.record.message for found in store.records(RecordSearch("found")).items}


def rows_in(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def in_the_way(folder: Path) -> None:
    """Put folders where the files would be: they can't be opened, whoever tries."""
    for name in FILES:
        for path in folder.glob(f"{name}*"):
            path.unlink()
        (folder / name).mkdir()


def out_of_the_way(folder: Path) -> None:
    for name in FILES:
        (folder / name).rmdir()


def test_a_file_that_can_not_be_used_is_used_again_once_it_can_be(workspace, start, store, monkeypatch, heard):
    folder = Path(workspace.location)
    first = start("one")
    assert answers(store) == ({first.id}, {"found one"})
    assert store.troubles == []
    store.close()
    in_the_way(folder)
    second = start("two")
    both = {first.id, second.id}, {"found one", "found two"}
    assert answers(store) == both
    assert len(store.troubles) == 2
    assert all("can't be used" in one and "sqlite" in one for one in store.troubles)
    assert answers(store) == both
    out_of_the_way(folder)
    assert answers(store) == both
    assert len(store.troubles) == 2  # it is not tried before its time
    monkeypatch.setattr(index_file, "AGAIN_AFTER", 0.0)
    for parts in (store._runs._file, store._records._file):
        parts._again_at = 0.0
    assert answers(store) == both
    assert store.troubles == []
    assert rows_in(folder / FILES[0], "runs") == 2
    assert rows_in(folder / FILES[1], "journals") >= 2
    told = [one for one in heard.messages if "sqlite" in one]
    assert sum("can't be used" in one for one in told) == 2
    assert sum("can be used again" in one for one in told) == 2


def test_while_the_file_stays_unusable_nothing_is_made_anew(workspace, start, store):
    folder = Path(workspace.location)
    start("one")
    in_the_way(folder)
    answers(store)
    kept = [parts.parts for parts in (store._runs._file, store._records._file)]
    for parts in (store._runs._file, store._records._file):
        parts._again_at = 0.0  # its time has come, and it fails again
    answers(store)
    assert [parts.parts for parts in (store._runs._file, store._records._file)] == kept
    out_of_the_way(folder)


def test_whoever_knew_the_file_is_told_of_every_run_when_memory_takes_its_place(workspace, start, store):
    run = start("one")
    known = store.changes(0).revision
    store.close()
    in_the_way(Path(workspace.location))
    changes = store.changes(known)
    assert changes.revision > known
    assert changes.run_ids == [run.id]
    out_of_the_way(Path(workspace.location))


@pytest.fixture
def locked(workspace, store, monkeypatch):
    """`with locked(name):` another connection is in the middle of writing to a file."""
    monkeypatch.setattr(derived_database, "PATIENCE", 0.2)
    monkeypatch.setattr(derived_database, "SHORT_PATIENCE", 0.1)
    monkeypatch.setattr("runlog.store.lock_wait.LOCKED_FOR", 0.0)

    class Lock:
        def __init__(self, name: str) -> None:
            self.db = sqlite3.connect(Path(workspace.location) / name, isolation_level=None)

        def __enter__(self) -> None:
            self.db.execute("BEGIN IMMEDIATE")

        def __exit__(self, *_: object) -> None:
            self.db.execute("ROLLBACK")
            self.db.close()

    return Lock


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_another_process_holds_is_waited_for_and_read_meanwhile(workspace, start, locked, name, heard):
    store = IndexedStore(workspace.backend)
    store._runs._file.parts.database._patience = store._records._file.parts.database._patience = 0.2
    first = start("one")
    assert answers(store) == ({first.id}, {"found one"})
    with locked(name):
        second = start("two")
        runs, messages = answers(store)
        assert first.id in runs
        assert "found one" in messages
        (trouble,) = store.troubles
        assert "another process holds a lock" in trouble
        answers(store)
        assert store._runs._file.trouble == store._records._file.trouble == ""
    assert answers(store) == ({first.id, second.id}, {"found one", "found two"})
    assert store.troubles == []
    told = [one for one in heard.messages if "not brought up to date" in one]
    assert len(told) == 1
    store.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE runs SET content = x'c1'",
        "UPDATE runs SET content = x'80'",
        "UPDATE runs SET mark = 'no mark', content = 5",
        "UPDATE runs SET mark = '[[[[1]]]]'",
        "UPDATE fields SET value = x'c1ff'",
        "DROP TABLE fields",
    ],
)
def test_an_index_that_holds_what_nobody_wrote_is_made_anew(workspace, start, store, change):
    run = start("one")
    query = "experiment = 'study' order by started"
    assert [one.id for one in store.find_runs(query).items] == [run.id]
    store.close()
    with closing(sqlite3.connect(Path(workspace.location) / FILES[0])) as db:
        db.execute(change)
        db.commit()
    fresh = IndexedStore(workspace.backend)
    (found,) = fresh.find_runs(query).items
    assert (found.id, found.experiment, found.status) == (run.id, "study", "Completed")
    fresh.close()


@pytest.fixture
def slow(monkeypatch):
    """`slow(run_id)`: reading that run takes until the end of the test, as if it were huge."""
    over, reading = threading.Event(), threading.Event()
    caught_up = FollowedRun.catch_up
    names: set[str] = set()

    def catch_up(self) -> None:
        if self._id in names and threading.current_thread().name == "slow":
            reading.set()
            assert over.wait(60)
        caught_up(self)

    monkeypatch.setattr(FollowedRun, "catch_up", catch_up)
    threads: list[threading.Thread] = []

    def begin(store: IndexedStore, run_id: str) -> None:
        names.add(run_id)
        threads.append(threading.Thread(target=store.find_runs, name="slow"))
        threads[-1].start()
        assert reading.wait(60)

    yield begin
    over.set()
    for thread in threads:
        thread.join(60)


@pytest.mark.parametrize("rest", [0.0, 1e9])
def test_a_run_that_takes_long_to_read_keeps_nobody_from_the_others(workspace, start, slow, monkeypatch, rest):
    monkeypatch.setattr(readings, "PATIENCE", 0.1)
    store = IndexedStore(workspace.backend, rest=rest)
    first = start("one")
    assert store.find_runs().items[0].id == first.id
    huge = start("two")
    store.note(huge.id)
    store._runs._looks.forget()
    slow(store, huge.id)
    third = start("three")
    store.note(third.id)
    assert {run.id for run in store.find_runs().items} == {first.id, third.id}
    assert [run.id for run in store.find_runs("experiment = 'study'").items] == [third.id, first.id]
    assert store.run(first.id).status == "Completed"
    assert third.id in store.changes(0).run_ids
    assert {found.run_id for found in store.records(RecordSearch("found")).items} >= {first.id, third.id}


def test_a_run_that_another_thread_is_reading_is_waited_for(workspace, start, monkeypatch):
    monkeypatch.setattr(readings, "PATIENCE", 60.0)
    store = IndexedStore(workspace.backend)
    caught_up, began = FollowedRun.catch_up, threading.Event()
    go_on = threading.Event()

    def catch_up(self) -> None:
        began.set()
        assert go_on.wait(60)
        caught_up(self)

    run = start("one")
    monkeypatch.setattr(FollowedRun, "catch_up", catch_up)
    first = threading.Thread(target=store.find_runs)
    first.start()
    assert began.wait(60)
    found: list[str] = []
    second = threading.Thread(target=lambda: found.extend(one.id for one in store.find_runs().items))
    second.start()
    second.join(0.2)
    assert found == []
    go_on.set()
    first.join(60)
    second.join(60)
    assert found == [run.id]
    store.close()
