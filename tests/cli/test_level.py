"""`runlog level`: levels of a process that runs."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

PROGRAM = """
import json, logging, sys, time
from pathlib import Path
import runlog
from runlog import Experiment, Run, Workspace

logging.basicConfig(level=logging.WARNING)
logging.getLogger("my.module").setLevel(logging.ERROR)
workspace = Workspace(".")
if len(sys.argv) > 1:
    run = Run(Experiment(workspace, "level"), sys.argv[1])
    run.log("guest", 1.0)
else:
    run = Experiment(workspace, "level").start_logging(run_id="level-1", outputs=False)
me = "guest" if len(sys.argv) > 1 else "owner"
print("ready", flush=True)
while not Path("stop").exists():
    Path(me).write_text(str(logging.getLogger("my.module").level))
    logging.getLogger("my.module").debug("a detail of %s", me)
    time.sleep(0.02)
run.complete()
"""


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return True
        except (FileNotFoundError, ValueError):
            pass
        time.sleep(0.02)
    return False


def level_of(who):
    return int(Path(who).read_text())


@pytest.fixture
def running(workspace, start_script, own_folder):
    process = start_script(PROGRAM)
    assert process.stdout.readline() == "ready\n"
    yield process
    Path("stop").write_text("")
    process.wait(60)


def messages(workspace):
    said = [record.message for record in workspace.get_run("level-1").records(logger="runlog")]
    return [one for one in said if one.startswith("the level of")]


def test_a_running_process_takes_the_level_and_puts_it_back_when_its_time_is_over(call, running, workspace):
    asked = call("level", "level-1", "my.module=DEBUG", "--for", "4s")
    assert (asked.code, asked.err) == (0, "")
    assert asked.out.startswith("my.module=DEBUG for ")
    assert until(lambda: level_of("owner") == logging.DEBUG)
    assert until(lambda: level_of("owner") == logging.ERROR)
    Path("stop").write_text("")
    running.wait(60)
    told = messages(workspace)
    assert "the level of logger 'my.module' is DEBUG for " in told[0]
    assert "and was ERROR: asked for by " in told[0]
    assert told[1] == "the level of logger 'my.module' is ERROR again: its time is over"
    details = [one for one in workspace.get_run("level-1").records() if one.message == "a detail of owner"]
    assert {one.level for one in details} == {"DEBUG"}


def test_a_guest_process_takes_it_too_and_a_reset_puts_it_back_in_both(call, running, workspace, start_script):
    guest = start_script(PROGRAM, "level-1")
    assert guest.stdout.readline() == "ready\n"
    call("level", "level-1", "my.module=INFO", "--for", "1h")
    assert until(lambda: level_of("owner") == level_of("guest") == logging.INFO)
    assert call("level", "level-1", "--list").out.startswith("my.module=INFO for 59m")
    assert call("level", "level-1", "--reset").out == "every logger has its own level\n"
    assert until(lambda: level_of("owner") == level_of("guest") == logging.ERROR)
    assert call("level", "level-1", "--list").out == "every logger has its own level\n"
    Path("stop").write_text("")
    guest.wait(60)
    running.wait(60)
    assert sum("again: asked for by `runlog level --reset`" in one for one in messages(workspace)) == 2


def test_one_of_several_loggers_is_reset_by_its_name(call, start):
    run = start()
    call("level", run.id, "a=DEBUG", "b=10", "root=INFO")
    assert call("level", run.id, "--reset", "a").out.count("\n") == 2
    assert call("level", run.id, "--list").out.splitlines()[0].startswith("b=DEBUG for 9m")
    run.complete()


def test_a_run_that_has_ended_has_no_process_to_ask(call, start):
    with start() as run:
        pass
    ended = call("level", run.id, "a=DEBUG")
    assert ended.code == 1
    assert "has ended (Completed): there is no process whose levels could change" in ended.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("no-such-run", "a=DEBUG"), 1, "no-such-run"),
        (("latest", "a=LOUD"), 1, "unknown logging level 'LOUD': use DEBUG"),
        (("latest", "a=ERROR"), 1, "a=40: give a level from 1 to 30 (WARNING), so that errors are logged"),
        (("latest", "root=NOTSET"), 1, "root=0: give a level from 1 to 30"),
        (("latest", "a=1000000"), 1, "a=1000000: give a level from 1 to 30"),
        (("latest", "a=DEBUG", "--for", "2d"), 1, "a for 172800 s: give a time of up to a day"),
        (("latest", f"{'a' * 300}=DEBUG"), 1, "a logger's name of 300 characters: give one of up to 255"),
        (("latest", "a"), 2, "LOGGER=LEVEL"),
        (("latest",), 2, "--reset"),
        (("latest", "a=DEBUG", "--list"), 2, "--list"),
        (("latest", "a=DEBUG", "--for", "soon"), 2, "no duration"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(call, start, arguments, code, said):
    run = start()
    ended = call("level", *arguments)
    assert ended.code == code
    assert said in ended.err
    run.complete()


def test_a_run_with_requests_is_read_and_deleted_as_any_other(call, start, workspace):
    with start() as run:
        run.log("loss", 1.0)
        call("level", run.id, "a=DEBUG")
    assert run.get_metrics()["loss"] == [1.0]
    assert call("delete", run.id, "--yes").code == 0
    assert not workspace.backend.has_run(run.id)


def test_a_logger_that_no_record_comes_from_is_told_of_and_asked_for_all_the_same(call, start):
    run = start()
    logging.getLogger("my.module.part").warning("heard")
    told = call("level", run.id, "my.modle.part=DEBUG")
    assert told.code == 0
    assert "my.modle.part=DEBUG for " in told.out
    assert "no record of the run comes from 'my.modle.part': did you mean 'my.module.part'?" in told.err
    assert "It is asked for all the same." in told.err
    assert call("level", run.id, "my.module=DEBUG", "root=INFO", "silent.so.far=DEBUG").err == ""
