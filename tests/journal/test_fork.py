"""A forked child writes files of its own, and leaves its parent's alone."""

from __future__ import annotations

import os
import signal

import pytest

from runlog.journal.format import WriterFlag
from runlog.journal.liveness import Liveness
from runlog.journal.reader import RunJournal
from support.journal_files import read_folder, read_only
from support.writers import MODES, Logger

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

START = """
import sys
sys.path[:0] = [{tests!r}]
from pathlib import Path
from support.writers import Logger, MODES, STATE
"""


@pytest.fixture(params=sorted(MODES))
def mode(request):
    return request.param


@pytest.fixture
def script(run_script, repository):
    """Runs code that has `Logger` at hand."""
    return lambda code, *args: run_script(START.format(tests=str(repository / "tests")) + code, *args)


def by_pid(folder):
    """What each process wrote: one writer a process."""
    written = list(read_folder(folder).values())
    processes = {one.pid: one for one in written}
    assert len(processes) == len(written)
    return processes


FORK = """
import os
logger = Logger(Path("run"), mode=MODES[sys.argv[1]], on_begin=lambda writer: writer.event(STATE, b"run", 1))
log = logger.log
for number in range(1000):
    log("name", float(number))
    logger.append(b"parent %d" % number)
files = {path: path.read_bytes() for path in Path("run").iterdir()}
child = os.fork()
if child == 0:
    for number in range(500):
        log("name", float(number))
        log("of the child", number)
        logger.append(b"child %d" % number)
    if sys.argv[2] == "closes":
        logger.close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert {path: path.read_bytes() for path in files} == files, "the parent's files changed"
for number in range(1000, 2000):
    log("name", float(number))
logger.close()
print(os.getpid(), child)
"""


@pytest.mark.parametrize("end", ["closes", "does not close"])
def test_a_forked_child_writes_its_own_files_with_the_same_closures(script, tmp_path, mode, end):
    parent, child = map(int, script(FORK, mode, end).stdout.split())
    written = by_pid(tmp_path / "run")
    assert set(written) == {parent, child}
    assert written[parent].values("name") == list(range(2000))
    assert written[parent].payloads() == [b"run", *(b"parent %d" % number for number in range(1000))]
    assert written[child].values("name") == list(range(500))
    assert written[child].values("of the child") == list(range(500))
    assert written[child].payloads() == [b"run", *(b"child %d" % number for number in range(500))]
    assert (written[parent].flags, written[child].flags) == (0, WriterFlag.GUEST)
    assert {one.holes for one in written.values()} == {0}


WHILE_LOGGING = """
import os, threading
logger = Logger(Path("run"), mode=MODES[sys.argv[1]])
stop = threading.Event()
counts = [0] * 3

def work(thread):
    while not stop.is_set():
        logger.log(f"t{thread}", float(counts[thread]))
        logger.append(b"." * 3000)
        if counts[thread] % 50 == 0:
            logger.log(f"new {thread} {counts[thread]}", 1)
        counts[thread] += 1

threads = [threading.Thread(target=work, args=(thread,)) for thread in range(3)]
for thread in threads:
    thread.start()
children = []
for number in range(20):
    child = os.fork()
    if child == 0:
        for call in range(100):
            logger.log("child", float(call))
            logger.append(b"child")
        logger.close()
        os._exit(0)
    children.append(child)
assert {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children} == {0}
stop.set()
for thread in threads:
    thread.join()
logger.close()
print(os.getpid(), *counts)
"""


def test_forks_at_any_moment_of_other_threads_lose_nothing_in_parent_or_children(script, tmp_path, mode):
    parent, *counts = map(int, script(WHILE_LOGGING, mode).stdout.split())
    written = by_pid(tmp_path / "run")
    of_parent = written.pop(parent)
    assert [of_parent.values(f"t{thread}") for thread in range(3)] == [list(range(count)) for count in counts]
    assert len(of_parent.events) == sum(counts)
    assert len(written) == 20
    for child in written.values():
        assert (child.values("child"), len(child.events)) == (list(range(100)), 100)
        assert {point.name for point in child.points} == {"child"}


