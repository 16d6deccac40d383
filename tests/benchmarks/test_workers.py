"""Child processes that are measured in turn."""

import os
import sys
from pathlib import Path

import pytest

from benchmarks.workers.pool import Recipe, WorkerError, turn, workers

EMPTY = Recipe("empty", "benchmarks.latency", sys.executable)


def state_of(worker):
    return Path(f"/proc/{worker._process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_child_is_stopped_outside_its_turn(tmp_path):
    with workers([EMPTY], tmp_path) as (started, _):
        worker = started["empty"]
        os.waitid(os.P_PID, worker._process.pid, os.WSTOPPED | os.WNOWAIT)
        assert state_of(worker) == "T"
        with turn(worker):
            assert len(worker.each("one", 100)) == 100


def test_children_end_with_the_session(tmp_path):
    with workers([EMPTY], tmp_path) as (started, _):
        process = started["empty"]._process
    assert process.returncode == 0


def test_a_child_that_cannot_start_is_named_with_its_last_words(tmp_path):
    with workers([Recipe("absent", "benchmarks.peers.absent", sys.executable)], tmp_path) as (started, failed):
        assert started == {}
    assert failed == {"absent": "absent: ModuleNotFoundError: No module named 'benchmarks.peers.absent'"}


def test_a_child_that_dies_in_its_turn_is_an_error(tmp_path):
    with workers([EMPTY], tmp_path) as (started, _), turn(started["empty"]) as worker, pytest.raises(WorkerError):
        worker.ask("no such request")
