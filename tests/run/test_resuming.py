"""A run is begun again: which attempt it is, who may begin it, and what is read of several attempts."""

from __future__ import annotations

import logging
import os
import signal

import pytest

import runlog
from runlog import Experiment, Run, Workspace
from runlog.errors import RunExistsError, RunNotFoundError, RunStateError, WrongValueError

KILLED = """
    import os, signal, sys, runlog
    run = runlog.start("nightly", run_id="night", resume="allow", tags={"machine": sys.argv[1]})
    run.log_params({"batch": int(sys.argv[1]), "seed": 7})
    for step in range(int(sys.argv[2]), int(sys.argv[3])):
        run.log("loss", float(sys.argv[1]), step=step)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def night() -> Run:
    return Workspace.from_config().get_run("night")


def test_a_killed_run_is_taken_up_as_its_next_attempt(workspace, run_script):
    run_script(KILLED, "1", "0", "3", check=False)
    assert night().status == "Crashed"
    with runlog.start("nightly", run_id="night", resume="must") as run:
        assert run.attempt == 2
        assert night().status == "Running"
    assert [(one.number, one.status) for one in night().attempts] == [(1, "Crashed"), (2, "Completed")]


def test_an_attempt_tells_its_times_its_host_and_its_process(workspace, run_script):
    run_script(KILLED, "1", "0", "3", check=False)
    runlog.start("nightly", run_id="night", resume="must").fail("no luck")
    killed, failed = night().attempts
    assert killed.end is None
    assert killed.start < failed.start < failed.end
    assert failed.host == os.uname().nodename
    assert (failed.pid, failed.error.message) == (os.getpid(), "no luck")


def test_a_completed_run_is_taken_up_too(workspace):
    runlog.start("nightly", run_id="night").complete()
    with runlog.start("nightly", run_id="night", resume="allow") as run:
        run.log("loss", 1)
    assert [one.status for one in night().attempts] == ["Completed", "Completed"]
    assert night().status == "Completed"


def test_a_run_that_fails_after_a_completed_attempt_has_failed(workspace):
    runlog.start("nightly", run_id="night").complete()
    runlog.start("nightly", run_id="night", resume="allow").fail("later")
    assert (night().status, night().state().error.message) == ("Failed", "later")


def test_a_run_whose_process_lives_is_not_taken_up(workspace, start_script):
    process = start_script(
        "import runlog, signal\nrunlog.start('nightly', run_id='night')\nprint('up', flush=True)\nsignal.pause()"
    )
    assert process.stdout.readline() == "up\n"
    with pytest.raises(RunStateError, match="still lives"):
        runlog.start("nightly", run_id="night", resume="allow")
    process.send_signal(signal.SIGKILL)
    process.wait()
    with runlog.start("nightly", run_id="night", resume="allow") as run:
        assert run.attempt == 2


def test_a_run_that_this_process_has_open_is_not_taken_up(workspace):
    with runlog.start("nightly", run_id="night") as run, pytest.raises(RunStateError, match="still lives"):
        runlog.start("nightly", run_id="night", resume="must")
    assert run.attempts[-1].number == 1


@pytest.mark.parametrize(
    ("resume", "exists", "error"),
    [
        ("never", True, RunExistsError),
        ("must", False, RunNotFoundError),
        ("always", True, WrongValueError),
    ],
)
def test_what_resume_does_not_allow_raises(workspace, resume, exists, error):
    if exists:
        runlog.start("nightly", run_id="night").complete()
    with pytest.raises(error):
        runlog.start("nightly", run_id="night", resume=resume)


def test_of_many_processes_that_take_a_run_up_at_once_one_does(workspace, run_script, start_script):
    run_script(KILLED, "1", "0", "3", check=False)
    code = """
        import runlog, sys
        from runlog.errors import RunStateError
        print("ready", flush=True)
        sys.stdin.readline()
        try:
            run = runlog.start("nightly", run_id="night", resume="allow")
        except RunStateError:
            print("refused", flush=True)
        else:
            print("attempt", run.attempt, flush=True)
        sys.stdin.readline()
    """
    processes = [start_script(code) for _ in range(4)]
    assert [one.stdout.readline() for one in processes] == ["ready\n"] * 4
    for one in processes:
        one.stdin.write("go\n")
        one.stdin.flush()
    assert sorted(one.stdout.readline() for one in processes) == ["attempt 2\n"] + ["refused\n"] * 3
    for one in processes:
        one.stdin.close()
        one.wait()
    assert [one.status for one in night().attempts] == ["Crashed", "Completed"]


def test_only_one_process_holds_the_right_to_take_a_run_up(workspace):
    run = runlog.start("nightly", run_id="night")
    run.complete()
    with workspace.backend.taking_up("night") as first, workspace.backend.taking_up("night") as second:
        assert (first, second) == (True, False)
        with pytest.raises(RunStateError, match="at this moment"):
            runlog.start("nightly", run_id="night", resume="allow")
    runlog.start("nightly", run_id="night", resume="allow").complete()


def test_tags_params_name_and_description_are_the_newest(workspace, run_script):
    run_script(KILLED, "1", "0", "3", check=False)
    first_name = night().display_name
    with runlog.start("nightly", run_id="night", resume="must", tags={"machine": "2", "queue": "long"}) as run:
        run.log_params({"batch": 2})
    assert night().tags == {"machine": "2", "queue": "long"}
    assert night().params == {"batch": 2, "seed": 7}
    assert night().display_name == first_name
    runlog.start("nightly", run_id="night", resume="must", display_name="renamed", description="third").complete()
    assert (night().display_name, night().description) == ("renamed", "third")


def test_records_and_values_tell_their_attempt(workspace, run_script, heard):
    run_script(KILLED, "1", "0", "3", check=False)
    with runlog.start("nightly", run_id="night", resume="must") as run:
        logging.getLogger("train").warning("again")
        run.log("loss", 2.0, step=9)
    (record,) = night().records(grep="again")
    assert record.attempt == 2
    loss = night().series("loss")
    assert (loss.attempts, loss[-1].attempt) == ([1, 1, 1, 2], 2)
    assert night().to_pandas()["attempt"].tolist() == [1, 1, 1, 2]


def test_a_step_that_a_newer_attempt_logged_again_replaces_the_older(workspace, run_script):
    run_script(KILLED, "1", "0", "5", check=False)
    run_script(KILLED, "2", "3", "7", check=False)
    loss = night().series("loss")
    assert loss.steps == [0, 1, 2, 3, 4, 5, 6]
    assert loss.values == [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0]
    everything = night().series("loss", attempts="all")
    assert everything.steps == [0, 1, 2, 3, 4, 3, 4, 5, 6]
    assert night().get_metrics()["loss"] == everything.values


def test_values_without_a_step_and_steps_repeated_in_one_attempt_all_stay(workspace):
    for value in (1, 2):
        with runlog.start("nightly", run_id="night", resume="allow") as run:
            run.log("free", value)
            run.log("twice", value, step=0)
            run.log("twice", value + 10, step=0)
    assert night().series("free").values == [1, 2]
    assert night().series("twice").values == [2, 12]


def test_attempts_that_are_neither_newest_nor_all_are_refused(workspace):
    with runlog.start() as run, pytest.raises(WrongValueError, match="newest"):
        run.series("loss", attempts="latest")


def test_a_guest_of_an_earlier_attempt_keeps_logging_to_the_run(workspace, run_script, heard):
    """The process that was a guest takes the run up; what it holds of before stays usable, and is not late."""
    run_script(KILLED, "1", "0", "3", check=False)
    guest = night()
    guest.log("seen", 1)
    with runlog.start("nightly", run_id="night", resume="must") as run:
        guest.log("seen", 2)
        guest.tag("by", "guest")
        guest.log_row("row", a=1)
        run.log("seen", 3)
    assert night().series("seen").attempts == [1, 2, 2]
    assert night().tags["by"] == "guest"
    assert not [one for one in heard.messages if "after its end" in one]


def test_a_guest_that_lives_on_does_not_keep_a_run_from_being_taken_up(workspace, run_script, start_script):
    run_script(KILLED, "1", "0", "3", check=False)
    process = start_script(
        """
        import runlog, sys
        guest = runlog.Workspace.from_config().get_run("night")
        guest.log("seen", 1)
        print("in", flush=True)
        sys.stdin.readline()
        guest.fail("the guest's own trouble")
        """
    )
    assert process.stdout.readline() == "in\n"
    with runlog.start("nightly", run_id="night", resume="must") as run:
        process.stdin.write("\n")
        process.stdin.flush()
        process.wait()
        assert night().status == "Running"
        run.log("loss", 2.0, step=3)
    assert [one.status for one in night().attempts] == ["Crashed", "Completed"]


def test_the_end_that_a_guest_gave_to_a_killed_attempt_stays_that_attempts(workspace, start_script):
    process = start_script(
        "import runlog, signal\nrunlog.start('nightly', run_id='night')\nprint('up', flush=True)\nsignal.pause()"
    )
    assert process.stdout.readline() == "up\n"
    guest = night()
    guest.log("seen", 1)
    process.kill()
    process.wait()
    guest.fail("given up")
    assert night().status == "Failed"
    runlog.start("nightly", run_id="night", resume="must").complete()
    assert [one.status for one in night().attempts] == ["Failed", "Completed"]


@pytest.mark.parametrize(
    ("arguments", "rank", "attempts"),
    [
        ("resume='allow'", "", 2),
        ("resume='must'", "0", 2),
        ("resume='allow'", "1", 2),
        ("", "", 1),
    ],
)
def test_whoever_comes_first_takes_up_the_run_that_the_environment_names_where_that_is_asked_for(
    workspace, run_script, arguments, rank, attempts
):
    run_script(KILLED, "1", "0", "3", check=False)
    environment = {"RUNLOG_RUN_ID": "night", "RANK": rank}
    run_script(f"import runlog\nrunlog.start('nightly', {arguments}).complete()", env=environment)
    assert len(night().attempts) == attempts


def test_a_run_of_one_attempt_has_one(workspace):
    with Experiment(workspace, "x").start_logging() as run:
        assert run.attempt == 1
    assert [(one.number, one.status) for one in run.attempts] == [(1, "Completed")]
