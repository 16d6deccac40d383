"""Whatever mix of `log*` calls is made, what is read back is what a plain model says: in order, types kept.

The model is in support/run_model.py, the calls are drawn in support/run_calls.py.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from runlog import Experiment, Workspace
from support import logging_processes
from support.logging_processes import COMPLETE, KILL, LoggingProcesses
from support.run_calls import MIXES
from support.run_model import RunModel, perform, read_back

NUMBERS = itertools.count()
SOME = settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink an example of processes takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
def processes(start_script):
    return LoggingProcesses(start_script(Path(logging_processes.__file__)))


def modelled(calls):
    model = RunModel()
    return model.apply(calls), model.expected()


@SOME
@given(MIXES)
def test_the_process_that_logged_reads_what_it_logged(workspace, calls):
    taken, expected = modelled(calls)
    with Experiment(workspace, "model").start_logging(capture_system=False, capture_logging=False) as run:
        assert perform(run, calls) == taken
        assert read_back(run) == expected
    assert read_back(run) == expected


@SOME
@given(MIXES)
def test_another_process_reads_what_was_logged_while_the_run_lives_and_when_it_has_ended(processes, own_folder, calls):
    taken, expected = modelled(calls)
    run_id = f"run-{next(NUMBERS)}"
    with processes.logged(own_folder, run_id, calls, COMPLETE) as its_taken:
        assert its_taken == taken
        live = Workspace(own_folder).get_run(run_id)
        assert (live.status, read_back(live)) == ("Running", expected)
    ended = Workspace(own_folder).get_run(run_id)
    assert (ended.status, read_back(ended)) == ("Completed", expected)


@SOME
@given(MIXES)
def test_after_a_kill_everything_whose_call_had_returned_is_read(processes, own_folder, calls):
    taken, expected = modelled(calls)
    run_id = f"run-{next(NUMBERS)}"
    with processes.logged(own_folder, run_id, calls, KILL) as its_taken:
        assert its_taken == taken
    crashed = Workspace(own_folder).get_run(run_id)
    assert (crashed.status, read_back(crashed)) == ("Crashed", expected)
