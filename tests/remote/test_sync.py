"""What processes could not send is sent later, and once."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import runlog
from runlog import Workspace
from runlog.remote.outbox import known_outboxes
from runlog.remote.own_traffic import own_traffic
from support.scripts import clean_environment, run_script, started_script, write_script

WORK = """
import logging, sys
import runlog
run = runlog.start("study", run_id=sys.argv[1], log_level="DEBUG", outputs=False)
for number in range(200):
    run.log("number", number)
    logging.getLogger("study").info("number %d", number)
print("logged", flush=True)
if sys.argv[2] == "stay":
    sys.stdin.read()
run.complete()
"""


@pytest.fixture
def environment(monkeypatch):
    def of(**more: str) -> dict[str, str]:
        names = ("HOME", "RUNLOG_URI", "RUNLOG_TOKEN", "RUNLOG_CAPTURE_SYSTEM")
        return {**{name: os.environ[name] for name in names if name in os.environ}, **more}

    return of


def call(*arguments: str, env: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runlog", *arguments],
        env=clean_environment(env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def all_there(folder: Path, run_id: str) -> bool:
    run = Workspace(folder).get_run(run_id)
    messages = [record.message for record in run.records(logger="study")]
    return run.get_metrics() == {"number": list(range(200))} and messages == [f"number {one}" for one in range(200)]


def test_a_server_that_is_down_costs_the_program_nothing_and_gets_all_by_sync(server, own_folder, environment):
    server.kill()
    run_script(own_folder, WORK, "offline", "go", env=environment())
    assert not (server.folder / "runs" / "offline").exists()
    ended = call("sync", env=environment())
    assert (ended.returncode, "could not be sent" in ended.stdout) == (1, True)
    server.start()
    ended = call("sync", env=environment())
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"{server.url}: sent 1 run, ")
    assert all_there(server.folder, "offline")
    assert Workspace(server.folder).get_run("offline").status == "Completed"
    assert call("sync", env=environment()).stdout == f"{server.url}: sent 0 runs, 0 B\n"


def test_a_server_that_goes_and_comes_back_gets_each_record_once(server, own_folder, environment):
    with started_script(own_folder, WORK, "cut", "stay", env=environment()) as process:
        assert process.stdout.readline() == "logged\n"
        server.kill()
        server.start()
        process.stdin.close()
        assert process.wait(timeout=60) == 0
    assert call("sync", env=environment()).returncode == 0
    assert all_there(server.folder, "cut")


def test_what_a_killed_process_left_is_sent_and_its_run_is_crashed(server, own_folder, environment):
    server.kill()
    with started_script(own_folder, WORK, "killed", "stay", env=environment()) as process:
        assert process.stdout.readline() == "logged\n"
        process.kill()
        process.wait()
    server.start()
    ended = call("sync", env=environment())
    assert ended.returncode == 0, ended.stderr
    assert all_there(server.folder, "killed")
    assert Workspace(server.folder).get_run("killed").status == "Crashed"


def test_a_run_that_is_being_written_is_left_to_its_process(server, own_folder, environment):
    with started_script(own_folder, WORK, "busy", "stay", env=environment()) as process:
        assert process.stdout.readline() == "logged\n"
        ended = call("sync", env=environment())
        assert (ended.returncode, "1 is being written" in ended.stdout) == (0, True)
        process.stdin.close()
        assert process.wait(timeout=60) == 0
    assert all_there(server.folder, "busy")


def test_records_outside_any_run_are_sent_too(server, own_folder, environment):
    code = """
