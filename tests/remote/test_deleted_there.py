"""Runs that somebody deletes on the server: they do not come back from the machine that logged them."""

from __future__ import annotations

import pytest

from runlog import Workspace
from support.machines import Machine
from support.waiting import until

PROGRAM = """
import sys
import runlog
run = runlog.start("study", run_id="night-1", resume="allow", outputs=False)
for number in range(int(sys.argv[1])):
    run.log("x", number)
if len(sys.argv) > 2:
    run.flush()
    print("logged", flush=True)
    sys.stdin.readline()
    run.log("x", 100)
run.complete()
print("ended", flush=True)
"""


@pytest.fixture
def machine(server, own_folder):
    return Machine(own_folder / "machine")


@pytest.fixture
def delete(server):
    return lambda: Workspace(server.folder).get_run("night-1").delete()


def test_its_machine_lists_and_shows_it_no_more(server, machine, delete):
    machine.run(PROGRAM, "5")
    delete()
    assert "night-1" not in machine.call("runs").stdout
    shown = machine.call("show", "night-1")
    assert (shown.returncode, "no run in" in shown.stderr) == (1, True)
    assert "it has everything" in machine.call("doctor").stdout


def test_resumed_it_is_a_new_run_and_nothing_is_said_of_a_server_that_can_not_be_asked(server, machine, delete):
    machine.run(PROGRAM, "5")
    delete()
    done = machine.run(PROGRAM, "2")
    assert "can't be asked" not in done.stderr
    run = Workspace(server.folder).get_run("night-1")
    assert run.get_metrics() == {"x": [0, 1]}
    assert [one.number for one in run.attempts] == [1]
    assert machine.call("sync").stdout == f"{server.url}: sent 0 runs, 0 B\n"
    assert Workspace(server.folder).get_run("night-1").get_metrics() == {"x": [0, 1]}


def test_what_was_not_sent_of_it_is_not_sent_by_sync(server, machine, delete):
    with machine.started(PROGRAM, "3", "stay") as process:
        assert process.stdout.readline() == "logged\n"
        until((machine.outbox.path / "sending/runs/night-1.json").exists)
        server.kill()
        print(file=process.stdin, flush=True)
        assert process.wait(timeout=60) == 0
    delete = Workspace(server.folder).backend.delete_run
    delete("night-1")
    server.start()
    done = machine.call("sync")
    assert (done.returncode, done.stdout) == (
        0,
        f"{server.url}: sent 0 runs, 0 B; 1 was deleted there, and not sent\n",
    )
    assert machine.call("sync").stdout == f"{server.url}: sent 0 runs, 0 B\n"
    assert not (server.folder / "runs" / "night-1").exists()
    assert machine.outbox.trim(days=-1) == ["night-1"]


def test_deleted_while_it_is_written_it_stays_deleted_and_its_process_is_told_and_goes_on(server, machine):
    with machine.started(PROGRAM, "3", "stay") as process:
        assert process.stdout.readline() == "logged\n"
        until((machine.outbox.path / "sending/runs/night-1.json").exists)
        assert server.client("admin")("DELETE", "/api/v1/runs/night-1").status_code == 204
        print(file=process.stdin, flush=True)
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "ended\n")
    assert said.count("run night-1 was deleted on") == 1
    assert "Traceback" not in said
    assert machine.call("sync").returncode == 0
    assert not (server.folder / "runs" / "night-1").exists()


def test_its_id_can_be_given_to_a_run_of_another_machine(server, machine, own_folder, delete):
    machine.run(PROGRAM, "5")
    delete()
    Machine(own_folder / "other").run(PROGRAM, "2")
    assert "night-1" in machine.call("runs").stdout
    assert Workspace(server.folder).get_run("night-1").get_metrics() == {"x": [0, 1]}


def test_deleted_from_its_own_machine_its_id_is_free_again(server, machine, monkeypatch):
    monkeypatch.setitem(machine.env, "RUNLOG_TOKEN", server.tokens["admin"])
    machine.run(PROGRAM, "5")
    assert machine.call("delete", "night-1", "--yes").returncode == 0
    machine.run(PROGRAM, "1")
    assert Workspace(server.folder).get_run("night-1").get_metrics() == {"x": [0]}


def test_a_run_that_a_server_without_its_data_never_had_is_sent(server, machine):
    """A server that answers 404 because it never heard of the run: nothing was deleted there."""
    server.kill()
    machine.run(PROGRAM, "2")
    server.start()
    assert machine.call("sync").returncode == 0
    assert Workspace(server.folder).get_run("night-1").get_metrics() == {"x": [0, 1]}
