"""Runs found by the index: the same as by reading their journals, at every moment."""

from __future__ import annotations

import logging
import sqlite3
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from runlog import Experiment, Workspace
from runlog.errors import MissingExtraError, QueryError, RunNotFoundError, WrongValueError
from runlog.reading.summary import summarise
from runlog.store.index.tables import FILE
from runlog.store.indexed import IndexedStore
from support.scripts import run_script, started_script

RESIDUALS = {
    "schema_type": "residuals",
    "schema_version": "1.0.0",
    "data": {"bin_edges": [0.0, 1.0, 2.0], "bin_counts": [3, 4]},
}


@pytest.fixture
def start(workspace, monkeypatch):
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")

    def begin(experiment: str = "study", **arguments):
        return Experiment(workspace, experiment).start_logging(outputs=False, **arguments)

    return begin


@pytest.fixture
def store(workspace):
    store = IndexedStore(workspace.backend)
    yield store
    store.close()


def ids(page) -> list[str]:
    return [run.id for run in page.items]


def test_a_run_is_told_at_a_glance(start, store):
    with start(display_name="ridge", tags={"team": "vision", "pinned": None}, group="sweep") as run:
        run.log_params({"alpha": 0.4, "exact": Decimal("0.1"), "big": 1 << 70})
        run.add_properties({"data": "v2"})
        for step, loss in enumerate([3.0, float("nan"), 1.0, 2.0]):
            run.log("loss", loss, step=step)
        run.log("exact", Decimal("2.50"))
        run.log_list("list", [1, 2, 3])
        run.log_row("row", x=1)
        run.log_row("row", x=2)
        run.log_table("table", {"x": [1, 2]})
        run.log_text("text", "a text", step=7)
        run.log_residuals("residuals", RESIDUALS)
    found = store.run(run.id)
    assert (found.name, found.experiment, found.status, found.group) == ("ridge", "study", "Completed", "sweep")
    assert found.params == run.params
    assert found.tags == {"team": "vision", "pinned": None}
    assert found.properties["data"] == "v2"
    loss, exact, values, row, *others = store.metrics(run.id)
    assert (loss.name, loss.count, loss.last, loss.last_step, loss.min, loss.max) == ("loss", 4, 2.0, 3, 1.0, 3.0)
    assert (exact.last, exact.min, exact.last_step) == (Decimal("2.50"), 2.5, None)
    assert (values.count, values.last) == (3, 3)
    assert (row.kind, row.count, row.last, row.min) == ("row", 2, None, None)
    assert [(one.name, one.count, one.last_step) for one in others] == [
        ("table", 1, None),
        ("text", 1, 7),
        ("residuals", 1, None),
    ]
    assert found.created <= loss.first_time <= loss.last_time <= found.ended


def test_metrics_are_those_that_a_reader_of_the_journal_finds(start, store):
    with start() as run:
        for step in range(100):
            run.log_metrics({"a": step * 0.5, "b": -step, "flag": step % 2 == 0}, step=step)
        run.log("unsigned", (1 << 64) - 1)
        run.log("nothing", None)
        run.log("infinite", float("inf"))
    read = {one.name: (one.count, one.last, one.low, one.high) for one in summarise(run._backend.journal(run.id))}
    assert {one.name: (one.count, one.last, one.min, one.max) for one in store.metrics(run.id)} == read


def test_a_running_run_is_as_of_the_call(start, store):
    run = start()
    run.log("loss", 1.0)
    assert store.find_runs('status = "Running" and metrics.loss = 1').items[0].id == run.id
    run.log("loss", 2.0)
    assert store.find_runs("metrics.loss = 1").items == []
    assert ids(store.find_runs("metrics.loss = 2")) == [run.id]
    run.complete()
    assert ids(store.find_runs('status = "Completed" and metrics.loss = 2')) == [run.id]


def test_a_run_that_another_process_was_killed_in_becomes_crashed(store, own_folder):
    code = "import runlog, time; run = runlog.start('study'); run.log('loss', 1.0); print(run.id, flush=True); time.sleep(60)"
    with started_script(own_folder, code) as process:
        run_id = process.stdout.readline().strip()
        assert store.run(run_id).status == "Running"
        process.kill()
        process.wait()
    assert store.run(run_id).status == "Crashed"
    assert ids(store.find_runs('status = "Failed"')) == [run_id]


def test_what_is_logged_late_is_found(start, store, own_folder):
    with start() as run:
        run.log("loss", 1.0)
    store.refresh()
    code = f"import runlog; runlog.Workspace.from_config().get_run({run.id!r}).tag('seen', 'yes')"
    run_script(own_folder, code)
    assert ids(store.find_runs('tags.seen = "yes"')) == [run.id]


def test_runs_come_newest_first_and_page_by_page(start, store):
    made = []
    for number in range(7):
        with start() as run:
            run.log_params({"number": number})
        made.append(run.id)
    first = store.find_runs(limit=3)
    second = store.find_runs(limit=3, cursor=first.cursor)
    third = store.find_runs(limit=3, cursor=second.cursor)
    assert ids(first) + ids(second) + ids(third) == made[::-1]
    assert third.cursor is None


def test_a_page_goes_on_where_it_was_when_runs_come_and_go(start, store):
    made = []
    for _ in range(6):
        with start() as run:
            pass
        made.append(run)
    first = store.find_runs(limit=2)
    with start():
        pass
    assert ids(store.find_runs(limit=2, cursor=first.cursor)) == [made[3].id, made[2].id]
    made[4].delete()
    assert ids(store.find_runs(limit=2, cursor=first.cursor)) == [made[3].id, made[2].id]
    made[5].delete()
    assert ids(store.find_runs(limit=2, cursor=first.cursor))[:1] == ids(store.find_runs(limit=1))


