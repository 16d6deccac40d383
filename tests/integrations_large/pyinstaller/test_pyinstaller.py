"""A program that PyInstaller has made of a script: it is no interpreter that could be started again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import runlog
from support.scripts import clean_environment

PACKAGES = ["pyinstaller"]
pytestmark = pytest.mark.integration


@pytest.fixture(params=["--onedir", "--onefile"])
def built(request, environment, own_folder):
    """Build a script of this folder in one of the two forms, and run it; what it did."""
    python = environment(PACKAGES)

    def build(script):
        command = [str(python), "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", request.param]
        command += ["--collect-all", "runlog", str(Path(__file__).with_name(f"{script}.py"))]
        subprocess.run(command, cwd=own_folder, check=True)
        program = own_folder / "dist" / script
        if request.param == "--onedir":
            program /= script
        return subprocess.run(
            [program], cwd=own_folder, env=clean_environment(), capture_output=True, text=True, check=False
        )

    return build


def test_it_starts_once_and_its_descriptors_lead_where_they_led(built, own_folder):
    done = built("program")
    assert (own_folder / "starts").read_text() == "[]\n"
    assert sorted(done.stdout.splitlines()) == sorted(
        ["frozen True", "child", "ended 0", "descriptor", "Completed {'loss': [0.5]}"]
    )
    assert done.stderr.count("file descriptor can't be captured") == 2
    assert done.returncode == 0


def test_it_logs_as_the_script_does_also_from_a_process_that_it_spawns(built):
    done = built("logging_program")
    assert done.returncode == 0, done.stderr
    (run,) = runlog.Workspace.from_config().runs()
    assert (run.status, run.get_metrics()) == ("Completed", {"number": [0, 1, 2], "loss": [0.5]})
    begun, failed = run.records(logger="train")
    assert (begun.message, begun.extra) == ("begun", {"rows": 32})
    assert [frame.function for frame in failed.exception.frames] == ["main", "fail"]
    assert [record.message for record in run.records(logger="worker")] == ["item 0", "item 1", "item 2"]
    assert [record.message for record in run.records(logger="runlog.stdout")] == ["printed"]
    assert done.stdout == "printed\n"
    assert done.stderr.count("ValueError: asked to fail") == 1
    lines = [json.loads(line) for line in Path("app.jsonl").read_text().splitlines()]
    assert [line["message"] for line in lines if line["logger"] == "train"] == ["begun", "failed"]
