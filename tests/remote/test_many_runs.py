"""Many runs through a server: the same as from its folder, and a few requests however many there are."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import math
from pathlib import Path

import pytest

from runlog import Experiment, Workspace
from support.faulty_proxy import Faulty

CHILDREN = 25
EXACT = {
    "whole": 2**80,
    "decimal": decimal.Decimal("0.1"),
    "day": dt.date(2024, 2, 29),
    "nothing": math.nan,
    "yes": True,
    "none": None,
}


@pytest.fixture
def counted(start_server, tmp_path, monkeypatch):
    """A server with many runs, and how many requests it had."""
    log = tmp_path / "access.jsonl"
    server = start_server("--access-log", str(log))
    make_runs(Workspace(server.folder))
    monkeypatch.setenv("RUNLOG_URI", server.url)
    monkeypatch.setenv("RUNLOG_TOKEN", server.tokens["writer"])
    server.requests = lambda: (
        [json.loads(line)["path"] for line in log.read_text().splitlines()] if log.exists() else []
    )
    return server


def make_runs(workspace):
    experiment = Experiment(workspace, "many")
    with experiment.start_logging(run_id="parent", outputs=False, tags={"kind": "sweep"}) as parent:
        for number in range(CHILDREN):
            with parent.child_run(run_id=f"child-{number:02}", tags={"number": number}) as child:
                child.log("loss", number / 7)
                child.log_params({"number": number, **EXACT})
                child.log_row("table", a=number)
        with child.child_run(run_id="grandchild") as grandchild:
            grandchild.log("loss", -1)


def ids(runs):
    return [run.id for run in runs]


READINGS = {
    "runs": lambda workspace: workspace.runs().to_pandas().to_dict("records"),
    "runs of a query": lambda workspace: ids(workspace.runs("metrics.loss < 2 and tags.number != 3")),
    "runs of an experiment and a query": lambda workspace: ids(
        workspace.runs("metrics.loss < 2 order by metrics.loss", experiment="many")
    ),
    "get_runs": lambda workspace: ids(Experiment(workspace, "many").get_runs(include_children=True)),
    "get_runs of a tag": lambda workspace: ids(Experiment(workspace, "many").get_runs(tags={"kind": "sweep"})),
    "get_children": lambda workspace: ids(workspace.get_run("parent").get_children()),
    "all children": lambda workspace: ids(workspace.get_run("parent").get_children(recursive=True)),
    "children of a tag": lambda workspace: ids(workspace.get_run("parent").get_children(tags={"number": "7"})),
    "metrics of all": lambda workspace: workspace.get_run("parent").get_metrics(recursive=True),
}


@pytest.mark.parametrize("read", READINGS.values(), ids=READINGS)
def test_what_is_read_of_many_runs_is_the_same_and_takes_few_requests(counted, read):
    pytest.importorskip("pandas")
    through = read(Workspace.from_config())
    assert repr(through) == repr(read(Workspace(counted.folder)))
    assert len(through) >= 1
    assert 0 < len(counted.requests()) < 15, counted.requests()


def test_the_second_look_fetches_nothing_that_is_here_already(counted, own_folder):
    read = READINGS["metrics of all"]
    first = read(Workspace.from_config())
    fetched = sorted(Path(own_folder / "home/.cache/runlog").rglob("*.pack"))
    before = {path: path.stat().st_mtime_ns for path in fetched}
    assert len(before) == CHILDREN + 2
    assert read(Workspace.from_config()) == first
    assert {path: path.stat().st_mtime_ns for path in fetched} == before


def test_what_this_machine_has_and_the_server_has_not_yet_is_in_it(counted):
    pytest.importorskip("pandas")
    workspace = Workspace.from_config()
    with Experiment(workspace, "many").start_logging(run_id="own", outputs=False) as run:
        run.log("loss", 100)
        with run.child_run(run_id="own-child") as child:
            child.log("loss", 200)
        counted.kill()
        run.log("loss", 101)
        counted.start()
        frame = workspace.runs().to_pandas().set_index("id")
        assert frame["metrics.loss"]["own"] == 101
        assert frame["metrics.loss"]["grandchild"] == -1
        assert ids(run.get_children()) == ["own-child"]
        assert run.get_metrics(recursive=True) == {"own": {"loss": [100, 101]}, "own-child": {"loss": [200]}}


def test_a_child_that_was_deleted_there_is_left_out(counted):
    workspace = Workspace.from_config()
    parent = workspace.get_run("parent")
    assert len(parent.get_children()) == CHILDREN
    Workspace(counted.folder).get_run("child-03").delete()
    assert "child-03" not in ids(parent.get_children())
    assert "child-03" not in parent.get_metrics(recursive=True)


def test_a_server_of_an_earlier_version_is_asked_for_states_and_single_journals_instead(counted, tmp_path, monkeypatch):
    earlier = Faulty(counted.url, tmp_path)
    monkeypatch.setenv("RUNLOG_URI", earlier.url)
    earlier.behave("earlier")
    try:
        for read in (READINGS["get_runs"], READINGS["get_children"], READINGS["metrics of all"]):
            assert repr(read(Workspace.from_config())) == repr(read(Workspace(counted.folder)))
    finally:
        earlier.end()


def test_one_file_that_is_no_journals_is_not_taken_in(own_folder):
    from runlog.remote.cache import Cache
    from runlog.remote.many_runs import RawJournal

    cache = Cache(None, own_folder / "cache")
    cache._take_in(RawJournal("run", [], {"../outside": b"x", "notes.txt": b"x"}))
    assert not list(own_folder.rglob("outside"))
    assert not list(own_folder.rglob("notes.txt"))
