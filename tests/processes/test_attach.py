"""`runlog.attach`: a process that was not forked takes part in the run of the process that started it."""

from __future__ import annotations

import json
import logging
import os
import sys

import pytest

import runlog
from runlog import Workspace, errors


def test_without_a_parents_run_there_is_nothing_to_attach_to(own_folder):
    before = list(logging.getLogger().handlers)
    assert runlog.attach() is None
    assert logging.getLogger().handlers == before
    assert list(own_folder.iterdir()) == []


def test_the_process_of_a_run_is_attached_to_it_already(workspace):
    run = runlog.start("x")
    handlers = [*logging.getLogger().handlers]
    assert runlog.attach() is run
    assert runlog.attach(3) is run  # as torch calls a worker_init_fn
    assert runlog.attach(run) is run
    assert [*logging.getLogger().handlers] == handlers


def test_what_is_no_run_is_refused():
    with pytest.raises(errors.WrongTypeError, match="str: 'r123'"):
        runlog.attach("r123")


def test_the_environment_names_a_run_only_while_it_is_open(workspace):
    run = runlog.start("x")
    assert json.loads(os.environ["RUNLOG_PARENT"])["run_id"] == run.id
    inner = runlog.start("y")
    assert json.loads(os.environ["RUNLOG_PARENT"])["run_id"] == inner.id
    inner.complete()
    assert json.loads(os.environ["RUNLOG_PARENT"])["run_id"] == run.id
    run.complete()
    assert "RUNLOG_PARENT" not in os.environ


def test_an_environment_that_cannot_be_read_is_told_of_and_changes_nothing(monkeypatch, heard):
    monkeypatch.setenv("RUNLOG_PARENT", "{")
    assert runlog.attach() is None
    assert "RUNLOG_PARENT" in heard.messages[0]


def test_a_run_that_was_deleted_is_not_attached_to(workspace, run_script):
    run = runlog.start("x")
    invitation = os.environ["RUNLOG_PARENT"]
    run.complete()
    run.delete()
    assert run_script(ATTACHED, env={"RUNLOG_PARENT": invitation}).stdout == "None\n"


ATTACHED = "import runlog\nrun = runlog.attach()\nprint(run and run.id)\n"
OWN_RUN = "import runlog\nrun = runlog.start('mine')\nrun.log('a', 1)\nprint(run.id)\n"


def test_a_program_that_starts_its_own_run_does_not_join_the_parents(workspace, run_script):
    run = runlog.start("x")
    own = run_script(OWN_RUN, env={"RUNLOG_PARENT": os.environ["RUNLOG_PARENT"]}).stdout.strip()
    assert own != run.id
    assert Workspace.from_config().get_run(own).parent is None


def test_a_program_attaches_from_another_folder_and_to_the_parents_workspace(workspace, run_script, tmp_path_factory):
    run = runlog.start("x")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    code = f"import os\nos.chdir({str(elsewhere)!r})\n" + ATTACHED + "run.log('a', 1)\n"
    told = run_script(code, env={"RUNLOG_PARENT": os.environ["RUNLOG_PARENT"]}).stdout
    assert told.strip() == run.id
    assert run.get_metrics() == {"a": [1]}
    assert list(elsewhere.iterdir()) == []


LEVELS = """
import json, logging, sys
import runlog
{before}
run = runlog.attach()
{after}
assert runlog.attach() is run
logging.getLogger("loud").debug("debug of loud")
logging.getLogger("quiet").info("info of quiet")
logging.getLogger("quiet").warning("warning of quiet")
logging.getLogger("other").info("info of other")
logging.getLogger("other").debug("debug of other")
"""
CONFIGURE = "logging.basicConfig(stream=sys.stdout, level=logging.ERROR, format='%(message)s')"


@pytest.mark.parametrize(
    ("before", "after"), [("", ""), (CONFIGURE, ""), ("", CONFIGURE)], ids=["no", "before", "after"]
)
def test_records_reach_the_run_at_the_parents_levels_wherever_logging_is_configured(
    workspace, run_script, before, after
):
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger("loud").setLevel(logging.DEBUG)
    logging.getLogger("quiet").setLevel(logging.WARNING)
    run = runlog.start("x")
    code = LEVELS.format(before=before, after=after)
    told = run_script(code, env={"RUNLOG_PARENT": os.environ["RUNLOG_PARENT"]}).stdout
    kept = [record.message for record in run.records() if record.logger != "runlog"]
    assert kept == ["debug of loud", "warning of quiet", "info of other"]
    assert "info of other" not in told  # the child's own console shows what it would have shown


