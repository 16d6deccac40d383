"""`runlog doctor` on what stands elsewhere: the server that is meant, and the object store behind a workspace."""

from __future__ import annotations

import json
import socket

import pytest

from runlog.store.folder import FolderBackend
from support.machines import Machine
from support.server_process import started_server


@pytest.fixture
def machine(tmp_path, own_folder, monkeypatch):
    """A machine that is meant to send to a server."""
    with started_server(tmp_path / "served") as server:
        monkeypatch.setenv("RUNLOG_URI", server.url)
        made = Machine(own_folder / "machine", RUNLOG_TOKEN=server.tokens["writer"])
        made.server = server
        yield made


def of_server(machine, **more):
    found = json.loads(machine.call("doctor", "--json", **more).stdout)
    (one,) = [one for one in found if one["subject"] == "server"]
    return one


def test_a_server_that_answers_is_named_with_what_the_token_may(machine):
    found = of_server(machine)
    assert (found["verdict"], found["remedy"]) == ("OK", "")
    assert found["text"].startswith(f"{machine.server.url}, as RUNLOG_URI names it: runlog ")
    assert found["text"].endswith("which knows you as test writer, a writer")


def test_a_server_that_nobody_can_reach_is_a_warning_with_the_reason(machine):
    with socket.socket() as taken:  # bound, and not listening
        taken.bind(("127.0.0.1", 0))
        found = of_server(machine, RUNLOG_URI=f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert (found["verdict"], "Connection refused" in found["text"]) == ("WARN", True)


@pytest.mark.parametrize(("token", "told"), [("", "401"), ("rl_wrong", "401")], ids=["none", "unknown"])
def test_a_token_that_the_server_does_not_know_is_a_warning(machine, token, told):
    found = of_server(machine, RUNLOG_TOKEN=token)
    assert (found["verdict"], told in found["text"], "runlog login" in found["remedy"]) == ("WARN", True, True)


def test_a_token_that_may_only_read_is_a_warning(machine):
    found = of_server(machine, RUNLOG_TOKEN=machine.server.tokens["reader"])
    assert found["verdict"] == "WARN"
    assert found["text"].endswith("test reader, a reader: runs can't be sent")


def test_something_else_than_a_server_of_ours_is_a_warning(machine, own_folder):
    import http.server
    import threading

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        try:
            found = of_server(machine, RUNLOG_URI=f"http://127.0.0.1:{other.server_address[1]}")
        finally:
            other.shutdown()
            thread.join()
    assert (found["verdict"], "RUNLOG_URI" in found["remedy"]) == ("WARN", True)


def test_runs_of_which_nothing_says_what_server_they_are_for_are_told_of_and_sent_by_its_address(machine):
    machine.server.kill()
    machine.run('import runlog\nrunlog.start("study", run_id="nameless", outputs=False).complete()')
    (machine.outbox.path / "server.json").unlink()
    machine.server.start()
    told = machine.call("doctor", RUNLOG_URI="").stdout
    assert f"{machine.outbox.path} has runs, and does not say for which server" in told
    assert machine.call("sync", machine.server.url).stdout.startswith(f"{machine.server.url}: sent 1 run")


def test_the_object_store_behind_a_workspace_is_asked(call, own_folder):
    pytest.importorskip("fsspec")
    backend = FolderBackend(own_folder / ".runlog")
    backend.change_settings(blobs=(own_folder / "store").as_uri())
    assert "object store: file:///" in call("doctor").out
    backend.change_settings(blobs="memory-of-nobody://bucket")
    (line,) = [one for one in call("doctor").lines if "object store" in one]
    assert line.startswith("WARN")
    assert "memory-of-nobody" in line


def test_an_object_store_of_another_workspace_is_a_warning(call, own_folder):
    pytest.importorskip("fsspec")
    from runlog.store.object_store import ObjectStore

    ObjectStore((own_folder / "store").as_uri()).set_owner("somebody else")
    FolderBackend(own_folder / ".runlog").change_settings(blobs=(own_folder / "store").as_uri())
    (line,) = [one for one in call("doctor").lines if "object store" in one]
    assert line.startswith("WARN")
    assert "does not bear the mark of this workspace" in line
