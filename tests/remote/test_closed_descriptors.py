"""A program that closes every descriptor, and opens connections of its own that get the numbers."""

from __future__ import annotations

import json
import os

import pytest

from runlog import Workspace
from support.scripts import run_script

DAEMON = """
import json, os, socket, stat, sys
import runlog

said = sys.argv[1].encode()
run = runlog.start("study", run_id="daemon", outputs=False, capture_system=False)
run.log("loss", 0.0)
run.flush(10_000)
def is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:  # the one that listed them
        return False
sockets = [number for number in map(int, os.listdir("/proc/self/fd")) if is_socket(number)]
taken = {number: socket.socketpair() for number in sockets}
for number, (near, far) in taken.items():
    os.dup2(near.fileno(), number)
    far.send(said)
    far.setblocking(False)
run.log("loss", 1.0)
run.flush(10_000)
run.complete()
told = []
for number, (near, far) in taken.items():
    try:
        got = far.recv(1000)
    except BlockingIOError:
        got = b""
    told.append([repr(got), os.path.sameopenfile(number, near.fileno()), near.recv(100).decode() if said else ""])
print(json.dumps(told))
"""


@pytest.mark.parametrize("said", ["", "what the other side of it says"])
def test_no_request_goes_over_a_connection_that_got_the_number_and_it_is_not_closed(server, own_folder, said):
    environment = {name: os.environ[name] for name in ("HOME", "RUNLOG_URI", "RUNLOG_TOKEN")}
    told = json.loads(run_script(own_folder, DAEMON, said, env=environment).stdout)
    assert told
    assert [tuple(one) for one in told] == [("b''", True, said)] * len(told)
    assert Workspace(server.folder).get_run("daemon").get_metrics() == {"loss": [0.0, 1.0]}
