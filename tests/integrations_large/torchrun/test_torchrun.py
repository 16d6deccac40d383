"""Ranks that torchrun launches: one run for each start of a job, whatever id the job has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import runlog
from support.scripts import clean_environment

# The build for processors alone; the other one brings gigabytes.
PACKAGES = ["torch==2.13.0+cpu", "numpy", "--extra-index-url=https://download.pytorch.org/whl/cpu", "--retries=1"]
ELASTIC = ["--nnodes=1", "--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0", "--rdzv-id=101"]
pytestmark = pytest.mark.integration


@pytest.fixture
def torchrun(environment, own_folder):
    """Start two ranks of the training as torchrun is told; its exit code, and what was shown."""
    program = environment(PACKAGES).with_name("torchrun")

    def start(*options, arguments=()):
        command = [program, "--nproc-per-node=2", *options, Path(__file__).with_name("train.py"), *arguments]
        environment = clean_environment({"OMP_NUM_THREADS": "1"})
        done = subprocess.run(command, env=environment, cwd=own_folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    return start


def runs():
    """Oldest first."""
    return list(runlog.Workspace.from_config().runs())[::-1]


def holds_both_ranks(run):
    assert run.status == "Completed"
    loss = run.series("loss")
    assert sorted(zip(loss.ranks, loss.steps, loss.values, strict=True)) == [
        (rank, step, 1.0 + 2 * step) for rank in range(2) for step in range(3)
    ]
    records = [(record.rank, record.message) for record in run.records(logger="train")]
    assert sorted(records) == [(0, "rank 0 begins"), (1, "rank 1 begins")]


def test_two_starts_of_one_id_are_two_runs_with_both_ranks_each(torchrun):
    assert torchrun(*ELASTIC)[0] == 0
    code, shown = torchrun(*ELASTIC)
    assert code == 0
    assert [run.id for run in runs()] == ["torchrun-101", "torchrun-101-start2"]
    for run in runs():
        holds_both_ranks(run)
    assert "torchrun-101 is Completed, so this start does not join it" in shown


def test_a_start_without_an_id_is_one_run(torchrun):
    assert torchrun("--standalone")[0] == 0
    (run,) = runs()
    holds_both_ranks(run)


def test_workers_that_are_restarted_have_a_run_of_their_own(torchrun):
    code, shown = torchrun(*ELASTIC, "--max-restarts=1", arguments=["fail"])
    assert code == 0, shown
    failed, completed = runs()
    assert (failed.id, failed.status) == ("torchrun-101", "Failed")
    assert (completed.id, completed.status) == ("torchrun-101-start2", "Completed")
    assert sorted(completed.series("loss").values) == [0, 1, 1, 2, 2, 3]
