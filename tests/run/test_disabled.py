"""`RUNLOG_MODE=disabled`: everything can be called, and nothing is written."""

from __future__ import annotations

import logging
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

import runlog
from runlog import Experiment, Run, Workspace
from runlog.errors import (
    ConfigurationError,
    MetricKindError,
    RunExistsError,
    RunFileNotFoundError,
    WrongTypeError,
    WrongValueError,
)

EVERYTHING = """
import logging, sys
import numpy as np
import matplotlib.pyplot as plt
import runlog
from runlog import Run

before = list(logging.root.handlers), logging.root.level, sys.excepthook, sys.exit
with runlog.start("off", tags={"a": "b"}, display_name="a name", outputs="out") as run:
    assert (list(logging.root.handlers), logging.root.level, sys.excepthook, sys.exit) == before
    assert Run.get_context() is run and len(run.id) > 10 and run.display_name == "a name" and run.status == "Running"
    run.log("loss", 0.5, step=1)
    run.log("loss", 0.25, step=2)
    assert run.step == 2
    run.log_metrics({"a": 1, "b": np.float32(2)}, step=3)
    run.log_list("list", [1, 2])
    run.log_row("row", x=1)
    run.log_table("table", {"x": [1, 2]})
    run.log_image("image", image=np.zeros((3, 4)), masks={"m": [[1]]})
    run.log_text("text", "long" * 10_000)
    run.log_figure("figure", plt.figure())
    run.log_histogram("histogram", [1, 2])
    run.log_audio("audio", [0.0], 8000)
    run.log_html("html", "<p>")
    run.log_params({"alpha": 0.5})
    run.tag("c", "d")
    open("out/file.txt", "w").write("x")
    kept = run.upload_file("file.txt", "out/file.txt")
    assert (kept.size, len(kept.sha256)) == (1, 64)
    with run.child_run("child") as child:
        child.log("x", 1)
    assert [one.id for one in run.get_children()] == [child.id]
    logging.getLogger("train").warning("seen on stderr")
    run.flush()
    assert (run.get_metrics(), list(run.records()), run.get_file_names(), run.dropped) == ({}, [], [], 0)
    assert (run.tags, run.params) == ({"a": "b", "c": "d"}, {"alpha": 0.5})
assert run.status == "Completed"
run.log("loss", 1.0)
logging.getLogger("train").warning("after the end")
"""


@pytest.fixture
def off(monkeypatch):
    monkeypatch.setenv("RUNLOG_MODE", "disabled")


def test_everything_can_be_called_and_nothing_is_written(run_script, own_folder):
    done = run_script(EVERYTHING, env={"RUNLOG_MODE": "disabled"})
    left = {path.name for path in own_folder.iterdir()} - {"script_0.py", "out"}
    assert left == set()
    assert "seen on stderr" in done.stderr


def test_the_same_program_keeps_its_run_with_the_switch_on(run_script, own_folder):
    """What the test above asserts of the disabled run does not hold then: the script is a real one."""
    done = run_script(EVERYTHING, env={"RUNLOG_MODE": "enabled"}, check=False)
    assert done.returncode == 1
    assert (own_folder / ".runlog").is_dir()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda run: run.log("known", object()), WrongTypeError),
        (lambda run: run.log("new", [1, 2]), WrongTypeError),
        (lambda run: run.log("known", 1.0, step=2.5), WrongValueError),
        (lambda run: run.log("known", 1.0, step="3"), WrongTypeError),
        (lambda run: run.log(3, 1.0), WrongTypeError),
        (lambda run: run.log(["known"], 1.0), WrongTypeError),
        (lambda run: run.log("", 1.0), WrongValueError),
        (lambda run: run.log_metrics({"known": "x", "b": object()}), WrongTypeError),
        (lambda run: run.log_metrics([1]), WrongTypeError),
        (lambda run: run.log_row("known", a=1), MetricKindError),
        (lambda run: run.log_image("image", image="x"), WrongTypeError),
        (lambda run: run.log_text("text", 3), WrongTypeError),
        (lambda run: run.log_figure("figure", 3), WrongTypeError),
        (lambda run: run.log_histogram("histogram", "x"), WrongTypeError),
        (lambda run: run.log_audio("audio", [0.0]), WrongValueError),
        (lambda run: run.log_html("html", 3), WrongTypeError),
        (lambda run: run.note(3), WrongTypeError),
        (lambda run: run.upload_file("x", "missing"), RunFileNotFoundError),
    ],
)
@pytest.mark.parametrize("mode", ["enabled", "disabled"])
def test_a_wrong_argument_raises_the_same_in_both_modes(monkeypatch, mode, call, error):
    monkeypatch.setenv("RUNLOG_MODE", mode)
    with runlog.start("strict") as run:
        run.log("known", 1.0)
        with pytest.raises(error):
            call(run)


