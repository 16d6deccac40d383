"""An outbox that somebody else made is sent without anything of this machine that its records only name."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from runlog import Workspace
from runlog.records import EventKind
from runlog.remote.outbox import Outbox
from support.events_by_hand import event, in_blob, make_run
from support.machines import Machine

SECRET = b"hidden words"
SHA256 = hashlib.sha256(SECRET).hexdigest()
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def machine(server, own_folder: Path) -> Machine:
    return Machine(own_folder / "machine")


@pytest.fixture
def outbox(machine: Machine) -> Outbox:
    machine.outbox.prepare()
    return machine.outbox


def sent(server) -> bytes:
    """All bytes that the server has."""
    return b"".join(one.read_bytes() for one in server.folder.rglob("*") if one.is_file())


def test_a_file_of_this_machine_is_not_sent_because_a_record_names_it(server, machine, outbox):
    secret = machine.folder / "secret"
    secret.write_bytes(SECRET)
    up = "../" * 30 + str(secret)[1:]
    names = ["../../../secret", str(secret), up]
    events = [event(EventKind.FILE, state=True, name=one, size=len(SECRET), sha256=SHA256) for one in names]
    events += [in_blob(EventKind.PARAMS, {"sha256": one, "size": len(SECRET)}, state=True) for one in names]
    run = make_run(outbox.path, "foreign", *events)
    (run / "files").mkdir()
    (run / "files/link").symlink_to(secret)
    machine.call("sync")
    assert Workspace(server.folder).get_run("foreign").state().params == {"before": 1, "after": 2}
    assert SECRET not in sent(server)


@pytest.mark.parametrize("place", ["file", "blob", "crash"])
def test_what_a_link_in_an_outbox_leads_to_is_not_sent(server, machine, outbox, place):
    secret = machine.folder / "secret"
    secret.write_bytes(SECRET)
    kept = event(EventKind.FILE, state=True, name="link", size=len(SECRET), sha256=SHA256)
    image = event(EventKind.IMAGE, state=True, name="i", sha256=SHA256, size=len(SECRET), format="png")
    run = make_run(outbox.path, "foreign", kept, image)
    links = {
        "file": run / "files/link",
        "blob": outbox.path / "blobs" / SHA256[:2] / SHA256,
        "crash": run / "000000000001-crash.txt",
    }
    links[place].parent.mkdir(parents=True, exist_ok=True)
    links[place].symlink_to(secret)
    machine.call("sync")
    assert Workspace(server.folder).get_run("foreign").state().params == {"before": 1, "after": 2}
    assert SECRET not in sent(server)


def test_a_pipe_in_an_outbox_keeps_nobody_waiting(server, machine, outbox):
    kept = event(EventKind.FILE, state=True, name="pipe", size=1, sha256=SHA256)
    run = make_run(outbox.path, "foreign", kept)
    (run / "files").mkdir()
    os.mkfifo(run / "files/pipe")
    os.mkfifo(run / "zzzzzzzzzzzz-events-000000.open")
    machine.call("sync")
    assert Workspace(server.folder).get_run("foreign").state().params == {"before": 1, "after": 2}
