"""When a look at all runs takes long, those who ask meanwhile get what it found, and what was noted since."""

from __future__ import annotations

import threading

import pytest

from runlog import Experiment
from runlog.store.index import looks
from runlog.store.indexed import IndexedStore

HOURS = 1e9
"""A look at three runs, times this, is many hours."""


@pytest.fixture
def start(workspace, monkeypatch):
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")
    return lambda: Experiment(workspace, "study").start_logging(outputs=False)


@pytest.fixture
def resting(workspace, monkeypatch):
    """A store that looks at all runs once in this test."""
    monkeypatch.setattr(looks, "LONGEST_REST", HOURS)
    monkeypatch.setattr(looks, "FEW", 0)
    store = IndexedStore(workspace.backend, rest=HOURS)
    yield store
    store.close()


def ids(store) -> list[str]:
    return [run.id for run in store.find_runs().items]


def test_who_does_not_rest_answers_as_of_now(workspace, start):
    store = IndexedStore(workspace.backend)
    assert ids(store) == []
    with start() as run:
        assert ids(store) == [run.id]
    store.close()


def test_between_two_looks_what_was_noted_is_in_each_answer(resting, start):
    assert ids(resting) == []
    with start() as first, start() as second:
        assert ids(resting) == []
        resting.note(second.id)
        assert ids(resting) == [second.id]
        resting.note(first.id)
        assert ids(resting) == [second.id, first.id]


def test_between_two_looks_a_run_that_is_named_is_as_of_now(resting, start):
    assert ids(resting) == []
    with start() as run:
        run.log("loss", 1.0)
        assert resting.metrics(run.id)[0].last == 1.0
        run.log("loss", 2.0)
        assert resting.metrics(run.id)[0].last == 2.0
        assert ids(resting) == [run.id]


def test_a_run_that_was_deleted_and_noted_is_listed_no_more(resting, workspace, start):
    with start() as run:
        pass
    assert ids(resting) == [run.id]
    workspace.backend.delete_run(run.id)
    resting.note(run.id)
    assert ids(resting) == []


def test_an_index_that_is_made_anew_has_all_runs(resting, start):
    assert ids(resting) == []
    with start() as run:
        resting.rebuild()
        assert ids(resting) == [run.id]


@pytest.mark.parametrize("name", ["", ".", "..", "../runs/{id}", "{id}/.", "{id}/files", "/", "a\0b"])
def test_a_text_that_is_no_name_of_a_run_takes_nothing_in(resting, start, name):
    assert ids(resting) == []
    with start() as run:
        resting.note(name.format(id=run.id))
        assert ids(resting) == []


def test_runs_stay_in_the_order_of_their_starts_as_they_come_go_and_change(workspace, start):
    store = IndexedStore(workspace.backend)
    runs = []
    for _ in range(6):
        with start() as run:
            runs.append(run)
            assert ids(store) == [one.id for one in reversed(runs)]
    runs[2].tag("late", "1")
    workspace.backend.delete_run(runs.pop(4).id)
    assert ids(store) == [one.id for one in reversed(runs)]
    store.close()


def test_few_runs_are_looked_at_each_time_however_long_one_might_rest(workspace, start):
    store = IndexedStore(workspace.backend, rest=HOURS)
    assert ids(store) == []
    with start() as run:
        assert ids(store) == [run.id]
    store.close()


def test_where_they_are_many_somebody_else_looks_at_all_and_is_waited_for(workspace, start, monkeypatch):
    monkeypatch.setattr(looks, "FEW", 0)
    monkeypatch.setattr(looks, "MOMENT", 30.0)
    asked = []

    def look():
        asked.append(1)
        threading.Thread(target=store.refresh_runs).start()

    store = IndexedStore(workspace.backend, rest=1e-9, elsewhere=look)
    assert ids(store) == []
    assert asked == []  # the first look is nobody else's
    with start() as run:
        assert ids(store) == [run.id]
    assert asked == [1]
    store.close()


def test_an_answer_does_not_wait_for_ever_for_somebody_who_does_not_look(workspace, start, monkeypatch):
    monkeypatch.setattr(looks, "FEW", 0)
    store = IndexedStore(workspace.backend, rest=1e-9, elsewhere=lambda: None)
    assert ids(store) == []
    with start() as run:
        assert ids(store) == []
        store.note(run.id)
        assert ids(store) == [run.id]
    store.close()
