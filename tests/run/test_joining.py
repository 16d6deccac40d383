"""Processes of a job find the run that they share."""

from __future__ import annotations

import re

import pytest

import runlog
from runlog import errors
from runlog.lifecycle import joining

TORCHRUN = {"WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "10.0.0.1"}
SLURM = {"SLURM_JOB_ID": "71", "SLURM_STEP_ID": "0", "SLURM_PROCID": "3", "SLURM_NTASKS": "4"}


@pytest.fixture
def environment(monkeypatch):
    def set_all(*sets, **more):
        for variables in (*sets, more):
            for name, value in variables.items():
                monkeypatch.setenv(name, value)

    return set_all


def test_outside_a_job_there_is_none():
    assert joining.shared_run_id() is None
    assert joining.rank() is None


def test_runlog_run_id_goes_before_everything(environment):
    environment(SLURM, TORCHRUN, RUNLOG_RUN_ID="mine-7")
    assert joining.shared_run_id() == "mine-7"


def test_what_is_no_id_is_refused_with_the_variables_name(environment):
    environment(RUNLOG_RUN_ID="../up")
    with pytest.raises(errors.ConfigurationError, match="RUNLOG_RUN_ID"):
        joining.shared_run_id()


def test_a_slurm_step_of_several_tasks_has_its_jobs_and_steps_id(environment):
    environment(SLURM, SLURM_CLUSTER_NAME="Big_One")
    assert joining.shared_run_id() == "slurm-big-one-71-0"
    assert joining.rank() == 3


def test_a_slurm_job_of_one_task_is_no_job_of_several(environment):
    environment(SLURM, SLURM_NTASKS="1")
    assert joining.shared_run_id() is None


def test_torchruns_id_counts_where_it_is_a_real_one(environment):
    environment(TORCHRUN, TORCHELASTIC_RUN_ID="Train/5")
    assert joining.shared_run_id() == "torchrun-train-5"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0", "PMIX_NAMESPACE": "prte-n1-77@1"},
            "job-prte-n1-77-1",
        ),
        ({"PMI_SIZE": "2", "PMI_RANK": "0", "PBS_JOBID": "12.head"}, "job-12-head"),
    ],
)
def test_a_launch_by_mpi_has_the_id_of_the_launch_or_of_its_job(environment, variables, expected):
    environment(variables)
    assert joining.shared_run_id() == expected


@pytest.mark.parametrize(
    "on_one_node", [{"LOCAL_WORLD_SIZE": "2"}, {"MASTER_ADDR": "127.0.0.1", "LOCAL_WORLD_SIZE": "1"}]
)
def test_on_one_node_it_is_the_parent_that_the_workers_have_in_common(environment, on_one_node):
    environment(TORCHRUN, on_one_node, TORCHELASTIC_RUN_ID="none")
    first = joining.shared_run_id()
    assert re.fullmatch(r"node-[0-9a-f]{20}", first)
    assert joining.shared_run_id() == first


def test_on_several_nodes_nothing_in_common_is_an_error_that_names_the_variable(environment):
    environment(TORCHRUN, LOCAL_WORLD_SIZE="1")
    with pytest.raises(errors.ConfigurationError, match=r"process 1 of 2.*RUNLOG_RUN_ID"):
        runlog.start("nodes")


def test_workers_of_one_launcher_join_one_run_and_those_of_another_do_not(run_script, own_folder):
    (own_folder / "worker.py").write_text(
        "import runlog\nrun = runlog.start('job')\nrun.log('loss', float(run.rank))\n"
    )
    launcher = """
        import os, subprocess, sys
        env = {**os.environ, "WORLD_SIZE": "3", "LOCAL_WORLD_SIZE": "3", "TORCHELASTIC_RUN_ID": "none"}
        workers = [
            subprocess.Popen([sys.executable, "worker.py"], env={**env, "RANK": str(rank)}) for rank in range(3)
        ]
        sys.exit(max(worker.wait() for worker in workers))
    """
    run_script(launcher)
    run_script(launcher)
    second, first = runlog.Workspace.from_config().runs()
    for run in (first, second):
        assert sorted(run.get_metrics()["loss"]) == [0.0, 1.0, 2.0]
        assert sorted(run.series("loss").ranks) == [0, 1, 2]


def test_the_second_run_of_each_process_is_the_same_run_again(environment, workspace):
    environment(RUNLOG_RUN_ID="job")
    first = runlog.start("twice")
    second = runlog.start("twice")
    assert (first.id, second.id) == ("job", "job-2")
