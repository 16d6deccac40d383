"""One id, several starts of a job: the processes of one start share a run and an attempt, those of another do not join it."""

from __future__ import annotations

import os

import pytest

import runlog
from runlog import Workspace, errors
from support.launching import WORKER, launched, of_all_ranks, worker_variables
from support.scripts import run_script as run_in
from support.scripts import started_script

SLURM_BATCH = {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"}
SLURM_TASK = {**SLURM_BATCH, "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2", "SLURM_NTASKS": "2"}


def runs():
    return {run.id: run for run in Workspace.from_config().runs()}


def one_rank(folder, env, *, resume="never", code=0):
    """A single worker, whose launcher is the test's own process."""
    done = run_in(folder, WORKER, resume, str(code), env=env, check=False)
    run_id, attempt = done.stdout.split()
    return (run_id, int(attempt)), done.stderr


def test_the_next_start_with_the_same_id_logs_to_a_run_of_its_own_and_says_so_once(own_folder):
    first, said = launched(own_folder, of_all_ranks(3, SEED="1"))
    assert (first, said) == ([("torchrun-101", 1)] * 3, "")
    second, said = launched(own_folder, of_all_ranks(3, SEED="2"))
    assert second == [("torchrun-101-start2", 1)] * 3
    assert said.count("run torchrun-101 is Completed") == said.count('resume="allow"') == 1
    assert "logs to a new run, torchrun-101-start2" in said
    third, _ = launched(own_folder, of_all_ranks(3, SEED="3"))
    assert third == [("torchrun-101-start3", 1)] * 3
    assert {run_id: run.params["seed"] for run_id, run in runs().items()} == {
        "torchrun-101": "1",
        "torchrun-101-start2": "2",
        "torchrun-101-start3": "3",
    }
    assert all(sorted(run.get_metrics()["loss"]) == [0.0, 1.0, 2.0] for run in runs().values())


def test_a_start_finds_the_newest_of_many_runs_of_an_id(own_folder):
    for name in ("torchrun-101", *(f"torchrun-101-start{number}" for number in range(2, 12))):
        runlog.start("old", run_id=name, outputs=False, capture_system=False).complete()
    found, said = launched(own_folder, of_all_ranks(2))
    assert found == [("torchrun-101-start12", 1)] * 2
    assert "run torchrun-101-start11 is Completed" in said


def test_workers_that_were_restarted_do_not_join_the_run_that_failed(own_folder):
    (first, _), _ = one_rank(own_folder, worker_variables(0, 2), code=1)
    assert runs()[first].status == "Failed"
    again = {"TORCHELASTIC_RESTART_COUNT": "1"}
    (second, attempt), said = one_rank(own_folder, worker_variables(0, 2, **again))
    assert (second, attempt) == ("torchrun-101-start2", 1)
    assert "run torchrun-101 is Failed" in said
    assert one_rank(own_folder, worker_variables(1, 2, **again)) == (("torchrun-101-start2", 1), "")
    assert {run_id: run.status for run_id, run in runs().items()} == {first: "Failed", second: "Completed"}


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 0, 2, 1]])
def test_restarted_workers_share_the_next_attempt_where_they_resume_in_whatever_order_they_come(own_folder, order):
    launched(own_folder, of_all_ranks(4), resume="allow", codes=[1, 1, 1, 1])
    for rank in order:
        again = worker_variables(rank, 4, TORCHELASTIC_RESTART_COUNT="1")
        assert one_rank(own_folder, again, resume="allow") == (("torchrun-101", 2), "")
    (run,) = runs().values()
    assert [(one.number, one.status) for one in run.attempts] == [(1, "Failed"), (2, "Completed")]
    assert run.series("loss").attempts == [2, 2, 2, 2]
    assert sorted(run.series("loss").ranks) == [0, 1, 2, 3]


@pytest.mark.parametrize("resume", ["allow", "must"])
def test_all_ranks_of_a_start_that_come_at_once_open_one_attempt(own_folder, resume):
    launched(own_folder, of_all_ranks(6), codes=[1] * 6)
    found, said = launched(own_folder, of_all_ranks(6), resume=resume)
    assert (found, said) == ([("torchrun-101", 2)] * 6, "")
    (run,) = runs().values()
    assert [(one.number, one.status) for one in run.attempts] == [(1, "Failed"), (2, "Completed")]


def test_resuming_goes_on_with_the_newest_run_of_an_id(own_folder):
    launched(own_folder, of_all_ranks(2))
    launched(own_folder, of_all_ranks(2))
    assert launched(own_folder, of_all_ranks(2), resume="allow")[0] == [("torchrun-101-start2", 2)] * 2


def test_a_rank_that_comes_when_the_others_have_ended_still_joins_their_run(own_folder):
    for rank in (3, 0, 1):
        assert one_rank(own_folder, worker_variables(rank, 4)) == (("torchrun-101", 1), "")
    assert sorted(runs()["torchrun-101"].get_metrics()["loss"]) == [0.0, 1.0, 3.0]


