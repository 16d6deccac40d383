"""The `./outputs` folder of a run."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import sys
import time
import types

import pytest

import runlog
from runlog import Workspace
from runlog.lifecycle import outputs_shares
from support import deprived


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


# -- what is no file -------------------------------------------------------------------------------------------------


@pytest.fixture
def odd_entries(own_folder):
    """A folder `scratch` beside `outputs`, and a function that puts everything into `outputs` that can't be kept."""
    scratch = own_folder / "scratch"
    write(scratch / "w.pt", "weights")
    outputs = own_folder / "outputs"
    outputs.mkdir()

    def make():
        (outputs / "checkpoints").symlink_to(scratch)
        (outputs / "broken").symlink_to("/nowhere")
        (outputs / "around").symlink_to(outputs / "around")
        os.mkfifo(outputs / "fifo")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("outputs/socket")

    return make


def test_what_can_t_be_kept_is_told_and_counted(heard, odd_entries, own_folder):
    with runlog.start("odd") as run:
        odd_entries()
        write(own_folder / "outputs" / "file", "kept")
    assert run.get_file_names() == ["outputs/file"]
    assert run.dropped == 5
    (told,) = [message for message in heard.messages if "is not kept whole" in message]
    for name in ("checkpoints", "broken", "around", "fifo", "socket"):
        assert f"'{name}' (" in told
    assert "upload that folder" in told


def test_what_was_there_before_and_can_t_be_kept_is_told_only_where_it_may_have_changed(odd_entries, heard):
    """What stands behind a link to a folder may have."""
    odd_entries()
    runlog.start("odd").complete()
    (told,) = [message for message in heard.messages if "is not kept whole" in message]
    assert told.count("'") == 2
    assert "'checkpoints'" in told


def test_a_link_to_a_file_is_kept_as_that_file(own_folder):
    write(own_folder / "elsewhere.txt", "content")
    with runlog.start("link", outputs=True) as run:
        (own_folder / "outputs" / "link.txt").symlink_to(own_folder / "elsewhere.txt")
    assert run.download_file("outputs/link.txt", "copy.txt").read_text() == "content"


def test_a_link_to_a_folder_inside_costs_nothing(own_folder):
    with runlog.start("latest", outputs=True) as run:
        write(own_folder / "outputs" / "epoch-3" / "w.pt", "weights")
        (own_folder / "outputs" / "latest").symlink_to("epoch-3")
        (own_folder / "outputs" / "epoch-3" / "up").symlink_to("..")
    assert run.get_file_names() == ["outputs/epoch-3/w.pt"]
    assert run.dropped == 0


def test_a_folder_that_is_a_link_itself_is_kept(own_folder):
    (own_folder / "scratch").mkdir()
    (own_folder / "outputs").symlink_to(own_folder / "scratch")
    with runlog.start("linked") as run:
        write(own_folder / "scratch" / "w.pt", "weights")
    assert run.get_file_names() == ["outputs/w.pt"]


def test_files_and_folders_that_can_t_be_read_are_told_and_counted(run_script, own_folder):
    done = run_script(
        """
        import os, runlog
        with runlog.start("unreadable", outputs=True) as run:
            os.mkdir("outputs/closed")
            open("outputs/closed/file", "w").close()
            open("outputs/secret", "w").close()
            os.chmod("outputs/closed", 0)
            os.chmod("outputs/secret", 0)
            open("outputs/open", "w").close()
        print(run.get_file_names(), run.dropped)
        os.chmod("outputs/closed", 0o700)
        """,
        before=deprived.allowed(deprived.WITHOUT_OVERRIDE),
    )
    assert done.stdout == "['outputs/open'] 2\n"
    assert "secret" in done.stderr
    assert "closed" in done.stderr


def test_a_file_called_outputs_is_none_of_a_runs(own_folder, heard):
    with runlog.start("file") as run:
        write(own_folder / "outputs", "a file")
    assert (run.get_file_names(), run.dropped) == ([], 0)
    assert not [message for message in heard.messages if "not kept" in message]


def test_a_run_does_not_keep_its_own_workspace(own_folder):
    with runlog.start("around", outputs=".") as run:
        write(own_folder / "model.bin", "weights")
    assert run.get_file_names() == [f"{own_folder.name}/model.bin"]


# -- several runs in one folder --------------------------------------------------------------------------------------

WRITES = """
import os, sys, runlog
name, folder, *outputs = sys.argv[1:]
run = runlog.start("beside", display_name=name, outputs=outputs[0] if outputs else None)
print("open", flush=True)
sys.stdin.readline()
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "ckpt.pt"), "w") as file:
    file.write(name)
print("written", flush=True)
sys.stdin.readline()
run.complete()
print("closed", flush=True)
sys.stdin.readline()
"""


class Beside:
    """Runs of several processes: each goes on by a step when it is told."""

    def __init__(self, start_script):
        self._start = start_script
        self._processes = {}

    def open(self, name, *arguments):
        self._processes[name] = self._start(WRITES, name, *arguments)
        self._wait(name)

    def go_on(self, *names):
        for name in names:
            self._processes[name].stdin.write("\n")
            self._processes[name].stdin.flush()
            self._wait(name)

    def end(self):
        """End all, and give each run's files and whether it said that others may have written them."""
        for process in self._processes.values():
            process.stdin.close()
            process.wait()
        told = {}
        for run in Workspace.from_config().runs():
            warned = any("kept that folder, too" in record.message for record in run.records())
            told[run.display_name] = (run.get_file_names(), warned)
        return told

    def _wait(self, name):
        assert self._processes[name].stdout.readline().strip() in ("open", "written", "closed")


