"""What a run is called, what stands for it elsewhere, and whose it is."""

from __future__ import annotations

import copy
import pickle
import re

import pytest

import runlog
from runlog import Experiment, Run, errors
from runlog.lifecycle.identity import new_display_name, new_run_id


def begin(workspace, **arguments):
    return Experiment(workspace, "identity").start_logging(**arguments)


def test_ids_are_short_lower_case_and_sort_by_time():
    ids = [new_run_id("train")]
    while len(ids) < 200:
        ids.append(new_run_id("train"))
    assert all(re.fullmatch(r"[a-z][0-9a-v]{19,25}", one) for one in ids)
    assert [one[:11] for one in ids] == sorted(one[:11] for one in ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("experiment", ["r", "R", "r0", "s"])
def test_an_id_never_begins_with_the_name_of_its_experiment(experiment):
    assert not new_run_id(experiment).startswith(experiment.lower())


def test_display_names_are_words():
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d{1,2}", new_display_name())


def test_a_display_name_and_a_description_are_kept(workspace):
    run = begin(workspace, display_name="ridge", description="what it was for")
    assert (run.display_name, run.name, run.description) == ("ridge", "ridge", "what it was for")
    assert run.number is None


def test_azures_first_argument_is_the_name_too(workspace):
    assert begin(workspace, name="ridge").display_name == "ridge"


def test_texts_that_are_too_long_are_cut_and_this_is_said_once(workspace, heard):
    for _ in range(2):
        run = begin(workspace, display_name="too long " * 40, description="described " * 600)
    assert (len(run.display_name), len(run.description)) == (256, 5000)
    for beginning in ("the display name 'too long", "the description 'described"):
        assert len([message for message in heard.messages if message.startswith(beginning)]) == 1


@pytest.mark.parametrize("wrong", [{"display_name": 5}, {"description": 5}, {"tags": ["a"]}, {"run_id": 5}])
def test_a_wrong_type_is_refused_before_anything_is_made(workspace, wrong):
    with pytest.raises(errors.WrongTypeError):
        begin(workspace, **wrong)
    assert len(workspace.runs()) == 0


def test_a_run_pickles_and_copies_to_the_same_run(workspace):
    with begin(workspace) as run:
        for other in (pickle.loads(pickle.dumps(run)), copy.copy(run), copy.deepcopy(run)):
            assert other is run
            other.log("loss", 0.5)
    after = pickle.loads(pickle.dumps(run))
    assert after == run
    assert hash(after) == hash(run)
    assert after.get_metrics() == {"loss": [0.5, 0.5, 0.5]}


def test_in_another_process_a_pickled_run_is_a_guest_of_the_same_run(workspace, own_folder, run_script):
    with begin(workspace) as run:
        (own_folder / "run.pickle").write_bytes(pickle.dumps(run))
        run_script("""
            import pickle
            run = pickle.load(open("run.pickle", "rb"))
            run.log("loss", 0.25)
            run.complete()
        """)
        assert run.status == "Running"
        run.log("loss", 0.5)
    assert run.get_metrics() == {"loss": [0.25, 0.5]}
    assert run.status == "Completed"


# -- whose it is -------------------------------------------------------------------------------------------------------


def test_a_guests_end_does_not_end_the_run_of_a_living_owner(workspace):
    run = begin(workspace)
    guest = Run(run.experiment, run.id)
    guest.log("from the guest", 1)
    guest.fail("the guest had enough")
    assert (run.status, Run(run.experiment, run.id).status) == ("Running", "Running")
    run.complete()
    assert Run(run.experiment, run.id).status == "Completed"


def test_a_guests_end_decides_where_no_owner_lives(workspace, run_script):
    run_script("import os, runlog; run = runlog.start('orphan', run_id='orphan'); run.log('loss', 1.0); os._exit(0)")
    assert workspace.get_run("orphan").status == "Crashed"
    guest = workspace.get_run("orphan")
    guest.log("loss", 0.5)
    guest.complete()
    assert workspace.get_run("orphan").status == "Completed"


def test_a_run_that_does_not_exist_is_refused(workspace):
    with pytest.raises(errors.RunNotFoundError, match="'nothing'"):
        Run(Experiment(workspace, "identity"), "nothing")


# -- resumed -----------------------------------------------------------------------------------------------------------


def test_an_id_that_exists_is_refused_unless_it_is_to_be_resumed(workspace):
    begin(workspace, run_id="again").complete()
    with pytest.raises(errors.RunExistsError, match='resume="allow"'):
        begin(workspace, run_id="again")


@pytest.mark.parametrize("resume", ["allow", "must"])
def test_a_resumed_run_is_a_new_attempt_of_the_same_run(workspace, resume):
    with begin(workspace, run_id="again", display_name="once", description="first") as run:
        run.log("loss", 1.0, step=0)
    with begin(workspace, run_id="again", resume=resume) as run:
        assert run.status == "Running"
        run.log("loss", 0.5, step=0)
    state = run.state()
    assert (state.attempts, state.name, state.description) == (2, "once", "first")
    assert run.get_metrics() == {"loss": [1.0, 0.5]}


def test_a_run_that_must_be_there_and_is_not_is_an_error(workspace):
    with pytest.raises(errors.RunNotFoundError, match='resume="allow"'):
        begin(workspace, run_id="never", resume="must")
    assert begin(workspace, run_id="never", resume="allow").state().attempts == 1


def test_a_run_whose_owner_lives_is_not_resumed(workspace, start_script):
    process = start_script("""
        import sys, runlog
        runlog.start("alive", run_id="alive")
        print("started", flush=True)
        sys.stdin.read()
    """)
    assert process.stdout.readline() == "started\n"
    with pytest.raises(errors.RunStateError, match="still lives"):
        begin(workspace, run_id="alive", resume="must")


def test_another_word_for_resume_is_refused(workspace):
    with pytest.raises(errors.WrongValueError, match="'never', 'allow', 'must'"):
        begin(workspace, resume="maybe")


# -- get_context -------------------------------------------------------------------------------------------------------


def test_get_context_is_the_open_run(workspace):
    with begin(workspace) as run:
        assert Run.get_context() is run


def test_outside_any_run_it_is_a_real_one_that_is_kept(workspace, run_script):
    run_script("""
        from runlog import Run
        run = Run.get_context()
        assert Run.get_context() is run
        run.log("loss", 0.5)
    """)
    (run,) = workspace.runs()
    assert (run.status, run.experiment.name, run.get_metrics()) == ("Completed", "default", {"loss": [0.5]})


def test_it_takes_the_experiment_and_run_that_the_environment_names(workspace, monkeypatch):
    monkeypatch.setenv("RUNLOG_EXPERIMENT", "named")
    monkeypatch.setenv("RUNLOG_RUN_ID", "named-1")
    run = Run.get_context(allow_offline=False)
    assert (run.id, run.experiment.name) == ("named-1", "named")


def test_without_a_run_it_can_be_told_to_start_none(workspace):
    with pytest.raises(errors.ConfigurationError, match="RUNLOG_RUN_ID"):
        Run.get_context(allow_offline=False)
    assert len(workspace.runs()) == 0


def test_a_snapshot_is_for_submitted_runs(workspace):
    with pytest.raises(errors.WrongValueError, match="snapshot"):
        begin(workspace, snapshot_directory=".")


def test_the_short_way_starts_the_same_kind_of_run(workspace):
    with runlog.start("short", display_name="one", tags={"team": "vision"}, description="text") as run:
        pass
    found = workspace.get_run("one")
    assert (found, found.tags, found.description) == (run, {"team": "vision"}, "text")


def test_a_run_and_an_experiment_say_what_they_are_made_of(workspace):
    with pytest.raises(errors.WrongTypeError, match=r"Run takes an Experiment .*, not the str 'x'"):
        Run("x", "y")
    with pytest.raises(errors.WrongTypeError, match="Experiment takes a Workspace and a name, not the str 'x'"):
        Experiment("x", "y")
    with pytest.raises(errors.WrongTypeError, match="an experiment name must be a str, not int"):
        Experiment(workspace, 5)
    with pytest.raises(errors.WrongTypeError, match="a run id must be a str, not int"):
        Run(Experiment(workspace, "y"), 5)
    with pytest.raises(errors.WrongValueError, match="can't be a run id"):
        Run(Experiment(workspace, "y"), "..")


def test_one_text_alone_is_a_run_of_the_workspace_that_is_found_here(workspace):
    first = runlog.start("short", display_name="one", outputs=False)
    first.complete()
    with runlog.start("short", display_name="two", outputs=False) as second:
        assert runlog.get_run(first.id) == runlog.get_run(first.id[-8:]) == runlog.get_run("one") == first
        assert runlog.get_run("latest") == workspace.get_run("latest") == second
        assert runlog.get_run("latest~2") == first
        assert runlog.get_run(first.experiment, first.id) == first


def test_one_text_alone_that_no_run_answers_to_is_told_so(workspace):
    with pytest.raises(errors.RunNotFoundError):
        runlog.get_run("nothing")
    with pytest.raises(errors.WrongTypeError, match="a run id must be a str, not Experiment"):
        runlog.get_run(Experiment(workspace, "y"))
