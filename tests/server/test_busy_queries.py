"""While somebody's query is answered, everybody else is; and what a web page loads by itself makes no server work."""

from __future__ import annotations

import threading
import time

import pytest

import runlog
from runlog.query import evaluate
from runlog.query.parse import parse
from runlog.store.indexed import IndexedStore


@pytest.fixture
def store(workspace):
    for number in range(3):
        with runlog.Experiment(workspace, "study").start_logging(run_id=f"run{number}", tags={"n": str(number)}):
            pass
    opened = IndexedStore(workspace._backend)
    yield opened
    opened.close()


def test_a_query_that_takes_long_holds_nobody_else_back(store, workspace, monkeypatch):
    began, go_on = threading.Event(), threading.Event()
    compare = evaluate.compare

    def slow(*arguments):
        began.set()
        assert go_on.wait(60)
        return compare(*arguments)

    monkeypatch.setattr(evaluate, "compare", slow)
    found = []
    query = "tags.n = '1' or tags.n = '2' order by tags.n"
    thread = threading.Thread(target=lambda: found.extend(one.id for one in store.find_runs(query).items))
    thread.start()
    try:
        assert began.wait(60)
        assert len(store.find_runs().items) == 3
        with runlog.Experiment(workspace, "study").start_logging(run_id="run2", resume="must") as again:
            again.set_tags({"n": "0"})
        store.refresh()
        with runlog.Experiment(workspace, "study").start_logging(run_id="run9", tags={"n": "9"}):
            pass
        assert len(store.find_runs().items) == 4
        assert store.run("run2").tags == {"n": "0"}
    finally:
        go_on.set()
        thread.join()
    assert found == ["run1", "run2"]  # as they were when it was asked
    monkeypatch.undo()
    assert [one for one, _ in store.named_runs(parse("tags.n = '0' or tags.n = '2' order by tags.n"))] == [
        *("run2", "run0")
    ]


LOADED_BY_A_PAGE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
]


@pytest.mark.parametrize("headers", LOADED_BY_A_PAGE)
@pytest.mark.parametrize("path", ["/api/v1/runs", "/", "/healthz"])
def test_what_a_page_of_another_site_loads_is_refused(reader, path, headers):
    answer = reader("GET", path, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "wrong_origin")


FOLLOWED = [
    {},
    {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
]


@pytest.mark.parametrize("headers", FOLLOWED)
def test_a_link_that_somebody_follows_from_another_site_is_answered(reader, headers):
    assert reader("GET", "/", headers=headers).status_code == 200


def test_a_pattern_made_for_it_is_answered_before_long(start_server, monkeypatch):
    server = start_server()
    monkeypatch.setenv("RUNLOG_URI", server.url)
    workspace = runlog.Workspace(str(server.folder))
    with runlog.Experiment(workspace, "study").start_logging() as run:
        run.set_tags({f"t{one}": "a" * 8_000 for one in range(5)})
    reader = server.client("reader")
    began = time.monotonic()
    answer = reader("GET", "/api/v1/runs", params={"query": f"tags.t1 like '%{'_' * 3_000}x%'"})
    assert answer.json()["items"] == []
    assert time.monotonic() - began < 20
