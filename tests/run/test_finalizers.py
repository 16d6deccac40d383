"""What finalizers do with a run when the interpreter ends: no thread runs any more, and nothing can be imported."""

from __future__ import annotations

import socket

import pytest

from runlog import Workspace
from runlog.remote.outbox import Outbox

CALLS = {
    "log": "run.log('late', 1.0)",
    "log_metrics": "run.log_metrics({'late': 1.0})",
    "log_row": "run.log_row('row', a=1)",
    "log_list": "run.log_list('list', [1])",
    "log_table": "run.log_table('table', {'a': [1]})",
    "log_text": "run.log_text('text', 'words')",
    "log_params": "run.log_params({'a': 1})",
    "tag": "run.tag('a', 'b')",
    "note": "run.note('a note')",
    "upload_file": "run.upload_file('a', 'program.txt')",
    "a record": "logging.warning('closing')",
    "complete": "run.complete()",
    "fail": "run.fail('no luck')",
    "cancel": "run.cancel()",
    "flush": "run.flush(1)",
    "the end of a block": "run.__exit__(None, None, None)",
}
PROGRAM = """
import logging, os, sys, runlog
open("program.txt", "w").close()
logging.basicConfig(level=logging.CRITICAL)
run = runlog.start("x", run_id="late", outputs=False, capture_system=False)
run.log("loss", 1.0)
{end}

class Env:
    def __del__(self, sys=sys, write=os.write):
        assert sys.is_finalizing()
        for call in self.calls:
            try:
                call()
            except BaseException as error:
                write(1, repr(error).encode() + b"\\n")
        write(1, b"done\\n")

    def __init__(self, run=run, logging=logging):
        self.calls = [{calls}]

env = Env()
"""


def program(end: str, *calls: str) -> str:
    given = ", ".join(f"lambda: {call}" for call in calls)
    return PROGRAM.format(end=end, calls=given)


@pytest.mark.parametrize("end", ["", "run.complete()"])
@pytest.mark.parametrize("call", CALLS)
def test_no_call_of_a_finalizer_raises_or_keeps_the_program_from_ending(run_script, call, end):
    done = run_script(program(end, CALLS[call]))
    assert done.stdout == "done\n"
    assert "Traceback" not in done.stderr
    assert Workspace.from_config().get_run("late").status == "Completed"


@pytest.mark.parametrize("end", ["", "run.complete()"])
def test_what_a_finalizer_logs_is_kept(run_script, end):
    run_script(program(end, CALLS["log"], CALLS["log_row"]))
    run = Workspace.from_config().get_run("late")
    assert run.get_metrics() == {"loss": [1.0], "late": [1.0], "row": {"a": [1]}}
    assert run.dropped == 0


def test_a_program_whose_server_is_away_ends_whatever_its_finalizers_log(run_script, own_folder):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        outbox = {"RUNLOG_URI": address, "RUNLOG_OUTBOX": str(own_folder / "outbox"), "RUNLOG_TOKEN": "rl_none"}
        done = run_script(program("", *CALLS.values()), env=outbox)
    assert done.stdout == "done\n"
    (kept,) = (own_folder / "outbox").glob("*/runs/late")
    journal = Outbox(address, kept.parents[1]).folder.journal("late")
    assert {name for columns in journal.points() for name in columns.names} == {"loss", "late"}
