"""Many processes and threads at once, and forks in the middle of it. `make stress` does at length what the suite does in small."""

from __future__ import annotations

import collections
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runlog import Workspace
from support.scripts import clean_environment

pytestmark = [
    pytest.mark.stress,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
]
PROGRAM = Path(__file__).resolve().parents[1] / "support" / "stress_program.py"
PROCESSES, THREADS = 8, 8
RECORDS = int(os.environ.get("RUNLOG_TEST_STRESS_RECORDS", "50"))
FORKS = int(os.environ.get("RUNLOG_TEST_STRESS_FORKS", "10"))


def age(path):
    """Sorts archives and the file itself from oldest to newest."""
    number = re.fullmatch(r"app\.jsonl\.(\d+)", path.name)
    return -int(number[1]) if number else 1


def numbers_in_files():
    """The numbers of each thread's records, in the order of the files; a torn line is an error here."""
    numbers = collections.defaultdict(list)
    for path in sorted(Path("logs").glob("app.jsonl*"), key=age):
        with path.open(encoding="utf-8") as file:
            for line in file:
                record = json.loads(line)
                if record["logger"] == "runlog":  # what each process says of its run
                    continue
                numbers[record["who"]].append(record["number"])
    return numbers


def numbers_in_run(run):
    numbers = collections.defaultdict(list)
    for record in run.records(logger="stress"):
        numbers[record.logger.removeprefix("stress.")].append(record.args[0])
    return numbers


def test_processes_and_threads_that_share_a_run_and_a_file_lose_and_repeat_nothing_and_keep_order():
    environment = clean_environment({"RUNLOG_RUN_ID": "stress", "RUNLOG_QUIET": "1", "RUNLOG_CAPTURE_SYSTEM": "0"})
    processes = [
        subprocess.Popen(
            [sys.executable, str(PROGRAM), str(process), str(THREADS), str(RECORDS)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for process in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    began = time.monotonic()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in processes] == ["0\n"] * PROCESSES
    took = time.monotonic() - began
    (run,) = Workspace.from_config().runs()
    expected = {f"{one}-{thread}": list(range(RECORDS)) for one in range(PROCESSES) for thread in range(THREADS)}
    assert numbers_in_files() == expected
    assert numbers_in_run(run) == expected
    assert (run.status, run.dropped) == ("Completed", 0)
    files = len(list(Path("logs").glob("app.jsonl.*")))
    print(f"\n{PROCESSES * THREADS * RECORDS} records, twice, in {took:.1f} s; the file was rotated {files} times")


FORK = """
import logging, os, signal, sys, threading
import runlog
logging.basicConfig(level=logging.DEBUG, handlers=[runlog.RotatingFileHandler("logs/app.jsonl", maxBytes=1_000_000)])
run = runlog.start("forks")
stop = threading.Event()

def work(name):
    number = 0
    while not stop.is_set():
        logging.getLogger(name).debug("record %d", number)
        run.log(name, number)
        with runlog.use(run):            # takes a lock that a child must not inherit as held
            run.log(f"{name}/{number % 50}", 1)
        number += 1

threads = [threading.Thread(target=work, args=(f"thread {number}",), daemon=True) for number in range(3)]
for thread in threads:
    thread.start()
for round in range(int(sys.argv[1])):
    child = os.fork()
    if child == 0:
        signal.alarm(60)                 # kills a child that hangs
        for number in range(20):
            logging.getLogger("child").debug("record %d", round * 20 + number)
            run.log("child", round * 20 + number)
        with runlog.use(run), runlog.start("own") as own:
            own.log("own", round)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, f"round {round}: {status}"
stop.set()
for thread in threads:
    thread.join()
run.complete()
"""


def test_children_that_are_forked_while_other_threads_log_do_not_hang_and_keep_all(run_script):
    run_script(FORK, str(FORKS), timeout=60 + 10 * FORKS)
    runs = list(Workspace.from_config().runs())
    (run,) = (run for run in runs if run.experiment_name == "forks")
    assert sorted(record.args[0] for record in run.records(logger="child")) == list(range(20 * FORKS))
    assert sorted(run.get_metrics("child")["child"]) == list(range(20 * FORKS))
    for thread in ("thread 0", "thread 1", "thread 2"):
        of_thread = [record.args[0] for record in run.records(logger=thread)]
        assert of_thread == list(range(len(of_thread)))
    assert [one.status for one in runs if one is not run] == ["Completed"] * FORKS
    print(f"\n{FORKS} forks beside {len(run.get_metrics())} metrics of 3 threads, without a deadlock")
