"""Runs of processes whose surroundings are odd: no arguments, a clock that is far off, modules that were loaded again."""

from __future__ import annotations

import pytest

from runlog import Workspace

LOGGED = """
run = runlog.start("x", outputs=False)
run.log("loss", 1.0)
run.complete()
"""


def newest():
    return Workspace.from_config().get_run("latest")


@pytest.mark.parametrize(
    ("odd", "kept"),
    [
        ("del sys.argv", []),
        ("sys.argv = []", []),
        ("sys.argv = None", []),
        ("sys.argv = 'one text'", []),
        ("sys.argv = ('train.py', '--lr')", ["train.py", "--lr"]),
        ("sys.argv = ['train.py', 7, None, b'raw', Path('data')]", ["train.py", "7", "None", "raw", "data"]),
        ("sys.argv = [b'train.py', Odd()]", ["train.py", "<its text can't be made: ZeroDivisionError>"]),
        ("sys.path[:0] = [Path('here'), 7]; sys.argv = ['a\\0b']", None),
    ],
)
def test_odd_arguments_keep_no_run_from_beginning(run_script, odd, kept):
    done = run_script(f"""
import sys
from pathlib import Path
import runlog
class Odd:
    def __str__(self): return 1 / 0
{odd}
{LOGGED}
""")
    assert "Traceback" not in done.stderr
    assert (newest().status, newest().get_metrics()) == ("Completed", {"loss": [1.0]})
    assert kept is None or next(iter(newest().state().writers.values())).argv == kept
    assert newest().state().system["python"]


@pytest.mark.parametrize("moment", ["-10**18", "-1", "10**19"])
def test_a_run_is_read_whatever_the_clock_is_set_to(run_script, moment):
    run_script(f"""
import runlog.journal.real_time as real_time

class FarOff:
    def __getattr__(self, name): return getattr(system, name)
    def time_ns(self): return {moment}
    def clock_gettime_ns(self, clock): return {moment} if clock == real_time._COARSE else system.clock_gettime_ns(clock)

system, real_time._time = real_time._time, FarOff()
import logging, runlog
logging.basicConfig(level=logging.INFO, handlers=[logging.NullHandler()])
run = runlog.start("x", run_id="far", outputs=False, capture_system=False)
run.log("loss", 1.0)
logging.getLogger("x").info("hello")
run.complete()
print(run.dropped)
""")
    assert (newest().id, newest().status, newest().get_metrics()) == ("far", "Completed", {"loss": [1.0]})
    assert [record.message for record in newest().records(logger="x")] == ["hello"]
    assert newest().attempts[0].start <= newest().attempts[0].end


PURGE = "for name in [one for one in sys.modules if one.partition('.')[0] == 'runlog']: del sys.modules[name]"


@pytest.mark.parametrize(
    ("end", "status"), [("run.complete()", "Completed"), ("", "Completed"), ("raise ValueError('bad')", "Failed")]
)
def test_a_run_goes_on_where_a_reloader_takes_the_modules_away(run_script, end, status):
    run_script(
        f"""
import sys, runlog
run = runlog.start("x", outputs=False, capture_system=False)
run.log("loss", 1.0)
{PURGE}
run.log("loss", 2.0)
run.log_params({{"lr": 1}})
run.log_row("row", a=1)
run.log_text("text", "words")
run.note("a note")
run.tag("verdict", "good")
assert run.get_metrics()["loss"] == [1.0, 2.0]
{end}
""",
        check=False,
    )
    assert (newest().status, newest().dropped, newest().tags, newest().params) == (
        status,
        0,
        {"verdict": "good"},
        {"lr": 1},
    )
    assert list(newest().get_metrics()) == ["loss", "row", "text"]


def test_a_run_of_the_modules_that_were_loaded_again_stands_beside_the_earlier_one(run_script):
    run_script(f"""
import sys, runlog
first = runlog.start("x", run_id="first", outputs=False, capture_system=False)
first.log("loss", 1.0)
{PURGE}
import runlog
with runlog.start("x", run_id="second", outputs=False, capture_system=False) as second:
    second.log("loss", 2.0)
first.log("loss", 3.0)
""")
    found = {run.id: (run.status, run.get_metrics()) for run in Workspace.from_config().runs()}
    assert found == {"first": ("Completed", {"loss": [1.0, 3.0]}), "second": ("Completed", {"loss": [2.0]})}