@pytest.fixture
def beside(start_script):
    return Beside(start_script)


def test_runs_that_are_open_in_one_folder_at_once_say_that_they_keep_the_same(beside):
    for name in ("a", "b"):
        beside.open(name, f"outputs/{name}")
    beside.go_on("a", "b")
    beside.go_on("a", "b")
    both = ["outputs/a/ckpt.pt", "outputs/b/ckpt.pt"]
    assert beside.end() == {"a": (both, True), "b": (both, True)}


def test_a_file_that_changed_when_no_other_run_was_open_is_the_run_s_own(beside):
    beside.open("first", "outputs/first")
    beside.go_on("first")
    time.sleep(outputs_shares.BLUR_NS / 1e9 + 0.1)
    beside.open("second", "outputs/second")
    beside.go_on("first")
    beside.go_on("second")
    beside.go_on("second")
    told = beside.end()
    assert told["first"] == (["outputs/first/ckpt.pt"], False)


def test_a_run_with_a_folder_of_its_own_has_what_is_in_it_alone(beside):
    """Also where it has ended before the one that keeps the folder around it."""
    beside.open("around", "outputs/common")
    beside.open("inner", "outputs/inner", "outputs/inner")
    beside.open("other", "outputs/other", "outputs/other")
    beside.go_on("around", "inner", "other")
    beside.go_on("inner", "around", "other")
    assert beside.end() == {
        "around": (["outputs/common/ckpt.pt"], False),
        "inner": (["inner/ckpt.pt"], False),
        "other": (["other/ckpt.pt"], False),
    }


def test_runs_one_after_the_other_say_nothing_and_leave_no_claim(own_folder, heard):
    for number in range(3):
        with runlog.start("alone", outputs=True) as run:
            write(own_folder / "outputs" / f"{number}.txt", "")
        assert run.get_file_names() == [f"outputs/{number}.txt"]
    assert not [message for message in heard.messages if "kept that folder" in message]
    assert list((own_folder / ".runlog" / "outputs").iterdir()) == []


def test_what_a_killed_run_left_is_not_held_to_be_its_own(beside, own_folder, start_script):
    with start_script(WRITES, "killed", "outputs/killed", "outputs/killed") as process:
        process.stdout.readline()
        process.kill()
        process.wait()
    with runlog.start("later") as run:
        write(own_folder / "outputs" / "killed" / "file", "")
    assert run.get_file_names() == ["outputs/killed/file"]
    assert list((own_folder / ".runlog" / "outputs").iterdir()) == []


def test_a_program_that_ctrl_c_ends_has_its_exit_code_whoever_is_open_beside_it(run_script, beside):
    """Python forgets that it was Ctrl-C where a module is loaded at the exit that evaluates code, as many do."""
    beside.open("other", "outputs/other")
    done = run_script(
        "import os, runlog\nrun = runlog.start('x', capture_system=False, outputs=True)\nopen('outputs/a', 'w').close()\n"
        "raise KeyboardInterrupt",
        check=False,
    )
    assert done.returncode == -signal.SIGINT


def test_a_folder_of_claims_that_can_t_be_used_stops_nothing(own_folder):
    Workspace.create("test", location=own_folder)
    (own_folder / ".runlog" / "outputs").write_text("a file")
    with runlog.start("stubborn", outputs=True) as run:
        write(own_folder / "outputs" / "a.txt", "")
    assert run.get_file_names() == ["outputs/a.txt"]


def test_damaged_claims_are_passed_by(own_folder):
    Workspace.create("test", location=own_folder)
    claims = own_folder / ".runlog" / "outputs"
    claims.mkdir()
    for name, content in {"a.json": "", "b.json": "[1]", "c.json": '["../../x",["/"],1,0]', "d.txt": "note"}.items():
        (claims / name).write_text(content)
    with runlog.start("unmoved", outputs=True) as run:
        write(own_folder / "outputs" / "a.txt", "")
    assert run.get_file_names() == ["outputs/a.txt"]


@pytest.fixture
def hydra_job(monkeypatch):
    """Hydra's public way to ask for a job's folder; the package itself is tried by its integration test."""

    def job(folder):
        module = types.ModuleType("hydra.core.hydra_config")
        settings = types.SimpleNamespace(runtime=types.SimpleNamespace(output_dir=str(folder)))
        module.HydraConfig = types.SimpleNamespace(initialized=lambda: True, get=lambda: settings)
        monkeypatch.setitem(sys.modules, "hydra.core.hydra_config", module)

    return job


def test_of_jobs_that_hydra_started_each_has_its_own_folder(own_folder, beside, hydra_job):
    hydra_job(own_folder / "outputs" / "2026-01-01" / "10-00-00")
    run = runlog.start("job")
    beside.open("other", "outputs/2026-01-01/10-00-01", "outputs/2026-01-01/10-00-01")
    beside.go_on("other", "other")
    write(own_folder / "outputs" / "2026-01-01" / "10-00-00" / "train.log", "")
    run.complete()
    assert run.get_file_names() == ["outputs/2026-01-01/10-00-00/train.log"]
    beside.end()
