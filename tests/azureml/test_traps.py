"""Traps of Azure ML SDK v1 that no other test shows to be absent; docs/azureml-traps.md has them all."""

from __future__ import annotations

import ast
import logging
import threading

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from runlog import Experiment, Run, errors
from support import source


@pytest.fixture
def run(workspace):
    with Experiment(workspace, "traps").start_logging(capture_system=False) as run:
        yield run


def test_an_empty_list_and_an_empty_table_are_no_error(run):
    run.log_list("nothing", [])
    run.log_table("no rows", {})
    run.log_list("later", [])
    run.log_list("later", [1])
    assert run.get_metrics() == {"no rows": {}, "later": [1]}


def test_two_plots_of_one_name_in_one_second_are_two(run):
    for height in (1, 2):
        plt.plot([0, height])
        run.log_image("curve", plot=plt)
        plt.close()
    first, second = run.get_metrics()["curve"]
    assert first.sha256 != second.sha256
    assert first.read_bytes() != second.read_bytes()


def test_the_path_of_a_picture_names_no_file_of_the_run(run, own_folder):
    path = own_folder / "a.png"
    for level in (0, 255):
        Image.new("L", (2, 2), level).save(path)
        run.log_image("food", path=path)
    assert run.get_file_names() == []
    assert [one.name for one in run.get_metrics()["food"]] == ["food", "food"]
    assert len({one.sha256 for one in run.get_metrics()["food"]}) == 2


def test_none_of_azures_limits_on_amounts_holds(run):
    run.log_metrics({f"metric {number}": number for number in range(300)})
    run.log_row("wide", **{f"column {number}": number for number in range(100)})
    run.log_list("long", range(10_000))
    run.log_table("high", {"x": np.arange(10_000)})
    run.log("text", "x" * 5_000)
    run.log_params({f"parameter {number}": number for number in range(500)})
    run.set_tags({f"tag {number}": "x" * 1_001 for number in range(100)})
    metrics = run.get_metrics()
    assert (len(metrics), len(metrics["wide"]), len(metrics["long"]), len(metrics["high"]["x"])) == (
        304,
        100,
        10_000,
        10_000,
    )
    assert metrics["text"] == ["x" * 5_000]
    assert (len(run.params), len(run.tags), run.dropped) == (500, 100, 0)


def test_a_run_outside_any_job_has_the_same_members_and_refuses_the_same_values(own_folder):
    with Run.get_context() as run:
        run.log("loss", 0.5, step=3)
        run.tag(key="team", value="vision")
        run.flush(timeout_seconds=60)
        with pytest.raises(errors.WrongTypeError, match="log_list"):
            run.log("loss", [1, 2, 3])
        with run.child_run(name="fold") as child:
            child.log("loss", 0.25)
    assert type(run) is Run
    assert (run.experiment.name, run.parent, run.get_status(), run.get_tags()) == (
        "default",
        None,
        "Completed",
        {"team": "vision"},
    )
    assert (run.get_metrics(), child.parent) == ({"loss": [0.5]}, run)


def test_a_thread_of_the_users_that_lives_on_does_not_keep_a_run_from_its_end(workspace):
    go_on = threading.Event()
    thread = threading.Thread(target=go_on.wait)
    thread.start()
    try:
        with Experiment(workspace, "traps").start_logging() as run:
            run.log("loss", 1)
        assert run.status == "Completed"
    finally:
        go_on.set()
        thread.join()


def test_no_module_logs_on_the_root_logger():
    """`logging.warning(...)` on root installs a handler at WARNING, after which `basicConfig` does nothing."""
    calls = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log"}
    found = [
        f"{path.name}:{node.lineno}"
        for path in source.modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in calls
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "logging"
    ]
    assert found == []


EVERY_CALL = """
    import logging, sys

    connections = []
    sys.addaudithook(lambda event, args: connections.append((event, args)) if event.startswith("socket.conn") else None)
    import runlog

    logging.basicConfig(level=logging.DEBUG)
    with runlog.start("quiet") as run:
        run.log("loss", 0.5)
        run.log_row("row", a=1)
        run.log_text("text", "said")
        run.tag("team")
        with run.child_run() as child:
            child.log("loss", 1)
        run.flush()
    run.get_metrics()
    assert connections == [], connections
"""


def test_no_call_opens_a_connection_and_nothing_is_printed_on_stdout(run_script):
    assert run_script(EVERY_CALL).stdout == ""


def test_at_debug_a_run_tells_of_its_begin_and_end_and_of_no_call(run_script):
    """Azure ML logs [START] and [STOP] of each of its own steps, and its requests."""
    told = run_script(EVERY_CALL).stderr.splitlines()
    assert [line for line in told if not line.startswith(("DEBUG:runlog:", "INFO:runlog:"))] == []
    again = EVERY_CALL.replace('run.log("loss", 0.5)', 'for _ in range(100): run.log("loss", 0.5)')
    assert len(run_script(again).stderr.splitlines()) == len(told) < 15


def test_a_run_leaves_nothing_in_the_folder_but_its_workspace(run_script, own_folder):
    before = set(own_folder.iterdir())
    run_script(EVERY_CALL)
    left = {path.name for path in set(own_folder.iterdir()) - before if not path.name.startswith("script_")}
    assert left == {".runlog"}


def test_runs_leave_no_loggers_and_no_handlers_behind(workspace):
    def one_run():
        with Experiment(workspace, "traps").start_logging(capture_system=False) as run:
            run.log("loss", 1)
            run.log_list("list", [1])

    one_run()
    known, handlers, threads = (
        set(logging.root.manager.loggerDict),
        list(logging.root.handlers),
        threading.active_count(),
    )
    for _ in range(20):
        one_run()
    assert set(logging.root.manager.loggerDict) == known
    assert logging.root.handlers == handlers
    assert threading.active_count() <= threads


def test_levels_and_propagation_of_loggers_are_as_before_once_a_run_has_ended(workspace):
    def state():
        named = ["", "runlog", "azure", "urllib3", "train"]
        return [(name, one.level, one.propagate, one.disabled) for name in named for one in [logging.getLogger(name)]]

    before = state()
    with Experiment(workspace, "traps").start_logging(log_level="DEBUG", capture_system=False) as run:
        logging.getLogger("train").debug("kept")
    assert state() == before
    assert "kept" in [record.message for record in run.records()]


@pytest.mark.parametrize("value", ["0", "false", "False", "no", "off", ""])
def test_a_switch_that_is_set_to_no_is_off(monkeypatch, value):
    """Of Azure ML's switches any text means on, also "False"."""
    from runlog.lifecycle import notices
    from runlog.system import capture

    monkeypatch.setenv("RUNLOG_QUIET", value)
    assert not notices.is_quiet()
    monkeypatch.setenv("RUNLOG_CAPTURE_SYSTEM", value)
    assert capture.is_wanted(capture_system=True) is (value == "")
