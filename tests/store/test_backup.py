"""A copy of a workspace, made while it is written to."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from runlog import Experiment, Workspace
from runlog.cli.program import run_program
from runlog.errors import WrongValueError
from runlog.store import backup
from runlog.store.backup import back_up
from support.scripts import started_script

WRITER = """
import itertools, logging, sys, time
from runlog import Experiment, Workspace

workspace = Workspace.from_config()
run = Experiment(workspace, "study").start_logging(outputs=False, log_level="DEBUG")
log = logging.getLogger("load")
for number in itertools.count():
    run.log("number", number)
    log.info("number %d", number)
    if number % 50 == 0:
        with open("weights.bin", "wb") as file:
            file.write(b"%d" % number * 1000)
        run.upload_file("weights.bin", "weights.bin")
        run.log_text("text", f"{number} " * 20_000)
        print(number, flush=True)
        time.sleep(0.05)  # a file that is replaced all the time is none of one moment with the journal
"""


def everything(workspace: Workspace) -> dict[str, object]:
    """What a reader finds of each run."""
    found = {}
    for run in workspace.runs():
        state = run.state()
        records = [(record.time_ns, record.message, record.levelno, record.writer) for record in run.records()]
        found[run.id] = (state.status, state.params, state.tags, state.files, run.get_metrics(), records)
    return found


def test_the_copy_of_a_workspace_at_rest_reads_the_same(workspace, own_folder):
    logging.getLogger().setLevel(logging.DEBUG)
    for number in range(3):
        with Experiment(workspace, "study").start_logging(outputs=False, tags={"number": str(number)}) as run:
            run.log_params({"alpha": number / 10})
            run.log_list("list", [1, 2, number])
            run.log_text("text", "long " * 10_000)
            (own_folder / "notes.txt").write_text(f"of {number}")
            run.upload_file("notes.txt", "notes.txt")
            logging.getLogger("study").debug("number %d", number)
            run.register_model("ridge", "notes.txt")
    copied = back_up(Path(workspace.location), own_folder / "copy")
    restored = Workspace(own_folder / "copy")
    assert copied.runs == 3
    assert everything(restored) == everything(workspace)
    assert restored.name == workspace.name
    assert [model.version for model in restored.models.values()] == [3]
    assert (restored.models["ridge"].download(own_folder / "fetched")).read_text() == "of 2"


def test_a_copy_under_load_has_all_that_was_logged_before_and_a_beginning_of_the_rest(workspace, own_folder):
    with started_script(own_folder, WRITER) as process:
        for _ in range(4):
            reached = int(process.stdout.readline())
        back_up(Path(workspace.location), own_folder / "copy")
        (run,) = Workspace(own_folder / "copy").runs()
        assert run.status == "Running"
        process.kill()
        process.wait()
    (original,) = workspace.runs()
    numbers = run.get_metrics()["number"]
    messages = [record.message for record in run.records(logger="load")]
    assert numbers == list(range(len(numbers)))
    assert messages == [f"number {number}" for number in range(len(messages))]
    assert min(len(numbers), len(messages)) > reached
    assert numbers == original.get_metrics()["number"][: len(numbers)]
    for text in run.get_metrics()["text"]:
        assert text.read().split()[0].isdigit()
    kept = run.state().files["weights.bin"]
    content = (own_folder / "copy" / "runs" / run.id / "files" / "weights.bin").read_bytes()
    assert hashlib.sha256(content).hexdigest() == kept.sha256


def test_a_run_that_was_killed_is_crashed_in_the_copy_too(workspace, own_folder):
    with started_script(own_folder, WRITER) as process:
        process.stdout.readline()
        process.kill()
        process.wait()
    back_up(Path(workspace.location), own_folder / "copy")
    (run,) = Workspace(own_folder / "copy").runs()
    assert run.status == "Crashed"


def test_what_is_sealed_while_it_is_copied_is_in_the_copy(workspace, own_folder, monkeypatch):
    run = Experiment(workspace, "study").start_logging(outputs=False)
    run.log("loss", 0.5)
    copy = backup._copy_sparse

    def end_first(source: Path, target: Path) -> None:
        run.complete()
        copy(source, target)

    monkeypatch.setattr(backup, "_copy_sparse", end_first)
    back_up(Path(workspace.location), own_folder / "copy")
    (copied,) = Workspace(own_folder / "copy").runs()
    assert (copied.status, copied.get_metrics()) == ("Completed", {"loss": [0.5]})


def test_a_database_beside_the_runs_is_copied_as_of_one_moment(workspace, own_folder):
    with closing(sqlite3.connect(Path(workspace.location) / "server.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE tokens (name TEXT)")
        database.execute("INSERT INTO tokens VALUES ('ci')")
        database.commit()
        back_up(Path(workspace.location), own_folder / "copy")
    with closing(sqlite3.connect(own_folder / "copy" / "server.sqlite")) as copied:
        assert copied.execute("SELECT name FROM tokens").fetchall() == [("ci",)]


@pytest.mark.parametrize("target", ["full", ".runlog/copy", ".runlog"])
def test_a_target_that_holds_something_or_lies_in_the_workspace_is_refused(workspace, own_folder, target):
    (own_folder / "full").mkdir()
    (own_folder / "full" / "thesis.tex").write_text("mine")
    with pytest.raises(WrongValueError, match="give a folder"):
        back_up(Path(workspace.location), own_folder / target)
    assert (own_folder / "full" / "thesis.tex").read_text() == "mine"


def test_a_copy_that_fails_leaves_nothing(workspace, own_folder, monkeypatch):
    with Experiment(workspace, "study").start_logging(outputs=False) as run:
        run.log("loss", 0.5)
    before = set(own_folder.iterdir())

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_copy_sparse", full)
    with pytest.raises(OSError, match="No space"):
        back_up(Path(workspace.location), own_folder / "copy")
    assert set(own_folder.iterdir()) == before


def test_the_command_says_what_it_copied(workspace, own_folder, capsys):
    run_program(["backup", str(own_folder / "copy")])
    assert capsys.readouterr().out.startswith("copied 0 runs, ")
