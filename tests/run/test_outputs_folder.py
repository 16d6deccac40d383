"""The `./outputs` folder of a run."""

from __future__ import annotations

import errno
import logging
import os

import pytest

import runlog
from runlog import Workspace


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_files_that_are_new_or_changed_since_the_start_are_kept_by_content(own_folder):
    outputs = own_folder / "outputs"
    write(outputs / "old.txt", "old")
    write(outputs / "changed.txt", "before")
    with runlog.start("outputs") as run:
        write(outputs / "changed.txt", "after, and longer")
        write(outputs / "deep" / "new.txt", "new")
    assert run.get_file_names() == ["outputs/changed.txt", "outputs/deep/new.txt"]
    write(outputs / "deep" / "new.txt", "overwritten later")
    assert run.download_file("outputs/deep/new.txt", "copy.txt").read_text() == "new"


def test_the_folder_is_not_made_for_a_run_that_does_not_use_it(own_folder):
    runlog.start("none").complete()
    assert not (own_folder / "outputs").exists()


def test_asked_for_it_is_made(own_folder):
    runlog.start("asked", outputs=True).complete()
    assert (own_folder / "outputs").is_dir()


def test_another_folder_may_be_named_and_none_at_all(own_folder):
    write(own_folder / "outputs" / "left.txt", "")
    with runlog.start("named", outputs="results") as run:
        write(own_folder / "results" / "a.txt", "a")
    assert run.get_file_names() == ["results/a.txt"]
    with runlog.start("none", outputs=False) as run:
        write(own_folder / "outputs" / "b.txt", "b")
    assert run.get_file_names() == []


@pytest.mark.parametrize("end", ["", "raise SystemExit(3)", "1 / 0"])
def test_they_are_kept_at_the_exit_of_the_process_too(run_script, own_folder, end):
    run_script(
        f"""
        import os, runlog
        runlog.start("exit", outputs=True)
        open("outputs/model.bin", "w").write("weights")
        {end}
        """,
        check=False,
    )
    (run,) = Workspace.from_config().runs()
    assert run.get_file_names() == ["outputs/model.bin"]


def test_of_a_file_that_cannot_be_kept_its_own_reason_is_told_and_nothing_else(own_folder, heard):
    run = runlog.start("alike", capture_system=False)
    write(own_folder / "outputs" / "a%FF", "1")
    (own_folder / "outputs" / os.fsdecode(b"a\xff")).write_text("2")
    run.complete()
    warnings = [record.getMessage() for record in heard.records if record.levelno >= logging.WARNING]
    (told,) = [message for message in warnings if run.id in message]
    assert "is that of" in told
    assert run.dropped == 1
    assert len(run.state().writers) == 1


def test_a_file_that_the_disk_refuses_is_told_of_with_the_remedy_and_opens_no_late_writer(
    own_folder, heard, monkeypatch
):
    run = runlog.start("full", capture_system=False)
    write(own_folder / "outputs" / "model.bin", "weights")

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(run._backend, "put_file", refuse)
    run.complete()
    assert [message for message in heard.messages if "Free some space" in message]
    assert not [message for message in heard.messages if "after its end" in message]
    assert len(run.state().writers) == 1
