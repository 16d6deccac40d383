"""Records that somebody else put where a run's own belong stay on the server; all else of the run is sent."""

from __future__ import annotations

import requests

from runlog import Workspace
from runlog.journal.files import parse_segment_name
from runlog.journal.format import pack_event
from support.machines import Machine
from support.waiting import until

PROGRAM = """
import sys, time
import runlog
with runlog.start("study", run_id="taken", outputs=False) as run:
    run.log("loss", 1.0)
    print("half", flush=True)
    sys.stdin.readline()
    run.set_tags({"team": "vision"})
    for number in range(200):
        run.log("loss", 1.0 + number)
        time.sleep(0.01)
print("trained", flush=True)
"""


def put_in_its_place(server):
    """Append a record to the open events of the run, as any writer's token can."""
    (path,) = (server.folder / "runs" / "taken").glob("*-events-000000.open")
    name, length = parse_segment_name(path.name), path.stat().st_size
    forged = pack_event(name.writer, 1, 0, b"somebody else's", length)
    address = f"{server.url}/api/v1/runs/taken/journal/{name.writer}/events/0?offset={length}"
    headers = {"Authorization": f"Bearer {server.tokens['writer']}"}
    answer = requests.put(address, data=forged, headers=headers, timeout=30)
    assert answer.json() == {"length": length + len(forged)}


def test_training_goes_on_and_says_what_the_server_does_not_take(server, own_folder):
    machine = Machine(own_folder / "machine")
    with machine.started(PROGRAM) as process:
        assert process.stdout.readline() == "half\n"
        until(lambda: list((server.folder / "runs").glob("taken/*-points-*.open")))
        put_in_its_place(server)
        print(file=process.stdin, flush=True)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert out.endswith("trained\n")
    assert "the server refuses records of the journal (segment " in err
    assert "another record at byte" in err
    assert Workspace(server.folder).get_run("taken").series("loss").values == [1.0, *(1.0 + one for one in range(200))]
    done = machine.call("sync")  # it is sealed by now, and its checksums tell which records are its own
    assert done.returncode == 0, done.stderr
    run = Workspace(server.folder).get_run("taken")
    assert (run.status, run.tags) == ("Completed", {"team": "vision"})
    assert "it has everything" in machine.call("doctor").stdout
