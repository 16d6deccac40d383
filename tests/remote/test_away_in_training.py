"""What a training program calls while its server is away: no exception, and nothing is lost."""

from __future__ import annotations

import pytest

from runlog import Workspace
from runlog.models import Model
from support.machines import Machine

REGISTERING = """
import sys
import runlog
run = runlog.start("study", run_id="trained", outputs=False)
open("model.bin", "w").write("weights")
run.upload_file("model.bin", "model.bin")
run.flush()
print("ready", flush=True)
sys.stdin.readline()
model = run.register_model("net", "model.bin", tags={"stage": "test"})
print(model.version, model.tags, model.name, flush=True)
sys.stdin.readline()
run.complete()
print("ended", flush=True)
"""
GUEST = """
import sys
import runlog
run = runlog.Workspace.from_config().get_run("other")
print("ready", flush=True)
sys.stdin.readline()
run.log("x", 1)
run.complete()
print("ended", flush=True)
"""
WAITING = """
import logging, sys
import runlog
run = runlog.Workspace.from_config().get_run("waited")
logging.basicConfig(level="WARNING", stream=sys.stdout, format="%(message)s")
print("ready", flush=True)
run.wait_for_completion()
print(run.status, flush=True)
"""
WAITED = """
import sys
import runlog
with runlog.start("study", run_id="waited", outputs=False) as run:
    run.log("x", 1)
    run.flush()
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def machine(server, own_folder):
    return Machine(own_folder / "machine")


def say(process, line=""):
    print(line, file=process.stdin, flush=True)


def check_model(server):
    (model,) = Model.list(Workspace(server.folder))
    assert (model.id, model.tags, model.run_id) == ("net:1", {"stage": "test"}, "trained")
    assert model.download("fetched", exist_ok=True).read_text() == "weights"


def test_a_model_that_is_registered_while_the_server_is_away_is_registered_by_sync(server, machine):
    with machine.started(REGISTERING) as process:
        assert process.stdout.readline() == "ready\n"
        server.kill()
        say(process)
        assert process.stdout.readline() == "0 {'stage': 'test'} net\n"
        say(process)
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "ended\n")
    assert "the model net gets its version once the server takes it" in said
    assert "Traceback" not in said
    server.start()
    assert "1 model is not registered there yet" in machine.call("doctor").stdout
    done = machine.call("sync")
    assert (done.returncode, "registered net:1" in done.stdout) == (0, True), done.stderr
    check_model(server)
    assert "registered" not in machine.call("sync").stdout
    check_model(server)
    assert "it has everything" in machine.call("doctor").stdout


def test_a_model_that_is_registered_while_the_server_is_away_is_registered_once_it_is_back(server, machine):
    with machine.started(REGISTERING) as process:
        assert process.stdout.readline() == "ready\n"
        server.kill()
        say(process)
        assert process.stdout.readline().startswith("0 ")
        server.start()
        say(process)
        assert process.wait(timeout=60) == 0
    machine.call("sync")
    check_model(server)


def test_a_version_that_was_given_before_the_process_died_is_not_given_twice(server, machine):
    """As if the process had been killed between the server's answer and the removal of what waits."""
    with machine.started(REGISTERING) as process:
        assert process.stdout.readline() == "ready\n"
        server.kill()
        say(process)
        process.stdout.readline()
        say(process)
        process.communicate(timeout=60)
    (waits,) = (machine.outbox.path / "sending/models").glob("*.json")
    content = waits.read_bytes()
    server.start()
    machine.call("sync")
    waits.write_bytes(content)
    machine.call("sync")
    check_model(server)


def test_the_first_record_to_anothers_run_while_the_server_is_away_is_kept_and_sent_by_sync(
    server, machine, own_folder
):
    Machine(own_folder / "first").run('import runlog\nrunlog.start("study", run_id="other", outputs=False).complete()')
    with machine.started(GUEST) as process:
        assert process.stdout.readline() == "ready\n"
        server.kill()
        say(process)
        out, said = process.communicate(timeout=90)
    assert (process.returncode, out, "Traceback" in said) == (0, "ended\n", False)
    server.start()
    assert machine.call("sync").returncode == 0
    run = Workspace(server.folder).get_run("other")
    assert (run.status, run.get_metrics()) == ("Completed", {"x": [1]})


def test_waiting_for_a_run_goes_on_while_its_server_is_away(server, machine, own_folder):
    with Machine(own_folder / "first").started(WAITED) as waited:
        assert waited.stdout.readline() == "ready\n"
        with machine.started(WAITING) as process:
            assert process.stdout.readline() == "ready\n"
            server.kill()
            assert "its server is away" in process.stdout.readline()
            server.start()
            say(waited)
            assert process.stdout.readline() == "Completed\n"
            assert process.wait(timeout=60) == 0
