"""Runs that go on elsewhere: whatever a machine wrote of them reaches the server."""

from __future__ import annotations

import pytest

from runlog import Workspace
from support.machines import Machine

RESUMING = """
import os, sys
import runlog
run = runlog.start("study", run_id="moved", resume="allow", outputs=False)
run.log("part", int(sys.argv[1]))
run.flush()
if len(sys.argv) > 2:
    print("logged", flush=True)
    sys.stdin.readline()
    run.log("part", 10 * int(sys.argv[1]))
    if sys.argv[2] == "die":
        os._exit(9)
run.complete()
"""
GUEST = """
import os, sys
import runlog
run = runlog.Run(runlog.Experiment(runlog.Workspace.from_config(), "study"), "moved")
run.log("guest", 1)
print("logged", flush=True)
sys.stdin.readline()
run.log("guest", 2)
if sys.argv[1] == "die":
    os._exit(9)
run.complete()
"""


@pytest.fixture
def machines(own_folder):
    return Machine(own_folder / "first"), Machine(own_folder / "second")


@pytest.mark.parametrize("end", ["complete", "die"])
def test_the_rest_of_a_run_that_was_resumed_on_a_new_machine_is_sent_from_there(server, machines, end):
    first, second = machines
    first.run(RESUMING, "1")
    with second.started(RESUMING, "2", end) as process:
        assert process.stdout.readline() == "logged\n"
        server.kill()
        print(file=process.stdin, flush=True)
        process.wait(timeout=60)
    server.start()
    assert "not sent whole: moved" in second.call("doctor").stdout
    done = second.call("sync")
    assert (done.returncode, done.stdout.startswith(f"{server.url}: sent 1 run")) == (0, True), done.stderr
    run = Workspace(server.folder).get_run("moved")
    assert run.get_metrics() == {"part": [1, 2, 20]}
    assert run.status == {"complete": "Completed", "die": "Crashed"}[end]


@pytest.mark.parametrize("end", ["complete", "die"])
def test_the_rest_of_what_a_guest_wrote_on_a_new_machine_is_sent_from_there(server, machines, end):
    first, second = machines
    first.run(RESUMING, "1")
    with second.started(GUEST, end) as process:
        assert process.stdout.readline() == "logged\n"
        server.kill()
        print(file=process.stdin, flush=True)
        process.wait(timeout=60)
    server.start()
    assert second.call("sync").returncode == 0
    assert Workspace(server.folder).get_run("moved").get_metrics() == {"part": [1], "guest": [1, 2]}


def test_the_end_of_a_guest_while_the_server_is_away_is_quiet_and_ends_nobody_elses_run(server, machines):
    first, second = machines
    with first.started(RESUMING, "1", "stay") as owner:
        assert owner.stdout.readline() == "logged\n"
        with second.started(GUEST, "end") as guest:
            assert guest.stdout.readline() == "logged\n"
            server.kill()
            print(file=guest.stdin, flush=True)
            assert guest.wait(timeout=60) == 0
            said = guest.stderr.read()
        assert "Traceback" not in said
        assert "`runlog sync` sends the rest" in said
        server.start()
        assert second.call("sync").returncode == 0
        assert Workspace(server.folder).get_run("moved").status == "Running"
        print(file=owner.stdin, flush=True)
        assert owner.wait(timeout=60) == 0
    assert Workspace(server.folder).get_run("moved").status == "Completed"


def test_attempts_that_two_machines_made_while_the_server_was_away_are_both_kept(server, machines):
    server.kill()
    for number, machine in enumerate(machines, 1):
        machine.run(RESUMING, str(number))
    server.start()
    for machine in machines:
        assert machine.call("sync").returncode == 0
    run = Workspace(server.folder).get_run("moved")
    assert sorted(run.get_metrics()["part"]) == [1, 2]
    assert [one.status for one in run.attempts] == ["Completed", "Completed"]
