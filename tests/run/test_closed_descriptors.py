"""A program that closes every descriptor, as one does that becomes a daemon, and opens files that get their numbers."""

from __future__ import annotations

import json

import pytest

import runlog

DAEMON = """
import json, logging, os, sys, threading, time
import runlog
from runlog.journal import background
mode, moment = sys.argv[1:]
os.environ["RUNLOG_JOURNAL"] = mode
files = runlog.RotatingFileHandler("app.log", maxBytes=200_000, backupCount=50, format="text")
files.setFormatter(logging.Formatter("%(message)s"))
logging.basicConfig(level="INFO", handlers=[files, runlog.RunLogHandler()])
log = logging.getLogger("train")
run = runlog.start("daemon", run_id="daemon", outputs=False, capture={"faulthandler": True}, capture_system=moment == "early")
if moment == "late":
    run.log("loss", 0.0, step=0)
    log.info("record 0")
keep = [one for one in threading.enumerate() if one.name == "runlog-system"]
os.closerange(3, 4096)
own = [os.open(f"own-{number}", os.O_RDWR | os.O_CREAT) for number in range(40)]
for number, fd in enumerate(own):
    os.write(fd, b"mine %d" % number)
count = 30_000
for number in range(1, count):
    run.log("loss", float(number), step=number)
    if number % 10 == 0:
        log.info("record %d %s", number, "." * 300)
    if number % 7_000 == 0:
        run._recorder().writer.tick()
        run._recorder().writer.count_lost(points=1)
run.log_table("table", {"column": list(range(100_000))})
run.log_text("text", "x" * 200_000)
background.wait()
for one in keep:
    one.join()
print(json.dumps({"status": runlog.Workspace.from_config().get_run("daemon").state().owner_alive, "lost": run.dropped - 4}))
run.complete()
logging.shutdown()
contents = []
for number, fd in enumerate(own):
    os.fsync(fd)
    contents.append(os.pread(fd, 100, 0) == b"mine %d" % number and os.lseek(fd, 0, os.SEEK_CUR) == len(b"mine %d" % number))
print(json.dumps(contents))
"""


@pytest.mark.parametrize("moment", ["early", "late"])
@pytest.mark.parametrize("mode", ["mmap", "append"])
def test_nothing_is_written_to_files_that_got_the_numbers_and_nothing_is_lost(run_script, own_folder, mode, moment):
    done = run_script(DAEMON, mode, moment)
    told, contents = map(json.loads, done.stdout.splitlines()[-2:])
    assert told == {"status": True, "lost": 0}
    assert contents == [True] * 40
    for number in range(40):
        assert (own_folder / f"own-{number}").read_bytes() == b"mine %d" % number
    (run,) = runlog.Workspace.from_config().runs()
    assert run.status == "Completed"
    first = 0 if moment == "late" else 1
    assert run.series("loss").values == list(range(first, 30_000))
    messages = [record.message.split()[1] for record in run.records(logger="train")]
    assert messages == [str(number) for number in range(first * 10, 30_000, 10)]
    lines = [line for path in own_folder.glob("app.log*") for line in path.read_text().splitlines()]
    in_file = [int(line.split()[1]) for line in lines if line.startswith("record ")]
    assert sorted(in_file) == list(map(int, messages))
    assert len(run.get_metrics("table")["table"]["column"]) == 100_000
    assert "Traceback" not in done.stderr


SEEN_DEAD = """
import os, sys, time
import runlog
os.environ["RUNLOG_JOURNAL"] = sys.argv[1]
run = runlog.start("daemon", run_id="daemon", outputs=False, capture_system=False)
run.log("loss", 0.0)
os.closerange(3, 4096)
print("closed", flush=True)
sys.stdin.readline()
run.log("loss", 1.0)
run.complete()
"""


@pytest.mark.parametrize("mode", ["mmap", "append"])
def test_to_others_the_run_lives_on(start_script, mode):
    process = start_script(SEEN_DEAD, mode)
    assert process.stdout.readline() == "closed\n"
    run = runlog.Workspace.from_config().get_run("daemon")
    while run.status != "Running":  # the lock is taken again within a second
        pass
    process.communicate("\n")
    assert run.status == "Completed"
    assert run.get_metrics() == {"loss": [0.0, 1.0]}


GONE_DAEMON = """
import os, sys
import runlog
run = runlog.start("daemon", run_id="daemon", outputs=False)
run.log("loss", 0.0)
child = os.fork()
if child:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
os.setsid()
os.closerange(0, 4096)
for target in range(3):
    os.open(os.devnull, os.O_RDWR)
own = open("own", "wb", buffering=0)
own.write(b"mine")
for number in range(1, 5_000):
    run.log("loss", float(number))
os._exit(0)
"""


def test_a_daemon_that_was_forked_off_goes_on_in_files_of_its_own(run_script, own_folder):
    run_script(GONE_DAEMON)
    (run,) = runlog.Workspace.from_config().runs()
    assert sorted(run.series("loss").values) == list(range(5_000))
    assert (own_folder / "own").read_bytes() == b"mine"


NO_STREAMS = """
import json, os, sys
import runlog
kept = os.dup(1)
os.closerange(0, 3)
run = runlog.start("silent", outputs=False)
run.log("loss", 0.5)
run.log_text("text", "x" * 100_000)
taken = []
for number in range(3):
    try:
        taken.append(os.readlink(f"/proc/self/fd/{number}"))
    except OSError:
        pass
run.complete()
os.write(kept, json.dumps([taken, run.dropped]).encode())
"""


def test_the_numbers_of_standard_streams_that_are_closed_are_not_taken(run_script):
    """What C code writes to stderr would be written into the file."""
    assert json.loads(run_script(NO_STREAMS).stdout) == [[], 0]