POOL = """
import multiprocessing
logger = Logger(Path("run"))

def work(number):
    logger.log("number", float(number))
    logger.append(b"%d" % number)

if __name__ == "__main__":
    logger.log("parent", 1.0)
    with multiprocessing.get_context(sys.argv[1]).Pool(3) as pool:
        pool.map(work, range(60))
        pool.close()
        pool.join()
    logger.close()
"""


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_workers_of_a_pool_each_write_files_of_their_own(script, tmp_path, method):
    script(POOL, method)
    written = by_pid(tmp_path / "run")
    of_workers = [one for one in written.values() if "parent" not in {point.name for point in one.points}]
    assert len(written) == len(of_workers) + 1
    assert sorted(value for one in of_workers for value in one.values("number")) == list(range(60))
    assert sorted(int(payload) for one in of_workers for payload in one.payloads()) == list(range(60))
    assert sum(len(one.values("parent")) for one in written.values()) == 1


PREEXEC = """
import os, subprocess
logger = Logger(Path("run"), mode=MODES[sys.argv[1]])
logger.log("parent", 1.0)
before = {path: path.read_bytes() for path in Path("run").iterdir()}
subprocess.run([sys.executable, "-c", ""], preexec_fn=lambda: logger.log("child", 2.0), check=True)
subprocess.run([sys.executable, "-c", ""], check=True)
assert {path: path.read_bytes() for path in before} == before
logger.log("parent", 3.0)
logger.close()
"""


def test_a_preexec_function_may_log(script, tmp_path, mode):
    script(PREEXEC, mode)
    written = read_folder(tmp_path / "run").values()
    assert sorted((one.values("parent"), one.values("child")) for one in written) == [([], [2.0]), ([1.0, 3.0], [])]
    liveness = {writer.liveness() for writer in RunJournal(tmp_path / "run").writers}
    assert liveness == {Liveness.CLOSED, Liveness.DEAD}


ORPHAN = """
import os
logger = Logger(Path("run"), mode=MODES[sys.argv[1]])
logger.log("parent", 1.0)
logger.append(b"parent")
ready, tell = os.pipe()
child = os.fork()
if child == 0:
    if sys.argv[2] == "logs":
        logger.log("child", 1.0)
    os.write(tell, b"x")
    os.read(0, 1)
    os._exit(0)
os.read(ready, 1)
print(os.getpid(), child, flush=True)
os.read(os.pipe()[0], 1)
"""


@pytest.mark.parametrize("what", ["logs", "stays silent"])
def test_a_killed_parent_is_dead_at_once_though_its_child_lives(start_script, repository, tmp_path, mode, what):
    process = start_script(START.format(tests=str(repository / "tests")) + ORPHAN, mode, what)
    parent, child = map(int, process.stdout.readline().split())
    writers = {writer.header.pid: writer for writer in RunJournal(tmp_path / "run").writers}
    assert {one.liveness() for one in writers.values()} == {Liveness.ALIVE}
    process.kill()
    process.wait()
    try:
        os.kill(child, 0)  # it lives
        writers = {writer.header.pid: writer for writer in RunJournal(tmp_path / "run").writers}
        assert writers[parent].liveness() is Liveness.DEAD
        if what == "logs":
            assert writers[child].liveness() is Liveness.ALIVE
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_closed_writer_stays_closed_in_a_child(tmp_path):
    logger = Logger(tmp_path)
    logger.log("name", 1.0)
    logger.close()
    child = os.fork()
    if child == 0:
        kept = logger.append(b"late")
        os._exit(1 if kept or logger.writer.lost != (0, 1) else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert read_only(tmp_path).values("name") == [1.0]


def test_losses_of_the_parent_are_not_the_childs(tmp_path):
    logger = Logger(tmp_path)
    logger.append(b"event")
    logger.writer.count_lost(points=3, events=2)
    child = os.fork()
    if child == 0:
        os._exit(0 if logger.writer.lost == (0, 0) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    logger.close()
    assert read_only(tmp_path).lost == (3, 2)
