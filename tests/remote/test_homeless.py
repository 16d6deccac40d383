"""Users without a home that can be written, as containers have them: their runs reach the server all the same."""

from __future__ import annotations

import os

import pytest

from runlog import Workspace
from support.deprived import NOBODY_KNOWN, allowed
from support.scripts import run_script

PROGRAM = """
import runlog
with runlog.start("study", run_id="homeless", outputs=False) as run:
    run.log("loss", 1)
print(run.status, run.dropped)
"""
COMMAND = """
import sys
from runlog.cli import main
sys.argv[0] = "runlog"
main()
"""
HOMES = ("none", "empty", "locked", "missing")


@pytest.fixture
def homeless(server, own_folder, monkeypatch):
    """Runs a program as a user of a number only, whose home is as it is called."""
    (own_folder / "tmp").mkdir()
    (own_folder / "locked").mkdir(mode=0o555)
    monkeypatch.setenv("TMPDIR", str(own_folder / "tmp"))
    homes = {"none": None, "empty": "", "locked": str(own_folder / "locked"), "missing": str(own_folder / "locked/x")}
    before = allowed(NOBODY_KNOWN)
    monkeypatch.delenv("HOME")

    def run(code, home, *args, check=True, stdin="", **more):
        env = {name: os.environ[name] for name in ("RUNLOG_URI", "RUNLOG_TOKEN", "RUNLOG_CAPTURE_SYSTEM", "TMPDIR")}
        env |= {} if homes[home] is None else {"HOME": homes[home]}
        return run_script(own_folder, code, *args, env={**env, **more}, before=before, check=check, stdin=stdin)

    return run


@pytest.mark.parametrize("home", HOMES)
def test_a_run_is_sent_from_a_temporary_folder_and_this_is_said_with_the_remedy(server, homeless, own_folder, home):
    done = homeless(PROGRAM, home)
    assert done.stdout == "Completed 0\n"
    assert "RUNLOG_OUTBOX" in done.stderr
    assert "Traceback" not in done.stderr
    assert Workspace(server.folder).get_run("homeless").get_metrics() == {"loss": [1]}
    (folder,) = (own_folder / "tmp").glob("runlog-*")
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("home", HOMES)
def test_commands_tell_and_send_what_is_there_without_a_traceback(server, homeless, home):
    server.kill()
    homeless(PROGRAM, home)
    server.start()
    doctor = homeless(COMMAND, home, "doctor", check=False)
    assert "not sent whole: homeless" in doctor.stdout
    assert "set RUNLOG_OUTBOX to a folder that stays" in doctor.stdout
    assert homeless(COMMAND, home, "sync").stdout.startswith(f"{server.url}: sent 1 run")
    assert "homeless" in homeless(COMMAND, home, "runs").stdout
    assert "Traceback" not in doctor.stderr


def test_an_outbox_that_is_chosen_is_used_without_a_word(server, homeless, own_folder):
    done = homeless(PROGRAM, "none", RUNLOG_OUTBOX=str(own_folder / "chosen"))
    assert done.stdout == "Completed 0\n"
    assert "RUNLOG_OUTBOX" not in done.stderr
    assert (own_folder / "chosen").is_dir()


def test_an_outbox_that_is_chosen_and_can_not_be_written_is_replaced_and_named(server, homeless, own_folder):
    done = homeless(PROGRAM, "none", RUNLOG_OUTBOX=str(own_folder / "locked" / "outbox"))
    assert done.stdout == "Completed 0\n"
    assert str(own_folder / "locked" / "outbox") in done.stderr


def test_a_temporary_folder_that_others_may_write_to_is_not_used(server, homeless, own_folder):
    planted = own_folder / "tmp" / "runlog-54321"
    planted.mkdir()
    planted.chmod(0o777)
    done = homeless(PROGRAM, "none")
    assert done.stdout == "Completed 0\n"
    assert list(planted.iterdir()) == []


def test_a_token_has_no_place_without_a_home_and_this_is_said(server, homeless):
    done = homeless(COMMAND, "none", "login", server.url, stdin=server.tokens["writer"], check=False)
    assert (done.returncode, "RUNLOG_TOKEN" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
