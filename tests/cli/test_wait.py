"""`runlog wait`."""

from __future__ import annotations

import logging

import pytest


@pytest.mark.parametrize(
    ("end", "code", "status"),
    [
        (lambda run: run.complete(), 0, "Completed"),
        (lambda run: run.fail("no luck"), 3, "Failed"),
        (lambda run: run.cancel(), 5, "Canceled"),
    ],
)
def test_the_exit_code_tells_how_the_run_ended(call, start, end, code, status):
    run = start("one")
    end(run)
    done = call("wait", "one")
    assert done.code == code
    assert done.lines[0].startswith(f"{run.id} (one) {status} after ")


def test_a_crash_has_a_code_of_its_own(call, workspace, run_script):
    run_script("import os, runlog\nrunlog.start('x')\nos._exit(0)\n")
    assert call("wait", "latest").code == 4


def test_the_log_is_printed_where_asked_for(call, start):
    run = start("one")
    logging.getLogger("train").info("it works")
    run.complete()
    out = call("wait", "one", "--logs").out
    assert "train: it works" in out
    assert "Completed" in out


def test_a_run_that_there_is_not_is_a_fault(call, workspace):
    assert call("wait", "nothing").code == 1
