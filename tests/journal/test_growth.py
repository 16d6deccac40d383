"""Segments grow ahead of the writer, are sealed behind it, and many writers fit side by side."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from runlog.journal import background, stream
from runlog.journal.files import parse_segment_name
from runlog.journal.format import Stream
from runlog.journal.reader import RunJournal
from support.journal_files import data_of_segments, read_only
from support.writers import MODES, STATE, Logger

MIB = 1 << 20


@pytest.fixture(params=sorted(MODES))
def mode(request):
    return MODES[request.param]


@pytest.fixture
def small_segments(monkeypatch):
    """Segments of 256 KiB, so that a test sees many."""
    monkeypatch.setattr(stream, "SEGMENT_SIZES", (MIB // 4,))


def segments(folder, kind, suffix):
    names = [parse_segment_name(path.name) for path in folder.iterdir() if path.suffix == suffix]
    return sorted(name.number for name in names if name is not None and name.stream is kind)


def test_full_segments_are_sealed_while_the_writer_goes_on(tmp_path, mode, small_segments):
    logger = Logger(tmp_path, mode=mode)
    for number in range(30_000):
        logger.log("name", float(number))
    logger.append(b"event")
    background.wait()
    sealed = segments(tmp_path, Stream.POINTS, ".seal")
    assert sealed == list(range(sealed[-1] + 1))
    assert len(sealed) >= 3
    assert read_only(tmp_path).values("name") == list(range(30_000))
    logger.close()
    assert not segments(tmp_path, Stream.POINTS, ".open")
    assert read_only(tmp_path).values("name") == list(range(30_000))


def test_every_segment_is_readable_alone(tmp_path, mode, small_segments):
    logger = Logger(tmp_path, mode=mode)
    names = [f"a name that takes more than one slot {number}" for number in range(100)]
    for number in range(200):
        for name in names:
            logger.log(name, float(number))
    logger.close()
    paths = sorted(tmp_path.glob("*-points-*"))
    assert len(paths) > 2
    for path in paths:
        path.rename(tmp_path / "kept")
        for other in tmp_path.glob("*-points-*"):
            other.rename(other.with_suffix(".away"))
        (tmp_path / "kept").rename(path)
        assert {point.name for point in read_only(tmp_path).points} <= set(names)
        for other in tmp_path.glob("*.away"):
            other.rename(other.with_suffix(".seal"))
    assert len(read_only(tmp_path).points) == 20_000


def test_more_names_than_a_segment_holds_make_larger_segments(tmp_path, mode, small_segments):
    logger = Logger(tmp_path, mode=mode)
    names = [f"name {number:05d} " + "x" * 100 for number in range(3_000)]
    for step in range(2):
        for name in names:
            logger.log(name, float(step))
    logger.close()
    written = read_only(tmp_path)
    assert [(point.name, point.value) for point in written.points] == [
        (name, step) for step in range(2) for name in names
    ]
    assert logger.writer.lost == (0, 0)


def test_an_event_longer_than_a_segment_goes_to_a_larger_one(tmp_path, mode):
    logger = Logger(tmp_path, mode=mode)
    payloads = [b"short", bytes(range(256)) * 4096, b"short", bytes(range(255, -1, -1)) * 4096]
    for payload in payloads:
        assert logger.append(payload)
    logger.close()
    assert read_only(tmp_path).payloads() == payloads


def test_at_a_steady_rate_no_caller_ever_waits_for_growth(tmp_path):
    logger = Logger(tmp_path, mode=MODES["mmap"])
    logger.log("name", 0.0)
    logger.append(b"event")
    first = logger.writer.counters.inline_growths
    for _ in range(300):
        for number in range(500):
            logger.log("name", float(number))
        background.wait()
    assert logger.writer.counters.inline_growths == first
    logger.close()


def test_what_was_written_is_never_different_later(tmp_path, mode, small_segments):
    """Not while the stream goes on, not when it is sealed, not when it is packed."""
    for calls in (20, 20_000):
        folder = tmp_path / str(calls)
        logger = Logger(folder, mode=mode)
        seen: dict[str, bytes] = {}
        for number in range(calls):
            logger.log("name", float(number))
            logger.append(b"%d" % number)
            if number % (calls // 20) == 0:
                check_unchanged(folder, seen)
        logger.close()
        check_unchanged(folder, seen)
        assert seen


def check_unchanged(folder: Path, seen: dict[str, bytes]) -> None:
    """The data that was there before is there still, byte for byte, whatever the file is called."""
    for (writer, kind, number), image in data_of_segments(folder).items():
        name = f"{writer} {kind} {number}"
        before = seen.get(name, b"")
        assert image.startswith(before), f"{name} changed"
        seen[name] = image


MANY = """
import resource, sys
sys.path[:0] = [{tests!r}]
from pathlib import Path
from support.writers import Logger, MODES
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
loggers = [Logger(Path(sys.argv[1]) / str(number), mode=MODES[sys.argv[2]]) for number in range(300)]
for number in range(3):
    for logger in loggers:
        logger.log("name", float(number))
        logger.append(b"%d" % number)
        logger.writer.event(2, b"state %d" % number, 1)
