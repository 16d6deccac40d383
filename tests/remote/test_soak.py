"""Many runs, one server that is killed again and again, and a network that fails at random: every record is there, once.

`make soak` does at length what the suite does in small.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from runlog import Workspace
from support.faulty_proxy import Faulty
from support.scripts import clean_environment, started_script

PROGRAM = Path(__file__).parents[1] / "support" / "soak_program.py"
RUNS = int(os.environ.get("RUNLOG_TEST_SOAK_RUNS", "24"))
SECONDS = float(os.environ.get("RUNLOG_TEST_SOAK_SECONDS", "5"))
KILLS = int(os.environ.get("RUNLOG_TEST_SOAK_KILLS", "3"))
PROCESSES = 4
CUTS = ("half-closed", "truncated", "503", "garbage")


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_every_record_is_there_once_whatever_happens_to_the_server_and_the_network(
    server, tmp_path, own_folder, monkeypatch
):
    chance = random.Random(7)
    faulty = Faulty(server.url, tmp_path)
    monkeypatch.setenv("RUNLOG_URI", faulty.url)
    environment = {name: os.environ[name] for name in ("HOME", "RUNLOG_URI", "RUNLOG_TOKEN")}
    each = RUNS // PROCESSES
    with ExitStack() as stack:
        stack.callback(faulty.end)
        programs = [
            stack.enter_context(
                started_script(own_folder, PROGRAM, str(part * each), str(each), str(SECONDS), env=environment)
            )
            for part in range(PROCESSES)
        ]
        for program in programs:  # each run says that it is not sent yet: more than a pipe holds
            threading.Thread(target=program.stderr.read, daemon=True).start()
        for _ in range(KILLS):
            time.sleep(chance.random() * SECONDS / KILLS)
            faulty.behave(chance.choice(CUTS))
            server.kill()
            time.sleep(chance.random() * 0.2 * SECONDS / KILLS)
            server.start()
            faulty.behave("well")
        rounds = [int(program.stdout.readline()) for program in programs]
        assert [program.wait() for program in programs] == [0] * PROCESSES
        sync_all(environment)
    workspace = Workspace(server.folder)
    assert sorted(workspace.backend.run_ids()) == sorted(f"soak{number}" for number in range(each * PROCESSES))
    for number in range(each * PROCESSES):
        run, count = workspace.get_run(f"soak{number}"), rounds[number // each]
        assert run.status == "Completed"
        assert run.get_metrics() == {"number": list(range(count))}, run.id
        messages = [record.message for record in run.records(logger="soak")]
        assert messages == [f"number {one}" for one in range(count)], run.id


def sync_all(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "runlog", "sync"]
    done = subprocess.run(command, env=clean_environment(environment), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