def test_a_cursor_of_another_query_or_of_nobody_is_refused(start, store):
    for _ in range(2):
        with start():
            pass
    cursor = store.find_runs(limit=1).cursor
    with pytest.raises(WrongValueError, match="another query"):
        store.find_runs("params.x = 1", limit=1, cursor=cursor)
    for wrong in ("", "x", "!!", "' or 1=1 --", cursor[:-3]):
        with pytest.raises(WrongValueError, match="first page"):
            store.find_runs(limit=1, cursor=wrong)


def test_a_query_that_cannot_be_read_points_at_the_column(store):
    with pytest.raises(QueryError, match="column 12"):
        store.find_runs("metrics.a <")


def test_nothing_in_a_query_reaches_sqlite_as_sql(start, store):
    evil = "x'; DROP TABLE runs; --"
    with start(tags={evil: evil}) as run:
        run.log_params({evil: evil})
    quoted = evil.replace("'", "\\'")
    assert ids(store.find_runs(f'tags.`{evil}` = "{evil}"')) == [run.id], quoted
    assert ids(store.find_runs()) == [run.id]


def test_a_deleted_run_is_gone_whoever_deletes_it(start, store):
    runs = []
    for _ in range(3):
        with start() as run:
            run.log("loss", 0.5)
        runs.append(run)
    store.refresh()
    runs[0].delete()
    store.delete_run(runs[1].id)
    assert ids(store.find_runs("metrics.loss = 0.5")) == [runs[2].id]
    with pytest.raises(RunNotFoundError):
        store.run(runs[0].id)


def test_changes_are_told_once_each(start, store):
    with start() as first:
        pass
    told = store.changes()
    assert told.run_ids == [first.id]
    assert store.changes(told.revision) == (told.revision, [], [])
    with start() as second:
        pass
    first.delete()
    again = store.changes(told.revision)
    assert (again.run_ids, again.deleted) == ([second.id], [first.id])
    assert again.revision > told.revision


def test_two_processes_see_what_either_took_in(start, store, own_folder):
    with start() as run:
        run.log("loss", 0.25)
    other = IndexedStore(Workspace(own_folder).backend)
    assert ids(other.find_runs("metrics.loss < 1")) == [run.id]
    assert ids(store.find_runs("metrics.loss < 1")) == [run.id]
    with start() as second:
        second.log("loss", 0.125)
    assert ids(store.find_runs("order by metrics.loss")) == [second.id, run.id]
    assert ids(other.find_runs("order by metrics.loss")) == [second.id, run.id]
    other.close()


@pytest.mark.parametrize("harm", ["cut", "garbage", "version", "gone"])
def test_an_index_that_cannot_be_used_is_made_anew(start, store, workspace, harm):
    with start() as run:
        run.log("loss", 0.5)
    store.refresh()
    store.close()
    path = Path(workspace.location) / FILE
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif harm == "garbage":
        path.write_bytes(b"no database " * 1000)
    elif harm == "version":
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 99")
        database.close()
    else:
        path.unlink()
    fresh = IndexedStore(workspace.backend)
    assert ids(fresh.find_runs("metrics.loss = 0.5")) == [run.id]
    assert ids(store.find_runs("metrics.loss = 0.5")) == [run.id]
    fresh.close()


def test_an_index_that_is_damaged_while_it_is_open_is_made_anew(start, store, workspace):
    with start() as run:
        run.log("loss", 0.5)
    store.refresh()
    path = Path(workspace.location) / FILE
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("DROP TABLE fields")
    database.close()
    assert ids(store.find_runs("metrics.loss = 0.5")) == [run.id]


def test_a_folder_that_cannot_be_written_to_is_read_all_the_same(start, workspace):
    with start() as run:
        run.log("loss", 0.5)
    folder = Path(workspace.location)
    mode = stat.S_IMODE(folder.stat().st_mode)
    (folder / FILE).mkdir()  # whoever runs the tests may write everywhere: a folder in the file's place can't be opened
    store = IndexedStore(workspace.backend)
    assert ids(store.find_runs("metrics.loss = 0.5")) == [run.id]
    assert ids(store.find_runs("metrics.loss = 0.5")) == [run.id]
    store.close()
    assert stat.S_IMODE(folder.stat().st_mode) == mode


def test_rebuild_makes_the_same_anew(start, store):
    for number in range(3):
        with start() as run:
            run.log("loss", float(number))
    before = store.find_runs("order by metrics.loss")
    store.rebuild()
    assert ids(store.find_runs("order by metrics.loss")) == ids(before)


def test_settled_runs_are_not_read_again(start, store, workspace, monkeypatch):
    with start() as run:
        run.log("loss", 0.5)
    monkeypatch.setattr("runlog.store.marks.SETTLED", -1)
    store.refresh()
    read = []
    state = workspace.backend.state
    monkeypatch.setattr(workspace.backend, "state", lambda run_id: read.append(run_id) or state(run_id))
    assert ids(store.find_runs("metrics.loss = 0.5")) == [run.id]
    assert read == []


def test_without_lark_runs_are_listed_and_queries_say_what_is_missing(start, store, monkeypatch):
    with start() as run:
        pass
    from runlog.query import parse

    parse._parser.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "lark", None)
    assert ids(store.find_runs()) == [run.id]
    with pytest.raises(MissingExtraError, match="lark"):
        store.find_runs("params.x = 1")
    parse._parser.cache_clear()


def test_what_the_index_does_itself_is_told_to_whoever_asks(start, store, heard, workspace):
    logging.getLogger("runlog").setLevel(logging.DEBUG)
    (Path(workspace.location) / FILE).write_bytes(b"no database " * 1000)
    store.refresh()
    assert any("made anew" in message for message in heard.messages)
