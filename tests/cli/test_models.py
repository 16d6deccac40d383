"""`runlog models`."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def run(start, own_folder):
    run = start("one")
    (own_folder / "weights").write_text("abc")
    run.upload_file("outputs/weights", "weights")
    for name in ("ridge", "net", "net"):
        run.register_model(name, "outputs/weights", tags={"stage": "test", "plain": None})
    run.complete()
    return run


def test_the_newest_version_of_each_model_is_listed(call, run):
    heading, *lines = call("models").lines
    assert heading.split() == ["model", "version", "run", "registered", "size", "tags"]
    assert [line.split()[:3] for line in lines] == [["net", "2", run.id], ["ridge", "1", run.id]]
    assert lines[0].endswith("3 B  stage=test, plain")


def test_all_versions_of_one_model_are_listed(call, run):
    assert [line.split()[1] for line in call("models", "net").lines[1:]] == ["2", "1"]
    assert [line.split()[1] for line in call("models", "net:1").lines[1:]] == ["1"]


def test_a_program_reads_everything_that_is_kept(call, run):
    (line,) = call("models", "net:1", "--json").lines
    kept = json.loads(line)
    assert (kept["name"], kept["version"], kept["run"], kept["path"]) == ("net", 1, run.id, "outputs/weights")
    assert [(file["name"], file["size"]) for file in kept["files"]] == [("", 3)]


def test_a_model_is_fetched(call, run, own_folder):
    done = call("models", "net:1", "--download", "copies")
    assert done.lines == ["copies/weights"]
    assert (own_folder / "copies" / "weights").read_text() == "abc"


def test_a_model_that_there_is_not_is_a_fault_in_one_line(call, run):
    done = call("models", "other")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert call("models", "--download", "copies").code == 2
