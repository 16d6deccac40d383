"""What can go wrong between a program and its server: none of it is the program's, and no record is lost or comes twice.

Each program runs against a real server that misbehaves. Once that behaves again, `runlog sync` sends what is left.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runlog import Workspace
from support.faulty_proxy import Faulty
from support.scripts import clean_environment, run_script, started_script
from support.waiting import until

NUMBERS = 100
PROGRAM = """
import logging, sys, time
skew = float(sys.argv[2])
if skew:
    real = time.time, time.time_ns
    time.time, time.time_ns = (lambda: real[0]() + skew), (lambda: real[1]() + int(skew * 1e9))
import runlog
run = runlog.start("study", run_id="faulty", log_level="DEBUG", outputs=False)
for number in range(100):
    run.log("number", number)
    logging.getLogger("study").info("number %d", number)
    if number == 49:
        run.log_text("text", "long " * 10_000)
        print("half", flush=True)
        if sys.argv[1] == "wait":
            sys.stdin.readline()
run.complete()
print("ended", flush=True)
"""


@pytest.fixture
def faulty(server, tmp_path, monkeypatch) -> Iterator[Faulty]:
    started = Faulty(server.url, tmp_path)
    monkeypatch.setenv("RUNLOG_URI", started.url)
    yield started
    started.end()


def environment(**more: str) -> dict[str, str]:
    names = ("HOME", "RUNLOG_URI", "RUNLOG_TOKEN", "RUNLOG_CAPTURE_SYSTEM")
    return {**{name: os.environ[name] for name in names}, **more}


def sync() -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runlog", "sync"]
    env = clean_environment(environment())
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def check_everything_is_there_once(server) -> None:
    run = Workspace(server.folder).get_run("faulty")
    assert run.status == "Completed"
    metrics = run.get_metrics()
    assert metrics["number"] == list(range(NUMBERS))
    assert [text.read() for text in metrics["text"]] == ["long " * 10_000]
    messages = [record.message for record in run.records(logger="study")]
    assert messages == [f"number {number}" for number in range(NUMBERS)]


FAULTS = {
    "refuses the token (401)": "401",
    "refuses the right (403)": "403",
    "knows no such thing (404)": "404",
    "is in conflict (409)": "409",
    "finds it too large (413)": "413",
    "has too many requests (429)": "429",
    "fails (500)": "500",
    "is a bad gateway (502)": "502",
    "is unavailable (503)": "503",
    "is a gateway that timed out (504)": "504",
    "asks to be left alone for an hour": "retry-after",
    "is a proxy's page of an error": "html",
    "is a hotel's page": "html-200",
    "breaks its answer off": "truncated",
    "closes the connection without an answer": "half-closed",
    "does not read what is sent": "unread",
    "does not speak HTTP": "garbage",
}


@pytest.mark.parametrize("mode", FAULTS.values(), ids=FAULTS)
def test_a_server_that_misbehaves_from_the_start_costs_nothing_but_time(faulty, server, own_folder, mode):
    faulty.behave("half-closed" if mode == "unread" else mode)
    began = time.monotonic()
    done = run_script(own_folder, PROGRAM, "go", "0", env=environment())
    assert time.monotonic() - began < 60
    assert "Traceback" not in done.stderr
    assert "runlog sync" in done.stderr
    faulty.behave("well")
    done = sync()
    assert done.returncode == 0, done.stderr
    check_everything_is_there_once(server)


@pytest.mark.parametrize("mode", ["503", "html", "truncated", "half-closed", "garbage"])
def test_a_server_that_misbehaves_in_the_middle_gets_the_rest_by_itself(faulty, server, own_folder, mode):
    with started_script(own_folder, PROGRAM, "wait", "0", env=environment()) as process:
        assert process.stdout.readline() == "half\n"
        until((server.folder / "runs" / "faulty").is_dir)
        faulty.behave(mode)
        time.sleep(0.7)  # one look of the shipper, at least
        faulty.behave("well")
        print(file=process.stdin, flush=True)
        assert process.wait(timeout=60) == 0
    assert sync().returncode == 0
    check_everything_is_there_once(server)


def test_a_server_that_never_ends_its_answer_is_cut_off(faulty, server, own_folder):
    faulty.behave("slow")
    with started_script(own_folder, PROGRAM, "go", "0", env=environment()) as process:
        assert process.stdout.readline() == "half\n"
        faulty.behave("well")
        assert process.wait(timeout=120) == 0
    assert sync().returncode == 0
    check_everything_is_there_once(server)


def test_a_server_that_is_away_at_the_end_gets_the_rest_by_sync(server, own_folder):
    with started_script(own_folder, PROGRAM, "wait", "0", env=environment()) as process:
        assert process.stdout.readline() == "half\n"
        until((server.folder / "runs" / "faulty").is_dir)
        server.kill()
        print(file=process.stdin, flush=True)
        assert process.wait(timeout=60) == 0
        assert "runlog sync" in process.stderr.read()
    server.start()
    assert sync().returncode == 0
    check_everything_is_there_once(server)


def test_a_server_that_is_away_for_a_day_gets_all_afterwards(server, own_folder):
    server.kill()
    run_script(own_folder, PROGRAM, "go", "0", env=environment())
    day = time.time() - 86_400
    for path in Path(os.environ["HOME"]).rglob("*"):
        os.utime(path, (day, day))
    server.start()
    assert sync().returncode == 0
    check_everything_is_there_once(server)


def test_a_token_that_changes_while_the_program_runs_is_taken(server, own_folder):
    env = environment(RUNLOG_TOKEN="")
    with started_script(own_folder, PROGRAM, "wait", "0", env=env) as process:
        assert process.stdout.readline() == "half\n"
        login = [sys.executable, "-m", "runlog", "login", server.url]
        token = server.tokens["writer"] + "\n"
        subprocess.run(login, input=token, env=clean_environment(env), text=True, check=True, capture_output=True)
        print(file=process.stdin, flush=True)
        assert process.wait(timeout=60) == 0
    check_everything_is_there_once(server)


@pytest.mark.parametrize("skew", ["86400", "-86400"], ids=["a day ahead", "a day behind"])
def test_a_clock_that_differs_changes_neither_what_is_kept_nor_whether_the_run_lives(server, own_folder, skew):
    with started_script(own_folder, PROGRAM, "wait", skew, env=environment()) as process:
        assert process.stdout.readline() == "half\n"
        until(lambda: (server.folder / "runs" / "faulty").is_dir() and _status(server) == "Running")
        print(file=process.stdin, flush=True)
        assert process.wait(timeout=60) == 0
    check_everything_is_there_once(server)


def _status(server) -> str:
    return Workspace(server.folder).get_run("faulty").status
