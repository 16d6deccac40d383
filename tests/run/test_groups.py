"""Groups of runs."""

from __future__ import annotations

import pytest

import runlog
from runlog import Experiment
from runlog.errors import WrongTypeError, WrongValueError


def test_a_run_tells_the_group_it_was_started_in(workspace):
    with Experiment(workspace, "x").start_logging(group="sweep 1") as run:
        assert run.group == "sweep 1"
    assert workspace.get_run(run.id).group == "sweep 1"


def test_a_run_without_a_group_has_none(workspace):
    with Experiment(workspace, "x").start_logging() as run:
        assert run.group is None


def test_runs_are_chosen_by_their_group_across_experiments(workspace):
    one, two = Experiment(workspace, "one"), Experiment(workspace, "two")
    runs = [
        one.start_logging(group="a"),
        one.start_logging(group="b"),
        two.start_logging(group="a"),
        one.start_logging(),
    ]
    for run in runs:
        run.complete()
    assert list(workspace.runs(group="a")) == [runs[2], runs[0]]
    assert list(workspace.runs(group="a", experiment="one")) == [runs[0]]
    assert list(one.get_runs(group="b")) == [runs[1]]
    assert len(workspace.runs()) == 4


def test_the_environment_names_the_group_of_runs_that_name_none(workspace, monkeypatch):
    monkeypatch.setenv("RUNLOG_GROUP", "nightly")
    with runlog.start("x") as run:
        assert run.group == "nightly"
    with runlog.start("x", group="other") as run:
        assert run.group == "other"


def test_the_name_of_a_group_has_one_spelling(workspace):
    with runlog.start("x", group=" sweep ") as run:
        assert run.group == "sweep"
    assert len(workspace.runs(group="sweep ")) == 1


def test_a_resumed_run_stays_in_its_group_unless_it_is_given_another(workspace):
    runlog.start("x", run_id="it", group="a").complete()
    runlog.start("x", run_id="it", resume="must").complete()
    assert workspace.get_run("it").group == "a"
    runlog.start("x", run_id="it", resume="must", group="b").complete()
    assert workspace.get_run("it").group == "b"


@pytest.mark.parametrize(("group", "error"), [(3, WrongTypeError), ("  ", WrongValueError)])
def test_what_names_no_group_raises(workspace, group, error):
    with pytest.raises(error):
        Experiment(workspace, "x").start_logging(group=group)
