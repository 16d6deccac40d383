"""What is peculiar to containers: a user of a number only, without a home, and a program that is process 1."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import runlog
from support.deprived import FIRST_PROCESS, NOBODY_KNOWN, allowed
from support.scripts import clean_environment, started_command
from support.waiting import until

LOGGED = """
import logging, os, sys
import runlog
logging.basicConfig(level="INFO", handlers=runlog.handlers(console="INFO", file={"filename": "app.jsonl"}, run="INFO"))
with runlog.start("container", run_id="contained", capture={"stdout": "fd"}) as run:
    logging.getLogger("train").info("begun")
    print("printed", flush=True)
    run.log("loss", 0.5)
    os.makedirs("outputs", exist_ok=True)
    open("outputs/model.txt", "w").write("weights")
"""
FORKING = """
import logging, multiprocessing, os, time
import runlog

def work(number):
    logging.getLogger("worker").info("item %d of process %d", number, os.getpid())
    return number

with runlog.start("container", run_id="contained", log_level="INFO", outputs=False, capture_system=False) as run:
    assert os.getpid() == 1
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(work, range(4)) == [0, 1, 2, 3]
        pool.close()
        pool.join()
    if AFTERWARDS:
        print("on", flush=True)
        time.sleep(300)
"""


def contained():
    return runlog.Workspace.from_config().get_run("contained")


@pytest.mark.parametrize(
    "home", [None, "", "/proc/nowhere"], ids=["no HOME", "an empty HOME", "a HOME that is not there"]
)
def test_a_user_whom_no_list_knows_logs_as_any_other(own_folder, home):
    Path("train.py").write_text(LOGGED)
    environment = clean_environment({} if home is None else {"HOME": home})
    if home is None:
        environment.pop("HOME", None)
    command = [*allowed(NOBODY_KNOWN), sys.executable, "train.py"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "printed\n"
    assert (contained().status, contained().get_metrics()) == ("Completed", {"loss": [0.5]})
    assert [record.message for record in contained().records(logger="train")] == ["begun"]
    assert [record.message for record in contained().records(logger="runlog.stdout")] == ["printed"]
    assert contained().get_file_names() == ["outputs/model.txt"]
    lines = [json.loads(line) for line in Path("app.jsonl").read_text().splitlines()]
    assert [line["message"] for line in lines if line["logger"] == "train"] == ["begun"]
    assert "Traceback" not in done.stderr


def test_process_1_and_the_processes_that_it_forks_have_one_run(run_script):
    run_script(FORKING.replace("AFTERWARDS", "False"), before=allowed(FIRST_PROCESS))
    assert contained().status == "Completed"
    items = [record.message.partition(" of")[0] for record in contained().records(logger="worker")]
    assert sorted(items) == ["item 0", "item 1", "item 2", "item 3"]


def test_process_1_of_a_container_that_is_killed_is_told_from_outside(own_folder):
    Path("train.py").write_text(FORKING.replace("AFTERWARDS", "True"))
    with started_command(own_folder, [*allowed(FIRST_PROCESS), sys.executable, "train.py"]) as process:
        assert process.stdout.readline() == "on\n"
        assert contained().status == "Running"
        process.send_signal(signal.SIGKILL)  # and the kernel ends all of the container with it
        process.wait()
        until(lambda: contained().status == "Crashed")
