"""A server that is attacked in every way at once, while somebody logs to it and somebody reads: neither notices.

`make attack` does at length what the suite does in small, and asks for the times that are promised.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from runlog import Workspace
from runlog.records import EventKind
from runlog.server.database import Database
from runlog.server.roles import Role
from runlog.server.tokens import Tokens
from support.hostile_runs import ending, event, opening, segment_of
from support.scripts import clean_environment, started_script
from support.server_process import Client, started_server

SUPPORT = Path(__file__).parents[1] / "support"
AT_LENGTH = "RUNLOG_TEST_ATTACK_RUNS" in os.environ
RUNS = int(os.environ.get("RUNLOG_TEST_ATTACK_RUNS", "300"))
SECONDS = float(os.environ.get("RUNLOG_TEST_ATTACK_SECONDS", "5"))
ATTACKERS = (
    {"listeners": 200, "slow": 1100, "uploads": 64} if AT_LENGTH else {"listeners": 20, "slow": 60, "uploads": 40}
)
LONGEST = {"/api/v1/runs": 1.0, "/healthz": 0.1} if AT_LENGTH else {"/api/v1/runs": 20.0, "/healthz": 10.0}
"""Seconds that 99 of 100 requests take at most. In the suite, other tests have the processors as well."""
WRITERS = 4
TIME = 1_700_000_000 * 10**9


@pytest.fixture
def crowded(tmp_path):
    """A server of many runs, which it has in its index."""
    folder = tmp_path / "served"
    (folder / "runs").mkdir(parents=True)
    for number in range(RUNS):
        run = f"crowd{number}"
        params = event(EventKind.PARAMS, {"time": TIME, "params": {"number": number}})
        data = segment_of(run, [opening(run, time=TIME + number), params, ending()])
        (folder / "runs" / run).mkdir()
        (folder / "runs" / run / "000000000001-events-000000.seal").write_bytes(data)
    with started_server(folder) as server:
        began = time.monotonic()
        client = server.client("reader")
        while not has_last(client):
            time.sleep(0.2)
        print(f"\n{RUNS:,} runs were taken in within {time.monotonic() - began:.1f} s")
        yield server


def has_last(client):
    try:
        return client("GET", "/api/v1/runs", params={"query": f'name = "crowd{RUNS - 1}"'}).json()["items"]
    except OSError:  # the first look takes longer than a request may
        return False


@contextmanager
def attacked(server, folder):
    """The attack, from its beginning to its end; how often each kind began is printed."""
    database = Database(server.folder)
    made = {role: Tokens(database).create(f"attacking {role}", Role.of(role))[1] for role in ("reader", "writer")}
    database.close()
    plan = {"port": server.port, **made, **ATTACKERS}
    program = subprocess.Popen(
        [sys.executable, str(SUPPORT / "attack_program.py"), json.dumps(plan)],
        env=clean_environment({"PYTHONPATH": os.pathsep.join([str(SUPPORT.parent), os.environ.get("PYTHONPATH", "")])}),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield
        told, _ = program.communicate(timeout=60)
        assert program.returncode == 0
        print("begun:", told.strip())
    finally:
        program.kill()
        program.wait()
        program.stdin.close()
        program.stdout.close()


class Asking(threading.Thread):
    """Asks for something again and again, as somebody who looks at a page does."""

    def __init__(self, server, path, pause):
        super().__init__(daemon=True)
        self.path = path
        self.seconds = []
        self.refused = []
        self._pause = pause
        self._client = Client(server.url, server.tokens["reader"])
        self._ended = threading.Event()

    def run(self):
        while not self._ended.wait(self._pause):
            began = time.monotonic()
            try:
                answer = self._client("GET", self.path)
                told = "" if answer.status_code == 200 else answer.text
            except OSError as error:
                told = str(error)
            self.seconds.append(time.monotonic() - began)
            if told:
                self.refused.append(told)

    def end(self):
        self._ended.set()
        self.join()
        self._client.close()
        return statistics.quantiles(self.seconds, n=100, method="inclusive")


@pytest.mark.attack
@pytest.mark.timeout(0)
def test_who_logs_and_who_reads_notice_nothing_of_an_attack(crowded, tmp_path, own_folder, monkeypatch):
    monkeypatch.setenv("RUNLOG_URI", crowded.url)
    monkeypatch.setenv("RUNLOG_TOKEN", crowded.tokens["writer"])
    environment = {name: os.environ[name] for name in ("HOME", "RUNLOG_URI", "RUNLOG_TOKEN")}
    asking = [Asking(crowded, "/api/v1/runs", 0.2), Asking(crowded, "/healthz", 0.05)]
    with ExitStack() as stack:
        stack.enter_context(attacked(crowded, tmp_path))
        arguments = ("0", str(WRITERS), str(SECONDS))
        writer = stack.enter_context(
            started_script(own_folder, SUPPORT / "soak_program.py", *arguments, env=environment)
        )
        threading.Thread(target=writer.stderr.read, daemon=True).start()
        for one in asking:
            one.start()
        rounds = int(writer.stdout.readline())
        assert writer.wait() == 0
        shares = {one.path: one.end() for one in asking}
        sync(environment)
    assert crowded.stop() == 0
    for path, share in shares.items():
        print(f"{path}: p50 {share[49] * 1e3:.1f} ms, p99 {share[98] * 1e3:.1f} ms")
    print(f"logged {WRITERS * rounds:,} points and as many records; the server's log has {len(crowded.told()):,} bytes")
    assert [one.refused for one in asking] == [[], []]
    check_all_there(crowded, rounds)
    assert not [path for path, share in shares.items() if share[98] > LONGEST[path]]


def sync(environment):
    command = [sys.executable, "-m", "runlog", "sync"]
    done = subprocess.run(command, env=clean_environment(environment), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def check_all_there(server, rounds):
    workspace = Workspace(server.folder)
    for number in range(WRITERS):
        run = workspace.get_run(f"soak{number}")
        assert run.status == "Completed"
        assert run.get_metrics() == {"number": list(range(rounds))}
        assert [one.message for one in run.records(logger="soak")] == [f"number {one}" for one in range(rounds)]
