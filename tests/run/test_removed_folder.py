"""A program whose current folder was removed: a job's scratch folder that was cleaned, a checkout made anew."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import runlog
from support import deprived
from support.scripts import clean_environment

IN_REMOVED_FOLDER = """
import logging, os, sys, runlog
os.makedirs("project/scratch")
os.chdir("project/scratch")
os.rmdir(os.getcwd())
"""


@pytest.mark.parametrize("outputs", [None, True, False, "results"])
def test_a_run_is_kept_where_the_address_says(run_script, own_folder, outputs):
    done = run_script(
        f"""{IN_REMOVED_FOLDER}
logging.basicConfig(level="INFO")

with runlog.start("gone", outputs={outputs!r}) as run:
    run.log("loss", 0.5)
    logging.info("within")
    run.upload_file("text", __import__("io").BytesIO(b"content"))
print(run.dropped)
""",
        env={"RUNLOG_URI": str(own_folder / "ws")},
    )
    assert done.stdout == "0\n"
    (run,) = runlog.Workspace(own_folder / "ws").runs()
    assert (run.status, run.get_metrics(), run.get_file_names()) == ("Completed", {"loss": [0.5]}, ["text"])
    assert [record.message for record in run.records(logger="root")] == ["within"]
    if hasattr(os, "readlink"):
        assert run.state().writers[next(iter(run.state().writers))].folder == str(own_folder / "project" / "scratch")


def test_the_nearest_workspace_above_it_is_found(run_script, own_folder):
    runlog.Workspace.create("mine", location=own_folder)
    run_script(f"{IN_REMOVED_FOLDER}\nrunlog.start('gone').complete()")
    assert len(runlog.Workspace(own_folder).runs()) == 1
    assert not (own_folder / "project" / "scratch").exists()


def test_without_any_the_folder_is_made_anew_for_it(run_script, own_folder):
    run_script(f"{IN_REMOVED_FOLDER}\nrunlog.start('gone').complete()")
    assert len(runlog.Workspace(own_folder / "project" / "scratch").runs()) == 1


def test_a_record_before_any_run_is_kept(run_script, own_folder):
    run_script(
        f"{IN_REMOVED_FOLDER}\nlogging.basicConfig(handlers=[runlog.RunLogHandler()])\nlogging.warning('alone')",
        env={"RUNLOG_URI": str(own_folder / "ws")},
    )
    assert len(os.listdir(own_folder / "ws" / "processes")) == 1


def test_commands_are_run_and_programs_diagnosed(own_folder):
    """`runlog run` and `runlog doctor --` start their programs in the folder that is gone, as a shell would."""
    for command in ("run", "doctor"):
        code = f"{IN_REMOVED_FOLDER}\nfrom runlog.cli import main\nsys.argv[1:] = {[command, '--', sys.executable, '-c', 'print(7)']}\nmain()"
        (own_folder / "program.py").write_text(code, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(own_folder / "program.py")],
            cwd=own_folder,
            env=clean_environment({"RUNLOG_URI": str(own_folder / "ws")}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "7\n"), done.stderr
        assert "Traceback" not in done.stderr
        (own_folder / "project").rmdir()


def test_a_folder_above_that_may_not_be_looked_into_is_passed_by(run_script):
    """Another user's program in one's own home: it may stand there, and look at nothing."""
    done = run_script(
        """
        import os, runlog
        os.makedirs("home/work")
        os.chdir("home/work")
        os.chmod("..", 0)
        with runlog.start("other") as run:
            run.log("loss", 0.5)
        print(run.dropped > 0)
        os.chmod("..", 0o700)
        """,
        before=deprived.allowed(deprived.WITHOUT_OVERRIDE),
    )
    assert done.stdout == "True\n"
