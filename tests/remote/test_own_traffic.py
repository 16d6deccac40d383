"""What the client's own requests log: nobody sees it who did not ask for it."""

from __future__ import annotations

import pytest

from runlog import Workspace
from support.machines import Machine

PROGRAM = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, format="%(name)s %(threadName)s")
if sys.argv[1:]:
    logging.getLogger(sys.argv[1]).setLevel("DEBUG")
import runlog
with runlog.start("study", run_id="quiet", outputs=False) as run:
    logging.getLogger("train").debug("mine")
    run.flush()
    runlog.Workspace.from_config().get_run("quiet").state()
    logging.getLogger("urllib3.connectionpool").debug("somebody else's")
"""


def of_libraries(said):
    return [line for line in said.splitlines() if line.startswith(("urllib3", "requests", "charset"))]


@pytest.mark.parametrize("level_of", [(), ("runlog",)], ids=["root at DEBUG", "runlog at DEBUG"])
def test_requests_of_the_client_are_on_no_console(server, own_folder, level_of):
    done = Machine(own_folder / "machine").run(PROGRAM, *level_of)
    assert of_libraries(done.stderr) == ["urllib3.connectionpool MainThread"]
    assert "train MainThread" in done.stderr


def test_requests_of_the_client_are_shown_where_its_logger_is_at_debug_and_are_in_no_run(server, own_folder):
    done = Machine(own_folder / "machine").run(PROGRAM, "runlog.remote")
    assert "urllib3.connectionpool runlog-shipper" in of_libraries(done.stderr)
    told = [one.message for one in Workspace(server.folder).get_run("quiet").records(logger="urllib3")]
    assert told == ["somebody else's"]
