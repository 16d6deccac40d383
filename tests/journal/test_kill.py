"""Processes that log from four threads are killed (-9) at random moments. `make kill KILLS=100` does it more often."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from support.kills import kill_once

KILLS = int(os.environ.get("RUNLOG_TEST_KILLS", "10"))


@pytest.mark.kill
@pytest.mark.parametrize("mode", ["mmap", "append"])
def test_every_call_that_returned_before_a_kill_is_read_back_once_and_whole(tmp_path: Path, mode: str):
    returned = 0
    for number in range(KILLS // 2):
        folder = tmp_path / f"kill-{number}"
        returned += kill_once(folder, mode, random.uniform(0, 0.8))
        shutil.rmtree(folder)
    assert returned > 0
