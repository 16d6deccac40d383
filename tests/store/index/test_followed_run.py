"""A run followed into the index: once, whoever began it, and as its journal has it in the end."""

from __future__ import annotations

import logging
import os
import random

import pytest

from runlog import Experiment
from runlog.store.index import followed_run
from runlog.store.index.followed_run import FollowedRun
from runlog.store.index.tables import FILE
from runlog.store.indexed import IndexedStore
from support.scripts import started_script


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """Places are kept after each news."""
    monkeypatch.setattr(followed_run, "KEPT_FROM", 1)
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")


@pytest.fixture
def begin(workspace):
    def started(**arguments):
        return Experiment(workspace, "study").start_logging(outputs=False, **arguments)

    return started


def summary(workspace, run_id, kept=None):
    followed = FollowedRun(workspace.backend, run_id, kept)
    followed.look()
    followed.catch_up()
    return followed.stored(), followed.kept()


def log_something(run, chance, number):
    what = chance.randrange(8)
    if what < 3:
        for _ in range(chance.choice((1, 10, 4000))):  # so many that segments are sealed
            run.log(f"m{chance.randrange(4)}", chance.random(), step=number)
    elif what == 3:
        run.log_params({f"p{number % 3}": number})
    elif what == 4:
        run.tag(f"t{number % 3}", str(number))
    elif what == 5:
        run.log_list("list", [number, 1 << 70])
    elif what == 6:
        run.log_row("row", x=number)
    else:
        logging.getLogger("study").warning("record %d", number)


@pytest.mark.parametrize("seed", range(3))
def test_a_run_is_gone_on_with_from_any_place_where_another_left_it(workspace, begin, seed):
    chance, kept = random.Random(seed), None
    with begin() as run:
        for number in range(60):
            log_something(run, chance, number)
            if chance.random() < 0.5:
                found, news = summary(workspace, run.id, kept)
                kept = news or kept
                assert found == summary(workspace, run.id)[0]
    assert summary(workspace, run.id, kept)[0] == summary(workspace, run.id)[0]


def test_only_what_is_new_is_read_by_the_next_process(workspace, begin, monkeypatch):
    with begin() as run:
        for number in range(100):
            run.log("loss", number)
        first = IndexedStore(workspace.backend)
        assert first.run(run.id).metrics["loss"].count == 100
        first.close()
        run.log("loss", 100)
        run.log("acc", 1.0)
        read = []
        take = followed_run.RunTallies.take_points
        monkeypatch.setattr(
            followed_run.RunTallies,
            "take_points",
            lambda self, columns: (read.append(len(columns)), take(self, columns)),
        )
        second = IndexedStore(workspace.backend)
        metrics = second.run(run.id).metrics
        assert (metrics["loss"].count, metrics["loss"].max, metrics["acc"].last) == (101, 100.0, 1.0)
        assert sum(read) == 2
        second.close()


def test_a_run_that_has_ended_is_counted_from_its_journal_whatever_was_kept_of_it(workspace, begin, own_folder):
    code = """
import runlog, time
run = runlog.start("study", run_id="killed", outputs=False)
for number in range(100):
    run.log("loss", number)
print("logged", flush=True)
time.sleep(60)
"""
    with started_script(own_folder, code) as process:
        process.stdout.readline()
        store = IndexedStore(workspace.backend)
        assert store.run("killed").metrics["loss"].count == 100
        store.close()
        process.kill()
        process.wait()
    (journal,) = (workspace.backend.folder / "runs" / "killed").glob("*-points-*.open")
    data = bytearray(journal.read_bytes())
    at = len(data.rstrip(b"\0")) // 32 * 32
    data[at - 32 * 10 : at + 32] = bytes(32 * 11)  # as after a power cut: the last ones never came to the disk
    journal.write_bytes(data)
    for path in (*journal.parent.iterdir(), journal.parent):
        os.utime(path, ns=(0, path.stat().st_mtime_ns - 10_000_000_000))  # looked at long afterwards
    store = IndexedStore(workspace.backend)
    assert 88 <= store.run("killed").metrics["loss"].count <= 90
    store.close()
    assert (workspace.backend.folder / FILE).exists()


def test_another_run_of_the_same_id_is_not_taken_for_the_one_that_was_deleted(workspace, begin):
    store = IndexedStore(workspace.backend)
    run = begin(run_id="again")
    run.log("loss", 1.0)
    assert store.run("again").metrics["loss"].count == 1
    run.complete()
    workspace.get_run("again").delete()
    other = begin(run_id="again")
    other.log("acc", 2.0)
    assert list(store.run("again").metrics) == ["acc"]
    other.complete()
    store.close()
