"""A run may have very many metrics: one more point of it costs everybody who lists runs little, and lists stay short."""

from __future__ import annotations

import sqlite3
import time

import pytest

import runlog
from runlog.store.index.content import SHOWN
from runlog.store.index.tables import FILE
from runlog.store.indexed import IndexedStore

MANY = 6_000


@pytest.fixture
def store(workspace):
    opened = IndexedStore(workspace._backend)
    yield opened
    opened.close()


@pytest.fixture
def run(workspace):
    with runlog.Experiment(workspace, "study").start_logging(run_id="wide", log_level="ERROR") as started:
        for number in range(MANY):
            started.log(f"metric {number}", number / 2)
        yield started


def changes_of(store, work):
    """How many rows of the index some work changed."""
    counted = sqlite3.connect(store.backend.folder / FILE)
    try:
        trigger = "CREATE TABLE IF NOT EXISTS looked (n); DELETE FROM looked;"
        for table in ("fields", "metrics"):
            for event in ("INSERT", "DELETE"):
                trigger += (
                    f"CREATE TRIGGER IF NOT EXISTS on_{table}_{event} AFTER {event} ON {table} "
                    "BEGIN INSERT INTO looked VALUES (1); END;"
                )
        counted.executescript(trigger)
        work()
        return counted.execute("SELECT count(*) FROM looked").fetchone()[0]
    finally:
        counted.close()


def test_a_list_of_runs_has_the_first_metrics_and_the_run_itself_has_all(store, run):
    (listed,) = store.find_runs().items
    assert list(listed.metrics) == [f"metric {number}" for number in range(SHOWN)]
    assert listed.metrics_left_out == MANY - SHOWN
    whole = store.run("wide")
    assert list(whole.metrics) == [f"metric {number}" for number in range(MANY)]
    assert whole.metrics_left_out == 0
    assert [one.name for one in store.metrics("wide")] == list(whole.metrics)


def test_a_query_finds_runs_by_metrics_that_lists_leave_out(store, run):
    last = MANY - 1
    assert [one.id for one in store.find_runs(f"metrics.`metric {last}` = {last / 2}").items] == ["wide"]
    run.log(f"metric {last}", -1.0)
    assert [one.id for one in store.find_runs(f"metrics.`metric {last}` = -1").items] == ["wide"]
    assert [one.id for one in store.find_runs(f"min(metrics.`metric {last}`) < 0").items] == ["wide"]


@pytest.mark.parametrize("name", ["metric 5", f"metric {MANY - 1}", "a new one"])
def test_one_more_point_is_written_alone(store, run, name):
    store.find_runs()

    def log():
        run.log(name, 7.5)
        assert store.find_runs(f"metrics.`{name}` = 7.5").items

    assert changes_of(store, log) < 5 * SHOWN + 100  # four fields of each that is shown, where all have five rows each
    assert store.run("wide").metrics[name].last == 7.5


def test_one_more_point_costs_a_look_little(store, run):
    began = time.process_time()
    store.find_runs()
    first = time.process_time() - began
    began = time.process_time()
    for number in range(5):
        run.log("metric 7", float(number))
        store.find_runs()
    assert time.process_time() - began < 5 * max(1.0, first / 2)


def test_the_first_writing_and_the_pieces_afterwards_are_what_a_new_index_has(store, run, workspace):
    store.find_runs()
    run.log("metric 3", 99.0)
    run.log_list("metric 4", [1, 2, 3])
    run.log("late", 1.0, description="of its own")
    store.find_runs()
    run.log_row("rows", a=1)
    kept = store.run("wide").metrics
    store.rebuild()
    assert store.run("wide").metrics == kept
    assert kept["metric 3"].last == 99.0
    assert kept["metric 4"].count == 4
    assert kept["rows"].kind == "row"


def test_what_could_not_be_written_is_written_with_what_comes_next(store, run, monkeypatch):
    from runlog.store.index import rows

    store.find_runs()
    write = rows.write
    failed = []

    def fail_once(*arguments):
        if not failed:
            failed.append(True)
            raise sqlite3.OperationalError("database is locked")
        return write(*arguments)

    run.log(f"metric {MANY - 2}", 5.5)
    monkeypatch.setattr(rows, "write", fail_once)
    monkeypatch.setattr("runlog.store.lock_wait.LOCKED_FOR", 0.0)
    store.find_runs()
    monkeypatch.undo()
    run.log(f"metric {MANY - 3}", 6.5)
    store.find_runs()
    metrics = store.run("wide").metrics
    assert failed
    assert (metrics[f"metric {MANY - 2}"].last, metrics[f"metric {MANY - 3}"].last) == (5.5, 6.5)


def test_two_processes_at_one_index_agree(store, run, workspace):
    store.find_runs()
    other = IndexedStore(workspace._backend)
    for number in range(4):
        run.log(f"metric {MANY - 1 - number}", 1000.0 + number)
        (store if number % 2 else other).find_runs()
    store.find_runs()
    other.find_runs()
    assert store.run("wide").metrics == other.run("wide").metrics
    other.close()
    assert store.run("wide").metrics[f"metric {MANY - 4}"].last == 1003.0


def test_a_run_that_has_ended_has_all_of_its_metrics(workspace, store):
    with runlog.Experiment(workspace, "study").start_logging(run_id="ended") as started:
        for number in range(SHOWN + 5):
            started.log(f"metric {number}", number)
    assert store.find_runs().items[0].metrics_left_out == 5
    assert len(store.run("ended").metrics) == SHOWN + 5
    store.delete_run("ended")
    with sqlite3.connect(store.backend.folder / FILE) as db:
        assert db.execute("SELECT count(*) FROM metrics").fetchone()[0] == 0
        assert db.execute("SELECT count(*) FROM fields").fetchone()[0] == 0


def test_a_glance_at_a_run_has_all_of_its_metrics(workspace, run):
    from runlog.reading.glance import glances

    (found,) = glances(workspace.backend, ["wide"])
    assert len(found.metrics) == MANY
