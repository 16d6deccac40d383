"""Processes that log from four threads are killed (-9) at random moments. `make kill KILLS=100` does it more often."""

from __future__ import annotations

import os
import random
import shutil

import pytest

from support.kills import kill_run, kill_writer

KILLS = int(os.environ.get("RUNLOG_TEST_KILLS", "10"))
LONGEST = 0.8
"""Seconds that a process may log before it is killed: time enough for four segments."""

pytestmark = pytest.mark.kill


def kill_often(kill, folder, kills):
    """Kill so often, each time at another moment; returns how many calls had returned."""
    returned = 0
    for number in range(kills):
        moment = random.uniform(0, LONGEST) if number else LONGEST  # so late that some calls have returned
        returned += kill(folder / f"kill-{number}", moment)
        shutil.rmtree(folder / f"kill-{number}")
    return returned


@pytest.mark.parametrize("mode", ["mmap", "append"])
def test_every_call_that_returned_before_a_kill_is_read_back_once_and_whole(tmp_path, mode):
    assert kill_often(lambda folder, seconds: kill_writer(folder, mode, seconds), tmp_path, -(-KILLS // 4)) > 0


def test_every_call_of_a_run_and_of_logging_that_returned_before_a_kill_is_read_back_once_and_whole(tmp_path):
    assert kill_often(kill_run, tmp_path, -(-KILLS // 2)) > 0