@pytest.mark.parametrize("resume", ["never", "allow"])
def test_a_run_that_another_launcher_s_workers_still_write_is_left_to_them(own_folder, resume):
    live = """
        import runlog
        run = runlog.start("job", outputs=False, capture_system=False)
        print(run.id, flush=True)
        input()
    """
    with started_script(own_folder, live, env=worker_variables(0, 2)) as process:
        assert process.stdout.readline() == "torchrun-101\n"
        if resume == "never":
            found, said = launched(own_folder, of_all_ranks(2), resume=resume)
            assert found == [("torchrun-101-start2", 1)] * 2
            assert "run torchrun-101 is written by another start of the job" in said
        else:
            found, said = launched(own_folder, of_all_ranks(2), resume=resume)
            assert found == []
            assert said.count("RunStateError: run torchrun-101 can't be resumed: its process still lives") == 2


def test_a_start_of_another_size_is_another_start(own_folder):
    one_rank(own_folder, worker_variables(0, 2))
    assert one_rank(own_folder, worker_variables(1, 3))[0] == ("torchrun-101-start2", 1)


def test_workers_behind_a_script_of_their_own_are_of_one_start(own_folder):
    wrapper = own_folder / "wrapper.sh"
    wrapper.write_text('export MORE=1\nsh -c \'"$@"; exit $?\' inner "$@"\nexit $?\n')
    for run_id in ("101", "none"):
        found, said = launched(own_folder, of_all_ranks(3, TORCHELASTIC_RUN_ID=run_id), wrapper=["sh", str(wrapper)])
        assert (len(set(found)), len(found), said) == (1, 3, "")


def test_programs_of_a_batch_script_without_srun_are_no_ranks(own_folder):
    for step in ({}, {"SLURM_STEP_ID": "4294967291"}, {"SLURM_STEP_ID": "batch"}):
        one_rank(own_folder, {**SLURM_BATCH, **step})
    assert len(runs()) == 3
    assert [run.get_metrics()["loss"] for run in runs().values()] == [[-1.0]] * 3


def test_tasks_of_srun_join_and_the_requeued_job_does_not(own_folder):
    for rank in "10":
        assert one_rank(own_folder, {**SLURM_TASK, "SLURM_PROCID": rank})[0] == ("slurm-7-0", 1)
    found, said = one_rank(own_folder, {**SLURM_TASK, "SLURM_RESTART_COUNT": "1"})
    assert found == ("slurm-7-0-start2", 1)
    assert "run slurm-7-0 is Completed" in said
    again = {**SLURM_TASK, "SLURM_RESTART_COUNT": "2"}
    for rank in "01":
        found, _ = one_rank(own_folder, {**again, "SLURM_PROCID": rank}, resume="allow")
        assert found == ("slurm-7-0-start2", 2)


def test_a_variable_that_stayed_in_the_shell_does_not_merge_two_programs(own_folder):
    named = {"RUNLOG_RUN_ID": "left"}
    assert one_rank(own_folder, named) == (("left", 1), "")
    found, said = one_rank(own_folder, named)
    assert found == ("left-start2", 1)
    assert "run left is Completed" in said
    assert 'resume="allow"' in said
    assert one_rank(own_folder, named, resume="allow")[0] == ("left", 2)


def test_programs_that_are_given_one_id_join_while_the_run_goes_on(own_folder):
    with runlog.start("owner", run_id="mine", outputs=False, capture_system=False) as run:
        assert one_rank(own_folder, {"RUNLOG_RUN_ID": "mine"}) == (("mine", 1), "")
        for _ in range(2):  # ranks, and those that torchrun began anew
            assert launched(own_folder, of_all_ranks(2, RUNLOG_RUN_ID="mine"))[0] == [("mine", 1)] * 2
    assert sorted(run.get_metrics()["loss"]) == [-1.0, 0.0, 0.0, 1.0, 1.0]


def test_a_rank_s_second_program_is_no_late_part_of_the_first(own_folder):
    """`srun -n2 sh -c "python prepare.py; python train.py"`, where one rank is quicker than the other."""
    rank = [{**SLURM_TASK, "SLURM_PROCID": number} for number in "01"]
    prepared = [one_rank(own_folder, rank[0])[0], one_rank(own_folder, rank[0])[0]]
    prepared += [one_rank(own_folder, rank[1])[0], one_rank(own_folder, rank[1])[0]]
    assert [run_id for run_id, _ in prepared] == ["slurm-7-0", "slurm-7-0-start2"] * 2


def test_a_program_that_a_rank_starts_joins_the_rank_s_run(own_folder):
    code = """
        import os, subprocess, sys
        import runlog
        if len(sys.argv) > 1:
            runlog.start("job", outputs=False, capture_logging=False).log("child", 1.0)
        else:
            run = runlog.start("job", outputs=False, capture_logging=False)
            subprocess.run([sys.executable, __file__, "child"], check=True)
    """
    done = run_in(own_folder, code, env=worker_variables(2, 4))
    assert done.stderr == ""
    assert runs()["torchrun-101"].get_metrics() == {"child": [1.0]}


def test_a_run_that_another_rank_is_just_making_is_joined(own_folder, workspace):
    folder = workspace.backend.folder / "runs" / "torchrun-101"
    folder.mkdir(parents=True)
    assert one_rank(own_folder, worker_variables(0, 2))[0] == ("torchrun-101", 1)


def test_must_resume_needs_a_run(own_folder, monkeypatch):
    for name, value in worker_variables(1, 2).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(errors.RunNotFoundError, match="torchrun-101"):
        runlog.start("job", resume="must")
    assert not os.path.exists(".runlog/runs/torchrun-101")
