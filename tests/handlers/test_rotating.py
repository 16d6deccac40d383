"""RotatingFileHandler in one process."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import logging.handlers
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import runlog
from runlog import errors
from runlog.handlers import RotatingFileHandler

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc, and signals that stop a process")


@pytest.fixture
def log():
    logger = logging.getLogger("train")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return logger


@pytest.fixture
def make(log):
    """A handler on the logger `log` that writes bare messages, closed at the end."""

    def made(filename="app.log", **options):
        handler = RotatingFileHandler(filename, **options)
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        return handler

    yield made
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()


def read(name="app.log"):
    return Path(name).read_text(encoding="utf-8")


def test_its_arguments_begin_as_the_standard_librarys_do():
    import inspect

    standard = list(inspect.signature(logging.handlers.RotatingFileHandler.__init__).parameters)
    assert list(inspect.signature(RotatingFileHandler.__init__).parameters)[: len(standard)] == standard
    assert issubclass(RotatingFileHandler, logging.handlers.RotatingFileHandler)


def test_records_are_json_lines_unless_text_is_asked_for(log):
    for handler in (RotatingFileHandler("a.jsonl"), RotatingFileHandler("a.log", format="text")):
        log.addHandler(handler)
    log.info("hello", extra={"rows": 3})
    assert json.loads(read("a.jsonl"))["rows"] == 3
    assert read("a.log").endswith("Z INFO     - train: hello\n")


def test_nothing_is_made_before_the_first_record(make, log, own_folder):
    make("deep/er/app.log")
    assert list(own_folder.iterdir()) == []
    log.info("hello")
    assert read("deep/er/app.log") == "hello\n"


def test_a_relative_name_is_taken_from_the_folder_it_was_made_in(make, log, own_folder, monkeypatch):
    make()
    (own_folder / "elsewhere").mkdir()
    monkeypatch.chdir(own_folder / "elsewhere")
    log.info("hello")
    assert (own_folder / "app.log").read_text() == "hello\n"


def test_a_full_file_is_put_away(make, log):
    make(maxBytes=12, backupCount=2)
    for text in ("first", "again", "third", "after", "fifth"):
        log.info(text)
    assert (read("app.log.2"), read("app.log.1"), read()) == ("first\nagain\n", "third\nafter\n", "fifth\n")


def test_a_record_longer_than_a_file_gets_one_of_its_own(make, log):
    make(maxBytes=10, backupCount=3)
    for text in ("a", "b" * 50, "c"):
        log.info(text)
    assert (read("app.log.2"), read("app.log.1"), read()) == ("a\n", "b" * 50 + "\n", "c\n")


def test_a_file_of_yesterday_is_put_away_at_the_first_record_of_today(make, log):
    Path("app.log").write_text("old\n")
    yesterday = time.time() - 24 * 3600
    os.utime("app.log", (yesterday, yesterday))
    make(when="midnight", utc=True)
    log.info("new")
    assert read() == "new\n"
    assert read(time.strftime("app.log.%Y-%m-%d", time.gmtime(yesterday))) == "old\n"


def test_size_and_time_work_together(make, log):
    make(when="midnight", utc=True, maxBytes=2)
    for text in "abc":
        log.info(text)
    kept = sorted(path.name for path in Path().glob("app.log.*"))
    assert [read(name) for name in kept] == ["a\n", "b\n"]
    assert read() == "c\n"


def test_without_maxbytes_and_when_the_file_just_grows(make, log):
    make(backupCount=3)
    for number in range(100):
        log.info("%d", number)
    assert len(read().splitlines()) == 100
    assert list(Path().glob("app.log.*")) == []


def test_namer_and_rotator_are_obeyed(make, log):
    handler = make(maxBytes=2, backupCount=1)
    moved = []

    def rotator(source, target):
        moved.append((Path(source).name, Path(target).name))
        os.replace(source, target)

    handler.namer = lambda name: name + ".old"
    handler.rotator = rotator
    log.info("a")
    log.info("b")
    assert moved == [("app.log", "app.log.1.old")]
    assert read("app.log.1.old") == "a\n"


def test_dorollover_puts_the_file_away_at_once(make, log):
    handler = make(maxBytes=1000, backupCount=1)
    log.info("a")
    handler.doRollover()
    log.info("b")
    assert (read("app.log.1"), read()) == ("a\n", "b\n")


def test_shouldrollover_tells_whether_it_is_time(make, log):
    handler = make(maxBytes=10, backupCount=1)
    record = logging.makeLogRecord({"msg": "12345"})
    assert not handler.shouldRollover(record)
    log.info("12345")
    assert handler.shouldRollover(record)


def test_mode_w_empties_the_file_once(make, log):
    Path("app.log").write_text("old\n")
    handler = make(mode="w")
    log.info("a")
    handler.close()
    log.info("b")
    assert read() == "a\nb\n"


def test_after_close_the_next_record_opens_the_file_again(make, log):
    handler = make()
    log.info("a")
    handler.close()
    log.info("b")
    assert read() == "a\nb\n"


def test_it_works_on_after_a_foreign_dictconfig_closed_it(make, log):
    make()
    log.info("a")
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    log.info("b")
    assert read() == "a\nb\n"


@linux
def test_close_leaves_no_file_open(make, log):
    handler = make()
    log.info("a")
    assert open_files("app.log") == 1
    handler.close()
    assert open_files("app.log") == 0


def open_files(name):
    links = (os.path.join("/proc/self/fd", number) for number in os.listdir("/proc/self/fd"))
    return sum(os.path.basename(os.readlink(link)) == name for link in links if os.path.lexists(link))


def test_a_file_that_was_moved_away_is_made_again(make, log):
    make()
    log.info("a")
    os.rename("app.log", "moved.log")
    log.info("b")
    assert (read("moved.log"), read()) == ("a\n", "b\n")


def test_a_file_that_was_deleted_is_made_again_with_its_folder(make, log):
    make("logs/app.log")
    log.info("a")
    os.remove("logs/app.log")
    os.rmdir("logs")
    log.info("b")
    assert read("logs/app.log") == "b\n"


def test_a_line_that_a_killed_process_left_unfinished_is_ended(make, log):
    Path("app.log").write_text('whole\n{"torn": ')
    make()
    log.info("next")
    assert read() == 'whole\n{"torn": \nnext\n'


def test_what_cannot_be_encoded_is_escaped(make, log):
    make()
    log.info("lone \ud800")
    assert read() == "lone \\ud800\n"


def test_another_encoding_is_obeyed(make, log):
    make(encoding="latin-1")
    log.info("größer")
    assert Path("app.log").read_bytes() == "größer\n".encode("latin-1")


def test_a_folder_in_the_files_place_never_raises_and_is_counted(make, log, monkeypatch):
    complaints = io.StringIO()
    monkeypatch.setattr(sys, "stderr", complaints)
    Path("app.log").mkdir()
    handler = make()
    for _ in range(5):
        log.info("lost")
    assert handler.dropped == 5
    assert complaints.getvalue().count("could not write a record") == 1
    Path("app.log").rmdir()
    log.info("kept")
    assert read() == "kept\n"


def test_a_full_disk_loses_whole_records_and_never_part_of_one(run_script):
    """A limit on the size of files acts as a disk that is full in the middle of a record."""
    told = run_script("""
        import logging, resource, runlog
        handler = runlog.RotatingFileHandler("app.log", format="text")
        handler.setFormatter(logging.Formatter("%(message)s"))
        log = logging.getLogger()
        log.addHandler(handler)
        resource.setrlimit(resource.RLIMIT_FSIZE, (250, resource.RLIM_INFINITY))
        for number in range(10):
            log.warning("%02d%s", number, "x" * 97)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        log.warning("room again")
        print(handler.dropped)
    """).stdout
    lines = read().splitlines()
    assert [line[:2] for line in lines] == ["00", "01", "ro"]
    assert [len(line) for line in lines[:2]] == [99, 99]
    assert told.strip() == "8"


def test_a_rotation_that_fails_costs_no_record(make, log, monkeypatch):
    complaints = io.StringIO()
    monkeypatch.setattr(sys, "stderr", complaints)
    Path("app.log.1").mkdir()
    Path("app.log.1/something").touch()
    handler = make(maxBytes=2, backupCount=1)
    for text in "abc":
        log.info(text)
    assert read() == "a\nb\nc\n"
    assert handler.dropped == 0
    assert "could not rotate" in complaints.getvalue()


def test_a_record_logged_within_a_write_is_written_after_it(make, log):
    """A __del__ or a signal handler logs on the thread that is just writing."""
    handler = make(maxBytes=10, backupCount=9)

    def rotator(source, target):
        os.replace(source, target)
        log.info("within")

    handler.rotator = rotator
    log.info("a" * 8)
    log.info("b" * 8)
    assert (read("app.log.1"), read()) == ("a" * 8 + "\n", "b" * 8 + "\nwithin\n")
    assert handler.dropped == 0


@linux
def test_a_process_that_was_stopped_with_the_lock_does_not_stop_the_others(make, log):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            (
                "import fcntl, os, signal; f = open('app.log', 'a'); fcntl.flock(f, fcntl.LOCK_EX);"
                "print('held', flush=True); os.kill(os.getpid(), signal.SIGSTOP)"
            ),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        handler = make(lock_timeout=0.05, maxBytes=3, backupCount=1)
        for text in "abc":
            log.info(text)
        assert read() == "a\nb\nc\n"
        assert handler.dropped == 0
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    log.info("d")
    assert (read("app.log.1"), read()) == ("a\nb\nc\n", "d\n")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"mode": "x"}, errors.WrongValueError),
        ({"format": "xml"}, errors.WrongValueError),
        ({"encoding": "utf-16"}, errors.WrongValueError),
        ({"encoding": "no-such"}, errors.WrongValueError),
        ({"maxBytes": -1}, errors.WrongValueError),
        ({"backupCount": "five"}, errors.WrongTypeError),
        ({"when": "often"}, errors.WrongValueError),
    ],
)
def test_wrong_arguments_are_refused(options, error):
    with pytest.raises(error):
        RotatingFileHandler("app.log", **options)


def test_dictconfig_takes_it_as_the_standard_librarys(log):
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {
                "file": {
                    "class": "runlog.RotatingFileHandler",
                    "level": "DEBUG",
                    "filename": "logs/app.jsonl",
                    "maxBytes": 10_000_000,
                    "backupCount": 5,
                }
            },
            "loggers": {"train": {"handlers": ["file"]}},
        }
    )
    log.debug("hello")
    assert json.loads(read("logs/app.jsonl"))["message"] == "hello"


def test_lines_of_a_run_bear_its_id(workspace, log):
    log.addHandler(RotatingFileHandler("app.jsonl"))
    with runlog.start("diabetes") as run:
        log.info("hello")
    assert json.loads(read("app.jsonl"))["run_id"] == run.id


def test_it_works_without_locks_where_the_system_has_none(run_script):
    run_script("""
        import sys
        sys.modules["fcntl"] = None
        import logging, runlog
        log = logging.getLogger()
        handler = runlog.RotatingFileHandler("app.log", maxBytes=2, backupCount=1)
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        for text in "abc":
            log.warning(text)
    """)
    assert (read("app.log.1"), read()) == ("b\n", "c\n")
