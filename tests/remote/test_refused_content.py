"""Content that a server refuses stays on its machine, and keeps nothing else of the run there."""

from __future__ import annotations

import pytest

from runlog import Workspace
from support.faulty_proxy import Faulty
from support.machines import Machine

PROGRAM = """
import logging, sys
import runlog
open("model.bin", "wb").write(b"weights")
with runlog.start("study", run_id="refused", tags={"team": "vision"}, log_level="INFO", outputs=False) as run:
    run.upload_file("model.bin", "model.bin")
    run.log_text("text", "long " * 10_000)
    run.log_params({"lr": 1})
    run.log("loss", 0.5)
    logging.getLogger("study").info("trained")
"""
OF_CONTENT = ("400", "403", "404", "413", "422", "451")


@pytest.fixture
def faulty(server, tmp_path, monkeypatch):
    started = Faulty(server.url, tmp_path)
    monkeypatch.setenv("RUNLOG_URI", started.url)
    yield started
    started.end()


def check_all_but_contents(server, run_id="refused"):
    run = Workspace(server.folder).get_run(run_id)
    assert (run.status, run.tags, run.params) == ("Completed", {"team": "vision"}, {"lr": 1})
    assert run.series("loss").values == [0.5]
    assert [one.message for one in run.records(logger="study")] == ["trained"]


@pytest.mark.parametrize("status", OF_CONTENT)
def test_all_else_of_a_run_is_sent_and_the_content_by_a_sync_that_the_server_lets_through(
    faulty, server, own_folder, status
):
    machine = Machine(own_folder / "machine")
    faulty.behave(f"content {status}")
    done = machine.run(PROGRAM)
    check_all_but_contents(server)
    assert "the server refuses file 'model.bin'" in done.stderr
    assert f"answers {status}" in done.stderr
    assert "it has everything" not in machine.call("doctor").stdout
    faulty.behave("well")
    done = machine.call("sync")
    assert done.returncode == 0, done.stderr
    assert (server.folder / "runs" / "refused" / "files" / "model.bin").read_bytes() == b"weights"
    (text,) = Workspace(server.folder).get_run("refused").get_metrics()["text"]
    assert text.read() == "long " * 10_000
    assert "it has everything" in machine.call("doctor").stdout


def test_what_is_refused_while_everything_is_refused_is_sent_once_that_is_over(faulty, server, own_folder):
    code = PROGRAM.replace(
        "    run.log_params", '    print("half", flush=True)\n    sys.stdin.readline()\n    run.log_params'
    )
    machine = Machine(own_folder / "machine")
    faulty.behave("403")
    with machine.started(code) as process:
        assert process.stdout.readline() == "half\n"
        while "answers 403" not in process.stderr.readline():
            pass
        faulty.behave("well")
        print(file=process.stdin, flush=True)
        process.communicate(timeout=60)
    machine.call("sync")
    check_all_but_contents(server)
    assert (server.folder / "runs" / "refused" / "files" / "model.bin").read_bytes() == b"weights"


@pytest.mark.parametrize("name", ["epoch\t1.txt", "a\nb.txt", "a\r.txt", "\x01", "del\x7f.txt", "a\\b\n/c"], ids=ascii)
def test_files_of_names_with_control_characters_are_on_the_server(server, own_folder, name):
    code = f"""
import runlog
with runlog.start("study", run_id="named", outputs=False) as run:
    run.upload_file({name!r}, __file__)
    run.log("loss", 1)
    print(run.download_file({name!r}, "copy").read_text() == open(__file__).read())
"""
    done = Machine(own_folder / "machine").run(code)
    assert done.stdout == "True\n"
    run = Workspace(server.folder).get_run("named")
    (kept,) = run.get_file_names()
    assert kept.isprintable()
    assert run.download_file(kept, own_folder / "fetched").read_text().startswith("\nimport runlog")
    assert (run.status, run.get_metrics()) == ("Completed", {"loss": [1]})


def test_a_name_that_an_earlier_version_kept_keeps_nothing_else_from_the_server(server, own_folder):
    code = """
import io, runlog
with runlog.start("study", run_id="old", outputs=False) as run:
    for name in ("line\\nfeed", "tab\\t"):
        run._recorder().write(run._backend.put_file(run.id, name, io.BytesIO(b"content"), 1))
    run.log("loss", 1)
"""
    machine = Machine(own_folder / "machine")
    machine.run(code)
    run = Workspace(server.folder).get_run("old")
    assert (run.status, run.get_metrics()) == ("Completed", {"loss": [1]})
    done = machine.call("sync")
    assert (done.returncode, "file 'tab\\t'" in done.stderr) == (1, True)
    told = machine.call("doctor").stdout
    assert "line" in told
    assert "2 contents of 1 run" in told


def test_content_that_can_not_be_read_here_keeps_nothing_else_from_the_server(server, own_folder):
    code = """
import os, pathlib, runlog
run = runlog.start("study", run_id="unreadable", outputs=False)
files = run._backend.outbox.place("runs", run.id) / "files"
files.mkdir(parents=True)
(files / "folder").mkdir()
from runlog.records import FileKept
run._recorder().write(FileKept(time=1, name="folder", size=1, sha256="0" * 64))
run.log("loss", 1)
run.complete()
"""
    machine = Machine(own_folder / "machine")
    done = machine.run(code)
    assert "can't be read on this machine" in done.stderr
    run = Workspace(server.folder).get_run("unreadable")
    assert (run.status, run.get_metrics()) == ("Completed", {"loss": [1]})


def test_the_words_of_a_crash_are_sent_as_far_as_they_are_read_with_their_time(server, own_folder):
    code = """
import os, runlog
run = runlog.start("study", run_id="crashed", outputs=False)
run.log("loss", 1)
place = run._backend.outbox.place("runs", run.id)
path = place / f"{run._recorder().open_writer().writer_id}-crash.txt"
path.write_text("Fatal Python error: Aborted\\n" + "  File x\\n" * 100_000)
os.utime(path, (1_600_000_000, 1_600_000_000))
os._exit(6)
"""
    machine = Machine(own_folder / "machine")
    machine.run(code, check=False)
    done = machine.call("sync")
    assert done.returncode == 0, done.stderr
    (crash,) = Workspace(server.folder).backend.journal("crashed").crashes()
    assert crash.text.startswith("Fatal Python error: Aborted")
    assert crash.time_ns == 1_600_000_000_000_000_000