def test_levels_that_are_set_after_the_start_count_where_a_process_is_made_by_multiprocessing(run_script):
    run_script(
        """
        import logging, multiprocessing
        import runlog

        def work():
            runlog.attach()
            logging.getLogger("child").debug("hello")

        if __name__ == "__main__":
            with runlog.start("x"):
                logging.getLogger().setLevel(logging.DEBUG)
                process = multiprocessing.get_context("spawn").Process(target=work)
                process.start()
                process.join()
        """
    )
    (run,) = Workspace.from_config().runs()
    assert [record.message for record in run.records(logger="child")] == ["hello"]


STALE = """
import logging, multiprocessing, sys
import runlog

def work(_):
    run = runlog.current()
    return run and run.id

if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    found = []
    for name in ("first", None, "second"):
        run = runlog.start(name) if name else None
        with context.Pool(1, initializer=runlog.attach) as pool:
            found.append(pool.map(work, [0]) == [run and run.id])
        if run:
            run.complete()
    with runlog.start("outer") as outer, outer.child_run("inner") as inner:
        with context.Pool(1, initializer=runlog.attach) as pool:
            found.append(pool.map(work, [0]) == [inner.id])
    print(found)
"""


def test_a_fork_server_that_outlives_a_run_does_not_take_later_children_to_it(run_script):
    assert run_script(STALE).stdout == "[True, True, True, True]\n"


REUSED = """
import logging
import runlog
from joblib.externals.loky import get_reusable_executor

def work(run, number):
    runlog.attach(run)
    logging.getLogger("task").warning("task %d", number)
    return runlog.current().id

if __name__ == "__main__":
    for name in ("first", "second", "first"):
        with runlog.start(name) as run:
            executor = get_reusable_executor(max_workers=1)
            assert executor.submit(work, run, 1).result() == run.id
"""


def test_a_worker_that_outlives_its_run_goes_on_with_the_run_it_is_handed(run_script):
    run_script(REUSED)
    runs = list(Workspace.from_config().runs())
    assert [[record.message for record in run.records(logger="task")] for run in runs] == [["task 1"]] * 3
    assert {run.status for run in runs} == {"Completed"}


def test_records_of_children_say_which_process_they_come_from(run_script):
    told = run_script(
        """
        import logging, multiprocessing, os
        import runlog

        def work():
            runlog.attach()
            logging.getLogger("child").warning("hello")
            print(os.getpid(), flush=True)

        if __name__ == "__main__":
            with runlog.start("x"):
                process = multiprocessing.get_context("spawn").Process(target=work, name="loader")
                process.start()
                process.join()
        """
    ).stdout
    (run,) = Workspace.from_config().runs()
    (record,) = run.records(logger="child")
    assert (record.process, record.process_name) == (int(told), "loader")


EXCEPTION = """
import logging, multiprocessing
import runlog

def work():
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger("child").exception("failed")

if __name__ == "__main__":
    with runlog.start("x"):
        process = multiprocessing.get_context("fork").Process(target=work)
        process.start()
        process.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_source_lines_of_an_exception_at_a_forked_childs_end_are_kept(run_script):
    """Python runs no exit hooks in such a child before 3.13."""
    run_script(EXCEPTION)
    (run,) = Workspace.from_config().runs()
    (record,) = run.records(logger="child")
    assert "1 / 0" in record.exception.format()


def test_a_lost_invitation_never_keeps_a_child_from_starting(workspace, monkeypatch, heard):
    """What multiprocessing pickles for the child must not raise."""
    from runlog.lifecycle import invitation

    runlog.start("x")
    monkeypatch.setattr(sys.modules[invitation.__name__], "_own_levels", lambda: {"a": object()})
    assert invitation._AsPickled().__reduce__() == (str, ("",))
    assert "can't be invited" in heard.messages[-1]
