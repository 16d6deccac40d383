"""Whatever bytes one run holds, the answers about the others stay as they are, and readers of the run itself don't fail."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runlog import Experiment
from runlog.cli.json_text import json_line
from runlog.journal.format import EventFlag
from runlog.log_record import Record
from runlog.records import STATE_KINDS, EventKind
from runlog.store.contract import RecordSearch
from runlog.store.indexed import IndexedStore

TOO_LARGE = (1 << 64) - 1
encode = msgspec.msgpack.encode


def nested(depth: int, leaf: bytes = b"\xc0") -> bytes:
    """A msgpack list in a list in a list..."""
    return b"\x91" * depth + leaf


def record(**fields) -> list:
    """A log record as the journal has it; some of its fields are others."""
    origin = {"levelno": 30, "level": "WARNING", "logger": "odd", "path": "p", "line": 1, "function": "f", "process": 1}
    rest = {"process_name": "M", "thread": 1, "thread_name": "T", "created": 1.7e9, "template": "odd", "args": None}
    origin |= rest | {"exception": None}
    origin |= {name: value for name, value in fields.items() if name in origin}
    return [fields.get("time", 1_700_000_000 * 10**9), None, list(origin.values()), fields.get("extra") or {}]


def raw_record(extra: bytes) -> bytes:
    whole = encode([*record()[:3], {"deep": None}])
    assert whole.endswith(b"\xc0")
    return whole[:-1] + extra


TIME = 1_700_000_000 * 10**9
RUN = {"time": TIME, "run_id": "odd", "experiment": "e", "owner": True}
EXCEPTION = ["ValueError", "x", [], [], None, None, False, []]
for _ in range(400):
    EXCEPTION = ["ValueError", "x", [], [], EXCEPTION, None, False, []]
ODD = {
    "a run of a time beyond 64 bits": (EventKind.RUN, encode({**RUN, "time": 1 << 63})),
    "an attempt beyond 64 bits": (EventKind.RUN, encode({**RUN, "attempt": TOO_LARGE})),
    "a rank beyond 64 bits": (EventKind.RUN, encode({**RUN, "rank": TOO_LARGE})),
    "a status of a time beyond 64 bits": (EventKind.STATUS, encode({"time": TOO_LARGE, "status": "Failed"})),
    "parameters nested too deeply": (
        EventKind.PARAMS,
        b"\x82\xa4time\xcf" + TIME.to_bytes(8, "big") + b"\xa6values\x81\xa1p" + nested(2000),
    ),
    "a parameter that is no scalar": (EventKind.PARAMS, encode({"time": TIME, "values": {"p": [[1]]}})),
    "a parameter of no type": (EventKind.PARAMS, encode({"time": TIME, "values": {"p": {"$": ["int"], "v": 1}}})),
    "a long text that says it is a number": (
        EventKind.PARAMS,
        encode({"time": TIME, "values": {"p": {"$": "int", "v": "9" * 100_000}}}),
    ),
    "a value of a step beyond 64 bits": (
        EventKind.VALUE,
        encode({"time": TIME, "name": "m", "text": "x", "step": TOO_LARGE}),
    ),
    "a list of lists": (EventKind.LIST, encode({"time": TIME, "name": "m", "values": [[1]]})),
    "extra fields nested too deeply": (EventKind.LOG, raw_record(nested(2000))),
    "extra fields nested deeply": (EventKind.LOG, raw_record(nested(900))),
    "a record of a time beyond 64 bits": (EventKind.LOG, encode(record(time=TOO_LARGE))),
    "a record of a level beyond 64 bits": (EventKind.LOG, encode(record(levelno=TOO_LARGE))),
    "an exception of another form": (EventKind.LOG, encode(record(exception=["ValueError", "x"]))),
    "a chain of exceptions without end": (EventKind.LOG, encode(record(exception=EXCEPTION))),
    "no msgpack": (EventKind.PARAMS, b"\xc1\xff"),
}


@pytest.fixture
def good(workspace, monkeypatch):
    """A run like any other."""
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", "0")
    with Experiment(workspace, "good").start_logging(outputs=False, capture_logging=False) as run:
        run.log("m", 0.5)
        run.log_params({"p": 1})
        run.append_log(encode(record(template="found me", logger="good")))
    return run


def write(workspace, kind: int, payload: bytes) -> None:
    """A run that holds an event of these bytes."""
    run = Experiment(workspace, "odd").start_logging(outputs=False, capture_logging=False)
    run.log("m", 0.25)
    assert run._writer.event(kind, payload, EventFlag.STATE if kind in STATE_KINDS else 0)
    run.complete()


def answers(store: IndexedStore, run_id: str) -> tuple:
    """What is told of a run by the index, by queries, and by the search."""
    (summary,) = [one for one in store.find_runs("", limit=1000).items if one.id == run_id]
    found = [one.id for one in store.find_runs("metrics.m = 0.5 and params.p = 1", limit=1000).items]
    records = [one for one in store.records(RecordSearch("found me")).items if one.run_id == run_id]
    return summary.params, summary.metrics, found, records


def read_all(workspace) -> None:
    """What readers of each run's own journal give."""
    for run in workspace.runs():
        run.get_metrics()
        run.get_details()
        json_line(run.params)
        run._repr_html_()
        for one in run.records():
            assert isinstance(one, Record)
            json_line(one.extra)
            assert one.exception is None or one.exception.format()


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_event_of_one_run_changes_nothing_of_the_others(workspace, good, odd):
    store = IndexedStore(workspace.backend)
    before = answers(store, good.id)
    assert before[2] == [good.id]
    assert len(before[3]) == 1
    write(workspace, *ODD[odd])
    assert answers(store, good.id) == before
    assert answers(IndexedStore(workspace.backend), good.id) == before
    read_all(workspace)
    store.close()


