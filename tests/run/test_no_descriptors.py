"""A program that has used up all its descriptors: its records are kept all the same."""

from __future__ import annotations

import json

import pytest

import runlog

EXHAUSTED = """
import base64, json, logging, os, resource, sys
import runlog
mode, moment = sys.argv[1:]
os.environ["RUNLOG_JOURNAL"] = mode
logging.basicConfig(level="INFO", handlers=[runlog.RotatingFileHandler("app.log"), runlog.RunLogHandler()])
log = logging.getLogger("train")
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
open("file.txt", "w").write("content")
with open("pixel.png", "wb") as file:
    file.write(base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="))
source = open("stream.txt", "w+b")

def start():
    return runlog.start("exhausted", run_id="exhausted", outputs=True, capture_system=moment == "system")

if moment != "start":
    run = start()
taken = []
try:
    while True:
        taken.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
if moment == "start":
    run = start()
count = 200_000
for number in range(count):
    run.log("loss", float(number))
    if number % 20 == 0:
        log.info("record %d %s", number, "." * 200)
run.log("text", "a text")
run.log_metrics({"a": 1.0, "b": 2.0})
run.log_row("row", x=1)
run.log_table("table", {"column": list(range(200_000))})
run.log_image("image", path="pixel.png")
run.log_text("long", "x" * 200_000)
run.log_params({"lr": 0.1})
run.tag("key", "value")
run.note("a note")
run.upload_file("kept.txt", "file.txt")
run.upload_file("stream.txt", source)
run.upload_folder("outputs", ".")
run.display_name = "renamed"
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
run.complete()
for fd in taken:
    os.close(fd)
print(json.dumps([run.dropped, count]))
"""


@pytest.mark.parametrize("moment", ["start", "middle"])
@pytest.mark.parametrize("mode", ["mmap", "append"])
def test_everything_is_kept(run_script, own_folder, mode, moment):
    done = run_script(EXHAUSTED, mode, moment)
    dropped, count = json.loads(done.stdout)
    (run,) = runlog.Workspace.from_config().runs()
    assert (dropped, run.status) == (0, "Completed"), done.stderr
    metrics = run.get_metrics()
    assert metrics["loss"] == list(range(count))
    assert set(metrics) == {"loss", "text", "a", "b", "row", "table", "image", "long"}
    assert len(list(run.records(logger="train"))) == count // 20 + 1
    assert {"kept.txt", "stream.txt", "outputs/file.txt"} <= set(run.get_file_names())
    assert (run.display_name, run.get_tags()) == ("renamed", {"key": "value"})
    assert len((own_folder / "app.log").read_text().splitlines()) >= count // 20 + 1
    assert "Traceback" not in done.stderr.replace('"exc_info": "Traceback', "")


SERVICE = """
import json, os, resource
import runlog
runlog.start("first", outputs=False).complete()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
taken = []
try:
    while True:
        taken.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
dropped, runs = [], []
for _ in range(8):
    run = runlog.start("many", outputs=False)
    runs.append(run)
    for number in range(1000):
        run.log("loss", float(number))
    dropped.append(run.dropped)
for run in runs:
    run.complete()
later = runlog.start("later", outputs=False)
later.log("loss", 1.0)
later.complete()
for fd in taken:
    os.close(fd)
print(json.dumps([dropped, later.dropped]))
"""


def test_more_runs_than_the_reserve_has_descriptors_for_raise_nothing_and_are_counted(run_script):
    done = run_script(SERVICE)
    dropped, later = json.loads(done.stdout)
    assert dropped[0] == later == 0
    assert dropped[-1] >= 1000
    assert "ulimit -n" in done.stderr
    runs = {run.id: run for run in runlog.Workspace.from_config().runs()}
    assert sum(run.dropped == 0 for run in runs.values()) >= 4


def test_the_reserve_is_taken_up_again_once_there_are_descriptors(run_script):
    done = run_script("""
        import os, resource
        from runlog.journal import reserve
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        taken = []
        try:
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pass
        opened = [reserve.open_file("a", os.O_RDWR | os.O_CREAT) for _ in range(reserve.SIZE)]
        try:
            reserve.open_file("a", os.O_RDWR)
        except OSError as error:
            print(error.errno)
        reserve.fill()
        print(len(reserve._held))
        for fd in taken[:12]:
            os.close(fd)
        reserve.fill()
        print(len(reserve._held))
    """)
    assert done.stdout.split() == ["24", "0", "8"]


def test_a_reserve_that_the_program_has_closed_is_neither_closed_again_nor_held(run_script):
    done = run_script("""
        import os, resource
        from runlog.journal import reserve
        os.closerange(3, 256)
        own = [os.open("own", os.O_RDWR | os.O_CREAT) for _ in range(20)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (24, 64))
        taken = []
        try:
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pass
        try:
            reserve.open_file("a", os.O_RDWR | os.O_CREAT)
        except OSError as error:
            print(error.errno)
        print([os.fstat(fd).st_ino for fd in own] == [os.stat("own").st_ino] * 20)
        for fd in taken:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        reserve.fill()
        print(len(reserve._held), not set(reserve._held) & set(own))
    """)
    assert done.stdout.splitlines()[1:] == ["True", "8 True"]
