"""The threads that work for writers, and their end with the last of them."""

from __future__ import annotations

import gc
import os
import sys
import threading

import pytest

from runlog.journal import background
from support.journal_files import read_only
from support.waiting import until
from support.writers import Logger


@pytest.fixture(autouse=True)
def no_other_writers():
    """Tests that ran before may have left a writer open that lives as long as the process: it is set aside meanwhile."""
    others = set(background._writers)
    background._writers.clear()
    background.rest()
    until(lambda: workers() == [])
    yield
    background._writers.update(one for one in others if one() is not None)
    if background._writers:
        background._have_threads()


def workers():
    """Names of the threads that work for writers."""
    return sorted(thread.name for thread in threading.enumerate() if thread.name in ("runlog-growth", "runlog-sync"))


def test_they_work_as_long_as_a_writer_is_open_and_end_with_the_last(tmp_path):
    assert workers() == []
    first, second = Logger(tmp_path / "first"), Logger(tmp_path / "second")
    assert workers() == []
    first.append(b"event")
    second.append(b"event")
    first.close()
    assert workers() == ["runlog-growth", "runlog-sync"]
    second.close()
    assert workers() == []


def test_they_start_again_for_the_next_writer(tmp_path):
    for number in range(3):
        logger = Logger(tmp_path / str(number))
        for value in range(100_000):
            logger.log("name", float(value))
        assert workers() == ["runlog-growth", "runlog-sync"]
        logger.close()
        assert workers() == []


def test_they_end_by_themselves_where_a_writer_is_given_up_unclosed(tmp_path, monkeypatch):
    monkeypatch.setattr(background, "SYNC_INTERVAL", 0.01)
    logger = Logger(tmp_path)
    logger.append(b"event")
    del logger
    gc.collect()
    until(lambda: workers() == [])


def test_what_is_asked_when_they_have_ended_is_done_by_whoever_waits():
    done = []
    background.ask(lambda: done.append(threading.current_thread()))
    background.wait()
    assert done == [threading.main_thread()]


def test_writers_that_come_and_go_in_many_threads_leave_none_behind(tmp_path):
    faults = []

    def use(number):
        try:
            for turn in range(30):
                logger = Logger(tmp_path / f"{number}-{turn}")
                logger.append(b"event")
                background.wait()
                logger.close()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert workers() == []


def test_a_thread_that_ends_them_may_be_one_of_them(tmp_path):
    """A finalizer may close a writer wherever it runs."""
    logger = Logger(tmp_path)
    logger.append(b"event")
    background.ask(logger.close)
    until(lambda: workers() == [])
    assert [path.suffix for path in tmp_path.iterdir()] == [".pack"]


REFUSED = """
import sys, threading
sys.path[:0] = [{tests!r}]
from pathlib import Path
import logging
from support.writers import Logger, MODES
heard = []
class Heard(logging.Handler):
    def emit(self, record):
        heard.append(record.getMessage())
logging.getLogger().addHandler(Heard())
start = threading.Thread.start
def refuse(thread):
    raise RuntimeError("can't start new thread")
threading.Thread.start = refuse
logger = Logger(Path(sys.argv[1]), mode=MODES["mmap"])
for number in range(100_000):
    logger.log("name", float(number))
print([message for message in heard if "can't start new thread" in message].__len__())
threading.Thread.start = start
from runlog.journal import background
background._try_again_at = 0.0
for number in range(100_000):
    logger.log("name", float(number))
print(sorted(thread.name for thread in threading.enumerate()))
logger.close()
"""


def test_where_no_thread_can_be_started_everything_is_kept_and_it_is_tried_again(run_script, repository, tmp_path):
    done = run_script(REFUSED.format(tests=str(repository / "tests")), str(tmp_path / "run"))
    told, names = done.stdout.splitlines()
    assert told == "1"
    assert "runlog-growth" in names
    assert "runlog-sync" in names
    assert len(read_only(tmp_path / "run").points) == 200_000


# -- what a program sees of them -------------------------------------------------------------------------------------

FORKS = """
import os, sys, warnings
warnings.simplefilter("error", DeprecationWarning)  # from Python 3.12 on, a fork beside threads warns
import runlog
for number in range(5):
    with runlog.start("quick", outputs=False) as run:
        run.log("loss", 1.0)
        if number == 4:
            try:
                1 / 0
            except ZeroDivisionError:
                run.log_text("trace", "x")
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    print(len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="the system does not tell of threads")
def test_after_its_run_a_program_of_one_thread_has_one_again_and_may_fork_unwarned(run_script):
    assert run_script(FORKS).stdout.split() == ["1"] * 5


IN_ANOTHER = """
import sys
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
    other, run = interpreters.create("legacy"), interpreters.exec
else:
    import _xxsubinterpreters as interpreters
    other, run = interpreters.create(isolated=False), interpreters.run_string
code = '''
import sys
sys.path[:] = {path!r}
import runlog
with runlog.start("inner") as run:
    run.log("loss", 1.0)
'''.format(path=sys.path)
failed = run(other, code)
if failed is not None:
    sys.exit(str(failed))
interpreters.destroy(other)
print("destroyed")
"""


@pytest.mark.skipif(sys.version_info[:2] == (3, 12), reason="msgspec can't be imported a second time there")
def test_another_interpreter_with_a_run_can_be_destroyed(run_script):
    done = run_script(IN_ANOTHER)
    assert done.stdout == "destroyed\n"
    assert "Traceback" not in done.stderr