import logging, runlog
logging.basicConfig(level="INFO", handlers=[runlog.RunLogHandler()])
logging.getLogger("alone").info("nobody runs")
"""
    run_script(own_folder, code, env=environment())
    assert call("sync", env=environment()).returncode == 0
    (process,) = Workspace(server.folder).backend.process_ids()
    journal = Workspace(server.folder).backend.process_journal(process)
    assert any(b"nobody runs" in event.payload for event in journal.events())


def test_a_token_that_is_missing_is_said_and_nothing_is_lost(server, own_folder, environment):
    env = environment(RUNLOG_TOKEN="")
    run_script(own_folder, WORK, "tokenless", "go", env=env)
    ended = call("sync", env=env)
    assert (ended.returncode, "401" in ended.stderr, "runlog login" in ended.stderr) == (1, True, True)
    assert call("sync", env=environment()).returncode == 0
    assert all_there(server.folder, "tokenless")


def test_login_keeps_a_token_that_only_its_owner_may_read(server, own_folder, environment):
    env = environment(RUNLOG_TOKEN="")
    ended = call("login", server.url, env=env, stdin=server.tokens["writer"] + "\n")
    assert ended.returncode == 0, ended.stderr
    assert "test writer, a writer" in ended.stdout
    assert server.tokens["writer"] not in ended.stdout + ended.stderr
    path = Path(ended.stdout.split()[-1])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    run_script(own_folder, WORK, "loggedin", "go", env=env)
    assert all_there(server.folder, "loggedin")


def test_login_refuses_a_token_that_the_server_does_not_know(server, environment):
    ended = call("login", server.url, env=environment(RUNLOG_TOKEN=""), stdin="rl_wrong\n")
    assert (ended.returncode, "401" in ended.stderr) == (1, True)
    assert not list(Path(environment()["HOME"]).rglob("credentials.json"))


def test_what_the_server_acknowledged_days_ago_is_removed_here(server, environment, own_folder):
    run_script(own_folder, WORK, "old", "go", env=environment())
    (outbox,) = known_outboxes()
    assert (outbox.path / "runs" / "old").is_dir()
    assert outbox.trim() == []
    assert outbox.trim(days=-1) == ["old"]
    assert not (outbox.path / "runs" / "old").exists()
    assert Workspace.from_config().get_run("old").get_metrics() == {"number": list(range(200))}


def test_the_token_is_in_no_file_of_the_outbox_nor_in_what_is_said(server, own_folder, environment):
    env = environment(RUNLOG_DEBUG="1")
    done = run_script(own_folder, WORK, "secret", "go", env=env)
    token = server.tokens["writer"]
    assert token not in done.stdout + done.stderr + server.told()
    for path in Path(environment()["HOME"]).rglob("*"):
        assert not path.is_file() or token.encode() not in path.read_bytes(), path


def test_the_same_program_exports_the_same_wherever_its_run_is_kept(server, own_folder, environment):
    """Moments and ids of processes and writers differ from one execution to the next; all else is equal."""
    script = write_script(own_folder, WORK)
    run_script(own_folder, script, "twin", "go", env=environment())
    local = {**environment(), "RUNLOG_URI": str(own_folder / "local")}
    run_script(own_folder, script, "twin", "go", env=local)
    exports = []
    for env in (environment(), local):
        ended = call("export", "twin", "--format", "jsonl", env=env)
        assert ended.returncode == 0, ended.stderr
        exports.append([_lasting(json.loads(line)) for line in ended.stdout.splitlines()])
    assert exports[0] == exports[1]
    assert len(exports[0]) > 400


def _lasting(line: dict) -> dict:
    passing = {"time", "created", "ended", "writer", "process", "thread", "pid"}
    if line["type"] == "run":
        passing |= {"name", "argv"}  # a made-up name, and the script's own
    return {name: value for name, value in line.items() if name not in passing}


def test_a_copy_that_is_sent_from_the_same_bytes_exports_exactly_the_same(server, own_folder, environment):
    run_script(own_folder, WORK, "exact", "go", env=environment())
    (outbox,) = known_outboxes()
    assert call("sync", env=environment()).returncode == 0
    there = call("export", "exact", "--format", "jsonl", env={**environment(), "RUNLOG_URI": str(server.folder)})
    here = call("export", "exact", "--format", "jsonl", env={**environment(), "RUNLOG_URI": str(outbox.path)})
    other = {**environment(), "HOME": str(own_folder / "elsewhere")}
    fetched = call("export", "exact", "--format", "jsonl", env=other)
    assert there.stdout == here.stdout == fetched.stdout != ""


def test_a_run_goes_on_on_another_machine(server, own_folder, environment):
    """Another home and another outbox: what the first machine logged is on the server, and the attempt is the next."""
    code = """