def test_content_is_not_made(off):
    class Figure:
        def savefig(self, *arguments, **options):
            raise AssertionError("drawn")

    with runlog.start("off") as run:
        run.log_figure("figure", Figure())


def test_what_was_kept_before_is_still_read_and_not_changed(workspace, monkeypatch):
    with Experiment(workspace, "kept").start_logging(run_id="earlier", outputs=False) as run:
        run.log("loss", 0.5)
    before = sorted(Path(workspace.location).rglob("*"))
    monkeypatch.setenv("RUNLOG_MODE", "disabled")
    again = Workspace(workspace.location)
    assert again.get_run("earlier").get_metrics() == {"loss": [0.5]}
    guest = Run(Experiment(again, "kept"), "earlier")
    guest.log("loss", 0.25)
    guest.tag("seen")
    assert guest.get_metrics() == {"loss": [0.5]}
    with pytest.raises(RunExistsError):
        Experiment(again, "kept").start_logging(run_id="earlier")
    with Experiment(again, "kept").start_logging(run_id="earlier", resume="must") as resumed:
        resumed.log("loss", 0.125)
    assert sorted(Path(workspace.location).rglob("*")) == before
    assert workspace.get_run("earlier").get_metrics() == {"loss": [0.5]}


def test_a_handler_takes_records_and_keeps_none(off, own_folder):
    log = logging.getLogger("train")
    log.addHandler(runlog.RunLogHandler())
    log.warning("before any run")
    with runlog.start("off"):
        log.warning("in a run", extra={"metrics": {"loss": 1.0}})
        try:
            raise ValueError
        except ValueError:
            log.exception("with a traceback")
    assert list(own_folder.iterdir()) == []


def test_a_run_pickles_and_is_found_again(off):
    with runlog.start("off") as run:
        assert pickle.loads(pickle.dumps(run)) is run
        assert Run(run.experiment, run.id) == run
        assert Workspace.from_config().get_run(run.id) == run


def test_children_made_ahead_can_be_started(off):
    with runlog.start("off") as run:
        for child in run.create_children(count=2):
            child.start()
            child.complete()
            assert child.status == "Completed"


def test_an_unknown_mode_is_told_at_the_start_and_never_by_a_handler(monkeypatch, capsys):
    monkeypatch.setenv("RUNLOG_MODE", "off")
    with pytest.raises(ConfigurationError, match="RUNLOG_MODE='off' is none of 'enabled', 'disabled'"):
        runlog.start("x")
    logging.getLogger("train").addHandler(runlog.RunLogHandler())
    logging.getLogger("train").warning("kept all the same")
    assert "Traceback" not in capsys.readouterr().err


def test_commands_go_on_reading(workspace, monkeypatch, capsys):
    from runlog.cli.program import run_program

    with Experiment(workspace, "kept").start_logging(run_id="earlier", outputs=False) as run:
        run.log("loss", 0.5)
    monkeypatch.setenv("RUNLOG_MODE", "disabled")
    run_program(["metrics", "earlier"])
    assert "loss" in capsys.readouterr().out


def test_a_terminal_is_told_that_nothing_is_kept(off, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    runlog.start("off").complete()
    assert capsys.readouterr().err == "runlog: nothing of this run is kept, as RUNLOG_MODE is disabled\n"


def test_metrics_of_numpy_are_checked_without_being_kept(off):
    with runlog.start("off") as run:
        for value in (np.float64(1), np.int64(2), 10**400, "text", None):
            run.log("any", value)
        assert run.get_metrics() == {}