PAYLOADS = {
    EventKind.LOG: record(extra={"k": {"a": [1, "x"]}}, exception=[*EXCEPTION[:4], None, None, False, []]),
    EventKind.RUN: RUN | {"pid": 1, "rank": 0, "argv": ["a"], "versions": {"python": "3"}},
    EventKind.STATUS: {"time": TIME, "status": "Failed", "error": {"message": "x", "traceback": "y"}},
    EventKind.PARAMS: {"time": TIME, "values": {"p": 1, "q": {"$": "fraction", "v": "1/3"}}},
    EventKind.TAGS: {"time": TIME, "values": {"t": "x"}, "removed": ["u"]},
    EventKind.VALUE: {"time": TIME, "name": "m", "text": "1/3", "type": "fraction", "step": 1, "approx": 0.3},
    EventKind.LIST: {"time": TIME, "name": "m", "values": [1, {"$": "datetime", "v": "2026-01-31"}]},
    EventKind.ROW: {"time": TIME, "name": "r", "columns": {"a": 1}, "step": 2},
    EventKind.TABLE: {"time": TIME, "name": "t", "columns": {"a": [1, 2]}},
    EventKind.DOCUMENT: {"time": TIME, "name": "d", "schema": "residuals", "document": {"data": {"a": [1]}}},
    EventKind.SERIES: {"time": TIME, "name": "d", "kind": "residuals", "description": "x"},
    EventKind.NOTE: {"time": TIME, "text": "x", "author": "y"},
    EventKind.PROPERTIES: {"time": TIME, "values": {"p": "x"}},
    EventKind.RENAMED: {"time": TIME, "name": "x", "description": "y"},
}
LEAVES = [
    TOO_LARGE,
    -(1 << 63),
    "../../x",
    "",
    "9" * 5000,
    "\ud7ff",
    None,
    True,
    float("nan"),
    1e308,
    b"\xff",
    [],
    {},
    [[[]]],
]


def altered(value, choose: random.Random):
    """The value with one of its parts, however deep, in place of another one."""
    if isinstance(value, dict) and value and choose.random() < 0.9:
        key = choose.choice(list(value))
        if choose.random() < 0.2:
            return {name: one for name, one in value.items() if name != key}
        return {**value, key: altered(value[key], choose)}
    if isinstance(value, list) and value and choose.random() < 0.9:
        place = choose.randrange(len(value))
        return [*value[:place], altered(value[place], choose), *value[place + 1 :]]
    return choose.choice(LEAVES)


def test_no_bytes_in_one_run_change_the_answers_about_another(workspace, good):
    store = IndexedStore(workspace.backend)
    before = answers(store, good.id)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.sampled_from(list(PAYLOADS)), st.binary(max_size=40) | st.integers(0, 1 << 32).map(random.Random))
    def check(kind: EventKind, source: bytes | random.Random) -> None:
        payload = source if isinstance(source, bytes) else encode(altered(PAYLOADS[kind], source))
        write(workspace, kind, payload)
        assert answers(store, good.id) == before

    check()
    read_all(workspace)
    store.close()


def test_a_run_that_can_not_be_taken_in_is_listed_as_unreadable_until_it_changes(workspace, good, monkeypatch):
    from runlog.store.index.followed_run import FollowedRun

    odd = Experiment(workspace, "odd").start_logging(outputs=False)
    stored = FollowedRun.stored

    def refuse(self):
        if self._id == odd.id:
            raise RuntimeError("a fault that nobody thought of")
        return stored(self)

    monkeypatch.setattr(FollowedRun, "stored", refuse)
    store = IndexedStore(workspace.backend)
    assert {run.id: run.status for run in store.find_runs("").items} == {good.id: "Completed", odd.id: "Unreadable"}
    assert [run.id for run in store.find_runs("status = 'Unreadable'").items] == [odd.id]
    monkeypatch.undo()
    odd.complete()
    assert {run.id: run.status for run in store.find_runs("").items} == dict.fromkeys((good.id, odd.id), "Completed")
    store.close()