import sys, runlog
run = runlog.start("study", run_id="moved", resume="allow", outputs=False)
run.log("part", int(sys.argv[1]))
run.fail("preempted") if sys.argv[1] == "1" else run.complete()
"""
    run_script(own_folder, code, "1", env=environment())
    (own_folder / "second").mkdir()
    run_script(own_folder, code, "2", env=environment(HOME=str(own_folder / "second")))
    run = Workspace(server.folder).get_run("moved")
    assert (run.status, run.get_metrics()) == ("Completed", {"part": [1, 2]})
    assert [attempt.status for attempt in run.attempts] == ["Failed", "Completed"]


def test_the_shippers_own_traffic_is_no_record_of_the_run(server):
    logging.getLogger().setLevel(logging.DEBUG)
    run = runlog.start("study", outputs=False)
    logging.getLogger("study").debug("the only one")
    run.complete()
    names = {record.logger.split(".")[0] for record in Workspace(server.folder).get_run(run.id).records()}
    assert names <= {"study", "runlog"}
    assert "urllib3" not in names


def test_own_traffic_comes_to_no_run_even_where_filters_were_taken_away(workspace):
    log = logging.getLogger("urllib3.connectionpool")
    log.setLevel(logging.DEBUG)
    with runlog.Experiment(workspace, "study").start_logging(outputs=False) as run:
        with own_traffic():
            log.warning("one request")
        log.filters.clear()
        with own_traffic():
            log.warning("another request")
        log.warning("somebody else's request")
    told = [record.message for record in run.records() if record.logger == log.name]
    assert told == ["somebody else's request"]


def test_doctor_tells_what_is_not_sent_and_why(server, own_folder, environment):
    server.kill()
    run_script(own_folder, WORK, "waiting", "go", env=environment())
    ended = call("doctor", env=environment())
    assert ended.returncode == 3
    (line,) = [one for one in ended.stdout.splitlines() if "not sent whole" in one]
    assert line.startswith(f"WARN  server {server.url}: ")
    assert "waiting (" in line
    assert "fix: runlog sync" in ended.stdout
    assert server.tokens["writer"] not in ended.stdout
    server.start()
    assert call("sync", env=environment()).returncode == 0
    assert (
        f"OK    server {server.url}: it has everything that was logged here" in call("doctor", env=environment()).stdout
    )


def test_records_are_searched_for_on_the_server(server, own_folder, environment):
    run_script(own_folder, WORK, "searched", "go", env=environment())
    run_script(own_folder, FAILING, env=environment())
    assert call("sync", env=environment()).returncode == 0
    workspace = Workspace.from_config()
    found = list(workspace.records('"number 17"'))
    assert [(one.run_id, one.record.message, one.record.args) for one in found] == [("searched", "number 17", [17])]
    ((_, record),) = workspace.records("ZeroDivisionError", level="ERROR")
    assert record.exception.type == "ZeroDivisionError"
    assert record.exception.frames[-1].function == "divide"
    assert len(list(workspace.records("number logger:study"))) == 200


FAILING = """
import logging
import runlog

def divide():
    return 1 / 0

with runlog.start("study", outputs=False):
    try:
        divide()
    except ZeroDivisionError:
        logging.getLogger("study").exception("it failed")
"""


def test_content_that_the_server_refuses_stays_here(server, environment, own_folder, start_server):
    small = start_server("--config", str(limited(own_folder)))
    env = environment(RUNLOG_URI=small.url, RUNLOG_TOKEN=small.tokens["writer"])
    code = """
import runlog
open("large.bin", "wb").write(b"x" * 300_000)
with runlog.start("study", run_id="large", outputs=False) as run:
    run.upload_file("large.bin", "large.bin")
"""
    run_script(own_folder, code, env=env)
    sync = call("sync", env=env)
    assert sync.returncode == 1
    assert "large: the server refuses file 'large.bin'" in sync.stderr
    (outbox,) = [one for one in known_outboxes() if one.address == small.url]
    assert outbox.trim(days=-1) == []
    assert (outbox.path / "runs" / "large" / "files" / "large.bin").stat().st_size == 300_000
    assert "the server refuses file 'large.bin'" in call("doctor", env=env).stdout


def test_content_that_the_server_takes_by_now_is_sent_by_the_next_sync(server, environment, own_folder, start_server):
    code = """
import runlog
open("large.bin", "wb").write(b"x" * 300_000)
with runlog.start("study", run_id="large", outputs=False) as run:
    run.upload_file("large.bin", "large.bin")
    run.log_text("answer", "y" * 300_000)
"""
    folder = limited(own_folder)
    small = start_server("--config", str(folder))
    env = environment(RUNLOG_URI=small.url, RUNLOG_TOKEN=small.tokens["writer"])
    run_script(own_folder, code, env=env)
    assert call("sync", env=env).returncode == 1
    small.stop()
    folder.write_text("{}\n")
    small.start()
    assert call("sync", env=env).returncode == 0
    assert (small.folder / "runs" / "large" / "files" / "large.bin").stat().st_size == 300_000
    assert "refuses" not in call("doctor", env=env).stdout


def limited(folder: Path) -> Path:
    path = folder / "server.yaml"
    path.write_text("upload:\n  file_bytes: 100000\n")
    return path


def test_waiting_for_a_run_that_has_arrived_takes_no_time(server):
    run = runlog.start("study", outputs=False)
    run.log("loss", 0.5)
    run.complete()
    run.flush(10_000)  # the test's own time is over before


def test_flush_does_not_hold_up_training_while_the_server_is_away(server):
    run = runlog.start("study", outputs=False)
    server.kill()
    run.log("loss", 0.5)
    run.flush()  # would never return if it waited for the server
    server.start()
    run.complete(timeout=30)
    assert Workspace(server.folder).get_run(run.id).get_metrics() == {"loss": [0.5]}


def test_the_token_is_in_no_process_that_runlog_starts(server, own_folder, environment):
    code = """
import os, pathlib, runlog
run = runlog.start("study", outputs=False, capture={"stdout": "fd"})
children = pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
found = [b"rl_" in pathlib.Path(f"/proc/{child}/environ").read_bytes() for child in children]
run.complete()
print(len(found) > 0, any(found))
"""
    assert run_script(own_folder, code, env=environment(RUNLOG_CAPTURE_SYSTEM="1")).stdout.endswith("True False\n")
