"""A run on one machine, kept by a server, read from another."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

import runlog
from runlog import Workspace
from support.scripts import run_script

TRAIN = """
import logging
import numpy as np
import runlog
from PIL import Image

logging.basicConfig(level=logging.DEBUG)
log = logging.getLogger("train")
with runlog.start("sweep", display_name="ridge", tags={"team": "vision"}, run_id="fixed-id") as run:
    run.log_params({"alpha": 0.4})
    for step in range(50):
        run.log_metrics({"loss": 1 / (step + 1), "lr": 0.1}, step=step)
        log.debug("step %d", step)
    run.log_list("list", [1, 2.5, None])
    run.log_row("row", x=1, y="a")
    run.log_table("table", {"x": [1, 2], "y": ["a", "b"]})
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save("picture.png")
    run.log_image("picture", path="picture.png")
    run.log_text("text", "long " * 10_000)
    open("weights.bin", "wb").write(b"weights" * 1000)
    run.upload_file("weights.bin", "weights.bin")
    with run.child_run("child") as child:
        child.log("loss", 0.25)
    run.add_properties({"data": "v2"})
    run.note("a note")
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed at %s", "last")
"""


@pytest.fixture
def trained(server, own_folder, monkeypatch):
    """The script ran, with the server to keep its run; another machine reads it."""
    names = ("HOME", "RUNLOG_URI", "RUNLOG_TOKEN", "RUNLOG_CAPTURE_SYSTEM")
    run_script(own_folder, TRAIN, env={name: os.environ[name] for name in names})
    other = own_folder / "other"
    other.mkdir()
    monkeypatch.setenv("HOME", str(other))
    return Workspace.from_config()


def test_everything_is_read_from_the_server(trained, server, own_folder):
    run = trained.get_run("fixed-id")
    assert run.status == "Completed"
    assert (run.name, run.tags, run.params) == ("ridge", {"team": "vision"}, {"alpha": 0.4})
    metrics = run.get_metrics()
    assert metrics["loss"] == [1 / (step + 1) for step in range(50)]
    assert metrics["list"] == [1, 2.5, None]
    assert metrics["row"] == {"x": [1], "y": ["a"]}
    assert metrics["table"] == {"x": [1, 2], "y": ["a", "b"]}
    assert metrics["picture"][0].read_bytes() == (own_folder / "picture.png").read_bytes()
    assert metrics["text"][0].read() == "long " * 10_000
    assert run.series("loss").steps == list(range(50))
    records = list(run.records(logger="train"))
    assert [record.message for record in records[:50]] == [f"step {step}" for step in range(50)]
    assert records[-1].exception.type == "ZeroDivisionError"
    assert run.get_file_names() == ["weights.bin"]
    run.download_file("weights.bin", "fetched.bin")
    assert Path("fetched.bin").read_bytes() == b"weights" * 1000
    assert [child.get_metrics() for child in run.get_children()] == [{"loss": [0.25]}]
    assert [one.name for one in runlog.Experiment.list(trained)] == ["sweep"]


def test_the_servers_folder_is_a_workspace_that_reads_the_same(trained, server):
    there, here = Workspace(server.folder).get_run("fixed-id"), trained.get_run("fixed-id")
    assert there.get_metrics()["loss"] == here.get_metrics()["loss"]
    assert [one.message for one in there.records()] == [one.message for one in here.records()]


def test_a_run_that_goes_on_is_read_as_it_stands(server):
    run = runlog.start("live", outputs=False)
    logging.getLogger("live").warning("going on")
    run.log("loss", 0.5)
    run.flush()
    (found,) = Workspace(server.folder).runs()
    assert found.status == "Running"
    assert found.get_metrics() == {"loss": [0.5]}
    run.complete()
    assert Workspace(server.folder).get_run(run.id).status == "Completed"


def test_root_at_debug_shows_what_becomes_of_a_run_on_its_way_to_the_server(server, own_folder):
    code = """
import logging, runlog
logging.basicConfig(level=logging.DEBUG)
with runlog.start("told") as run:
    run.log("x", 1)
"""
    names = ("HOME", "RUNLOG_URI", "RUNLOG_TOKEN", "RUNLOG_CAPTURE_SYSTEM")
    told = run_script(own_folder, code, env={name: os.environ[name] for name in names}).stderr
    assert f"DEBUG:runlog:the workspace is {server.url}: RUNLOG_URI names it" in told
    assert f"{server.url} has all of it" in told