for logger in loggers:
    assert logger.writer.lost == (0, 0), (logger.writer.lost, logger.writer.problem)
    logger.log("name", 3.0)
if sys.argv[3] == "close":
    for logger in loggers:
        logger.close()
        assert logger.writer.problem is None
"""


@pytest.mark.parametrize("end", ["close", "exit"])
def test_three_hundred_writers_are_open_at_once_with_a_thousand_descriptors(
    run_script, repository, tmp_path, mode, end
):
    run_script(MANY.format(tests=str(repository / "tests")), str(tmp_path / "runs"), mode.name.lower(), end)
    for number in range(300):
        written = read_only(tmp_path / "runs" / str(number))
        assert written.values("name") == [0, 1, 2, 3]
        assert len(written.events) == 6


def test_a_tiny_closed_run_takes_ten_kilobytes_at_most(tmp_path):
    """So that 10,000 of them take no more than 100 MB."""
    runs = 200
    for number in range(runs):
        logger = Logger(tmp_path / "runs" / f"run-{number}", on_begin=lambda one: one.event(STATE, b"." * 900, 1))
        for step in range(5):
            logger.log("a metric", float(step), "", step)
        logger.close()
    paths = [tmp_path / "runs", *(tmp_path / "runs").rglob("*")]
    assert sum(path.stat().st_blocks for path in paths) * 512 <= 10_000 * runs
    assert all(len(read_only(path).points) == 5 for path in (tmp_path / "runs").iterdir())


def test_a_writer_that_is_no_longer_used_is_collected(tmp_path):
    import gc
    import weakref

    logger = Logger(tmp_path)
    logger.log("name", 1.0)
    logger.close()
    gone = weakref.ref(logger.writer)
    del logger
    gc.collect()
    assert gone() is None


def test_writers_begin_while_others_are_synced(tmp_path):
    """The sync thread lists the writers while threads add to them."""
    faults = []

    def begin(thread):
        try:
            for number in range(25):
                logger = Logger(tmp_path / f"{thread}-{number}")
                logger.append(b"event")
                logger.writer.tick()
                logger.close()
        except BaseException as error:
            faults.append(error)

    open_all_the_time = Logger(tmp_path / "open")
    open_all_the_time.append(b"event")
    threads = [threading.Thread(target=begin, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert background._sync is not None
    assert background._sync.is_alive()
    open_all_the_time.close()
    assert all(len(read_only(folder).events) == 1 for folder in tmp_path.iterdir())


AT_EXIT = """
import atexit, sys, threading
sys.path[:0] = [{tests!r}]
from pathlib import Path
from support.writers import Logger
logger = Logger(Path(sys.argv[1]))
logger.log("name", 0.0)

class Late:
    def __del__(self):
        for number in range(50_000):
            logger.log("name", float(number))
        logger.close()

late = Late()
"""


def test_a_writer_that_is_used_and_closed_at_interpreter_shutdown_keeps_everything(run_script, repository, tmp_path):
    done = run_script(AT_EXIT.format(tests=str(repository / "tests")), str(tmp_path / "run"))
    assert done.stderr == ""
    written = read_only(tmp_path / "run")
    assert written.values("name") == [0, *range(50_000)]


LEFTOVER = """
import json, os, sys
sys.path[:0] = [{tests!r}]
from pathlib import Path
from runlog.journal import segment
from support.writers import Logger
moment = sys.argv[2]
original = getattr(os, moment)

def dies(*args):
    if "armed" in globals():
        os._exit(9)
    return original(*args)

setattr(os, moment, dies)
Path.rename = lambda self, other: os.rename(self, other)
logger = Logger(Path(sys.argv[1]), mode=None)
for number in range(5000):
    logger.log("name", float(number))
    logger.append(b"%d" % number + b"." * 50)
armed = True
logger.close()
"""


@pytest.mark.parametrize("moment", ["ftruncate", "pwrite", "fdatasync", "rename"])
def test_a_process_that_dies_while_it_seals_leaves_a_journal_without_damage(run_script, repository, tmp_path, moment):
    done = run_script(LEFTOVER.format(tests=str(repository / "tests")), str(tmp_path / "run"), moment, check=False)
    assert done.returncode == 9
    check_dead_run(tmp_path / "run")


def check_dead_run(folder):
    written = read_only(folder)
    assert written.values("name") == list(range(5000))
    assert len(written.events) == 5000
    journal = RunJournal(folder)
    assert sum(len(columns) for columns in journal.points()) == 5000
    assert sum(1 for _ in journal.events()) == 5000
    assert not journal.damage, list(journal.damage)


def test_a_process_that_dies_between_footer_and_checksums_leaves_a_journal_without_damage(
    run_script, repository, tmp_path
):
    run_script(LEFTOVER.format(tests=str(repository / "tests")), str(tmp_path / "run"), "fork")
    for path in list((tmp_path / "run").glob("*.seal")):
        image = bytearray(path.read_bytes())
        end = int.from_bytes(image[-24:-16], "little")
        image[end:-48] = bytes(len(image) - 48 - end)
        path.with_suffix(".open").write_bytes(image)
        path.unlink()
    assert os.listdir(tmp_path / "run")
    check_dead_run(tmp_path / "run")
