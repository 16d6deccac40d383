"""`runlog show` of what a run ran on, and what `runlog export` has of it."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest

from runlog import Workspace
from support.scripts import PATIENT


@pytest.fixture
def recorded(run_script, workspace):
    """A run that recorded its surroundings, in a clean process."""
    run_script(
        PATIENT + "import runlog\nwith runlog.start(display_name='ran') as run: run.log('loss', 1.0)", "--lr", "it's"
    )
    return Workspace.from_config().get_run("ran")


def test_what_a_run_ran_on_stands_on_its_page_in_short(call, recorded):
    lines = call("show", "ran").lines
    assert "ran on" in lines
    told = {line.split("  ")[0]: line for line in lines if line}
    assert told["command"].endswith(""" --lr 'it'"'"'s'""")
    assert f"cpython {platform.python_version()}" in told["python"]
    assert told["packages"].endswith(f"{recorded.system['packages']['count']} installed")
    assert " GB" in told["memory"]


def test_every_fact_is_shown_when_asked_for(call, recorded):
    facts = dict(line.split(maxsplit=1) for line in call("show", "ran", "--system").lines[1:])
    assert facts["packages.installed.runlog-ml"] == recorded.system["packages"]["installed"]["runlog-ml"]
    assert facts["host.name"] == platform.node()
    assert "loss" not in facts


def test_the_change_a_run_ran_with_is_printed_as_git_printed_it(call, run_script, workspace, own_folder):
    import subprocess

    for command in (["init", "-q"], ["add", "a.txt"], ["commit", "-qm", "all"]):
        Path("a.txt").write_text("old\n", encoding="utf-8")
        identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
        subprocess.run(["git", *identity, *command], check=True)
    Path("a.txt").write_text("new\n", encoding="utf-8")
    run_script(PATIENT + "import runlog\nrunlog.start().complete()")
    diff = subprocess.run(["git", "diff", "HEAD"], capture_output=True, text=True, check=True).stdout
    assert call("show", "latest", "--diff").out == diff
    assert "1 changed" in call("show", "latest").out


def test_a_run_that_recorded_nothing_has_no_such_block(call, start):
    start(capture_system=False).complete()
    assert "ran on" not in call("show", "latest").out
    assert call("show", "latest", "--diff").out == ""


def test_an_export_has_the_packages(call, recorded):
    lines = [json.loads(line) for line in call("export", "ran").lines]
    sections = {name: facts for line in lines if line["type"] == "system" for name, facts in line["sections"].items()}
    assert sections["packages"]["installed"] == recorded.system["packages"]["installed"]


def test_a_list_of_packages_that_is_gone_is_told_of(call, recorded):
    for path in Path(".runlog/blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    facts = dict(line.split(maxsplit=1) for line in call("show", "ran", "--system").lines[1:])
    assert facts["packages.incomplete"] == "the list is gone from blobs/"
