"""RotatingFileHandler and what belongs to a file: its mode, its owner, what a name leads to, what rotators do to it."""

from __future__ import annotations

import fcntl
import gzip
import io
import logging
import os
import shutil
import stat
import sys
import threading
import time
from pathlib import Path

import pytest

from runlog import errors
from runlog.handlers import RotatingFileHandler
from runlog.handlers.file_rights import take_over_rights

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc and /dev")


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


@pytest.fixture
def umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def read(name="app.log"):
    return Path(name).read_text(encoding="utf-8")


def unpacked(name):
    return gzip.decompress(Path(name).read_bytes())


def mode(name="app.log"):
    return stat.S_IMODE(os.stat(name).st_mode)


class TestModes:
    def test_a_first_file_is_made_as_the_umask_says(self, make, log, umask):
        make()
        log.info("a")
        assert mode() == 0o644

    @pytest.mark.parametrize("chosen", [0o600, 0o660, 0o640, 0o666])
    def test_a_file_keeps_its_mode_over_rotations(self, make, log, umask, chosen):
        Path("app.log").touch()
        os.chmod("app.log", chosen)
        make(maxBytes=2, backupCount=2)
        for text in "abc":
            log.info(text)
            assert mode() == chosen
        assert (mode("app.log.1"), mode("app.log.2")) == (chosen, chosen)

    def test_a_mode_that_is_changed_meanwhile_is_kept_too(self, make, log, umask):
        make(maxBytes=2, backupCount=1)
        log.info("a")
        os.chmod("app.log", 0o640)
        log.info("b")
        assert (mode(), mode("app.log.1")) == (0o640, 0o640)

    @pytest.mark.parametrize("how", [os.remove, lambda name: os.rename(name, "moved.log")], ids=["removed", "moved"])
    def test_a_file_that_somebody_moved_or_removed_is_made_anew_with_its_mode(self, make, log, umask, how):
        Path("app.log").touch()
        os.chmod("app.log", 0o600)
        make()
        log.info("a")
        how("app.log")
        log.info("b")
        assert (read(), mode()) == ("b\n", 0o600)

    def test_a_file_that_logrotate_makes_keeps_the_mode_it_was_made_with(self, make, log, umask):
        make()
        log.info("a")
        os.rename("app.log", "app.log.1")
        os.close(os.open("app.log", os.O_CREAT, 0o600))
        log.info("b")
        assert (read(), mode()) == ("b\n", 0o600)

    def test_a_file_that_logrotate_copied_and_emptied_is_written_on(self, make, log):
        make()
        log.info("a" * 50)
        shutil.copy("app.log", "app.log.1")
        os.truncate("app.log", 0)
        log.info("b")
        assert read() == "b\n"

    @pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
    def test_owner_and_group_are_kept_where_the_user_may_give_files_away(self, make, log):
        Path("app.log").touch()
        os.chown("app.log", 65534, 1234)
        make(maxBytes=2, backupCount=1)
        log.info("a")
        log.info("b")
        kept = os.stat("app.log")
        assert (kept.st_uid, kept.st_gid) == (65534, 1234)

    def test_a_group_that_can_not_be_kept_gives_the_new_one_no_more_than_others_have(self, own_folder, monkeypatch):
        def refuse(*_):
            raise PermissionError

        monkeypatch.setattr(os, "chown", refuse)
        Path("new.log").touch()
        like = list(os.stat("new.log"))
        like[0], like[5] = stat.S_IFREG | 0o664, like[5] + 1
        take_over_rights("new.log", os.stat_result(like))
        assert mode("new.log") == 0o644

    def test_the_archive_of_a_rotator_is_as_private_as_the_file(self, make, log, umask):
        def compress(source, target):
            with open(source, "rb") as plain, gzip.open(target + ".gz", "wb") as packed:
                shutil.copyfileobj(plain, packed)
            os.remove(source)

        Path("app.log").touch()
        os.chmod("app.log", 0o600)
        make(maxBytes=2, backupCount=1).rotator = compress
        log.info("a")
        log.info("b")
        assert (mode(), mode("app.log.1.gz")) == (0o600, 0o600)

    @linux
    def test_a_file_that_may_be_written_and_not_read_is_written(self, run_script):
        told = run_script("""
            import logging, os, shutil, tempfile, runlog
            folder = tempfile.mkdtemp()
            try:
                os.chmod(folder, 0o777)
                path = os.path.join(folder, "app.log")
                os.close(os.open(path, os.O_CREAT))
                os.chmod(path, 0o222)
                handler = runlog.RotatingFileHandler(path, format="%(message)s", maxBytes=8, backupCount=1)
                owner = os.geteuid()
                if owner == 0:
                    os.seteuid(65534)
                for number in range(6):
                    handler.handle(logging.makeLogRecord({"msg": str(number)}))
                os.seteuid(owner)
                for name in sorted(os.listdir(folder)):
                    one = os.path.join(folder, name)
                    print(name, oct(os.stat(one).st_mode & 0o777), end=" ")
                    os.chmod(one, 0o600)
                    print(open(one).read().split())
                print(handler.dropped)
            finally:
                shutil.rmtree(folder)
        """).stdout
        assert told.splitlines() == ["app.log 0o222 ['4', '5']", "app.log.1 0o222 ['0', '1', '2', '3']", "0"]


class TestNames:
    def test_a_link_is_followed_and_stays(self, make, log):
        Path("data").mkdir()
        os.symlink("data/real.log", "app.log")
        make(maxBytes=2, backupCount=1)
        log.info("a")
        log.info("b")
        assert os.path.islink("app.log")
        assert (read(), read("data/real.log"), read("data/real.log.1")) == ("b\n", "b\n", "a\n")
        assert not Path("app.log.1").exists()

    def test_the_folder_behind_a_link_is_made(self, make, log):
        os.symlink("new/folder/real.log", "app.log")
        make()
        log.info("a")
        assert read("new/folder/real.log") == "a\n"

    def test_a_link_that_is_led_elsewhere_is_followed_there(self, make, log):
        os.symlink("one.log", "app.log")
        make()
        log.info("a")
        os.remove("app.log")
        os.symlink("two.log", "app.log")
        log.info("b")
        assert (read("one.log"), read("two.log")) == ("a\n", "b\n")

    @linux
    @pytest.mark.parametrize("name", ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1", "linked.log"])
    @pytest.mark.parametrize("into", ["a pipe", "a file"])
    def test_the_standard_output_is_written_to_and_never_rotated(self, run_script, own_folder, name, into):
        os.symlink("/dev/stdout", "linked.log")
        done = run_script(
            """
            import logging, os, sys, runlog
            if sys.argv[2] == "a file":
                os.dup2(os.open("out.txt", os.O_CREAT | os.O_WRONLY), 1)
            handler = runlog.RotatingFileHandler(sys.argv[1], format="%(message)s", maxBytes=10, backupCount=1)
            for number in range(4):
                handler.handle(logging.makeLogRecord({"msg": f"record {number}"}))
                print("printed", number, flush=True)
            print(handler.dropped, handler.shouldRollover(logging.makeLogRecord({})))
            """,
            name,
            into,
        )
        lines = (read("out.txt") if into == "a file" else done.stdout).splitlines()
        expected = [line for number in range(4) for line in (f"record {number}", f"printed {number}")]
        assert lines == [*expected, "0 0"]
        assert sorted(path.name for path in own_folder.glob("*.1")) == []

    def test_a_pipe_with_a_reader_gets_every_line(self, make, log):
        os.mkfifo("app.log")
        got = []
        reader = threading.Thread(target=lambda: got.append(read()))
        reader.start()
        handler = make(maxBytes=2, backupCount=1)
        while not got and reader.is_alive():  # until the reader has opened it, too, lines are dropped
            before = handler.dropped
            log.info("first")
            if handler.dropped == before:
                break
        log.info("second")
        handler.close()
        reader.join()
        assert got == ["first\nsecond\n"]

    def test_a_pipe_that_nobody_reads_keeps_no_program_waiting(self, make, log, monkeypatch):
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        os.mkfifo("app.log")
        handler = make()
        log.info("lost")
        assert handler.dropped == 1

    @linux
    def test_a_device_is_written_to(self, make, log):
        handler = make("/dev/null", maxBytes=2, backupCount=1)
        for text in "abc":
            log.info(text)
        assert handler.dropped == 0

    def test_a_folder_that_is_removed_is_made_again_with_all_above_it(self, make, log):
        make("a/b/app.log", maxBytes=2, backupCount=1)
        log.info("a")
        log.info("b")
        shutil.rmtree("a")
        log.info("c")
        assert read("a/b/app.log") == "c\n"


class TestOpening:
    def test_delay_decides_when_the_file_is_made(self, make):
        make("late.log")
        make("early.log", delay=False)
        assert not Path("late.log").exists()
        assert read("early.log") == ""

    def test_a_file_that_can_not_be_made_at_once_is_told_of_and_made_later(self, make, log, monkeypatch):
        told = io.StringIO()
        monkeypatch.setattr(sys, "stderr", told)
        Path("app.log").mkdir()
        handler = make(delay=False)
        assert "could not open" in told.getvalue()
        Path("app.log").rmdir()
        log.info("a")
        assert (read(), handler.dropped) == ("a\n", 0)

    def test_mode_w_empties_the_file_at_once_without_delay(self, make):
        Path("app.log").write_text("old\n")
        make(mode="w", delay=False)
        assert read() == ""

    @pytest.mark.parametrize(
        ("how", "written"), [("strict", ""), ("replace", "gr??er\n"), ("xmlcharrefreplace", "gr&#246;&#223;er\n")]
    )
    def test_errors_decides_what_becomes_of_other_characters(self, make, log, monkeypatch, how, written):
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        handler = make(encoding="ascii", errors=how)
        log.info("größer")
        assert (read() if written else "") == written
        assert handler.dropped == (how == "strict")

    def test_errors_that_do_not_exist_are_refused(self):
        with pytest.raises(errors.WrongValueError, match="errors='ignore-all' is unknown"):
            RotatingFileHandler("app.log", errors="ignore-all")


class TestRotators:
    @pytest.mark.parametrize("error", [OSError, ValueError, EOFError])
    def test_a_rotator_that_fails_costs_no_record(self, make, log, capsys, error):
        def fails(source, target):
            raise error("no")

        handler = make(maxBytes=2, backupCount=1)
        handler.rotator = fails
        for text in "abc":
            log.info(text)
        assert (read(), handler.dropped) == ("a\nb\nc\n", 0)
        assert capsys.readouterr().err.count("could not rotate") == 1

    def test_neither_does_one_that_fails_when_it_has_moved_the_file(self, make, log, capsys):
        def fails_late(source, target):
            with open(source, "rb") as plain, gzip.open(target, "wb") as packed:
                shutil.copyfileobj(plain, packed)
            os.remove(source)
            raise RuntimeError("nobody to tell")

        handler = make(maxBytes=2, backupCount=3)
        handler.rotator = fails_late
        for text in "abc":
            log.info(text)
        assert (read(), unpacked("app.log.1"), handler.dropped) == ("b\nc\n", b"a\n", 0)

    def test_nor_one_that_does_nothing(self, make, log, capsys):
        handler = make(maxBytes=2, backupCount=1)
        handler.rotator = lambda source, target: None
        for text in "abc":
            log.info(text)
        assert (read(), handler.dropped) == ("a\nb\nc\n", 0)
        assert "left" in capsys.readouterr().err

    def test_nor_a_namer_that_fails(self, make, log, capsys):
        def fails(name):
            raise KeyError(name)

        handler = make(maxBytes=2, backupCount=1)
        handler.namer = fails
        for text in "abc":
            log.info(text)
        assert (read(), handler.dropped) == ("a\nb\nc\n", 0)

    def test_a_rotator_that_copies_and_empties_the_file_is_no_fault(self, make, log, capsys):
        def empties(source, target):
            shutil.copy(source, target)
            os.truncate(source, 0)

        handler = make(maxBytes=2, backupCount=2)
        handler.rotator = empties
        for text in "abc":
            log.info(text)
        assert (read("app.log.2"), read("app.log.1"), read()) == ("a\n", "b\n", "c\n")
        assert capsys.readouterr().err == ""

    def test_a_subclass_may_rotate_by_itself(self, log):
        class Compressing(RotatingFileHandler):
            def rotation_filename(self, default_name):
                return f"{default_name}.gz"

            def rotate(self, source, dest):
                with open(source, "rb") as plain, gzip.open(dest, "wb") as packed:
                    shutil.copyfileobj(plain, packed)
                os.remove(source)

        handler = Compressing("app.log", format="%(message)s", maxBytes=2, backupCount=2)
        for text in "abc":
            handler.handle(logging.makeLogRecord({"msg": text}))
        assert [unpacked("app.log.2.gz"), unpacked("app.log.1.gz")] == [b"a\n", b"b\n"]

    def test_what_others_append_while_a_rotator_copies_is_not_lost(self, make, log):
        """A process that waited too long for the lock appends without it: to the file that is about to go."""

        def copies(source, target):
            shutil.copy(source, target)
            with open(source, "a") as late:
                late.write("late\n")
            os.remove(source)

        make(maxBytes=2, backupCount=2).rotator = copies
        log.info("a")
        log.info("b")
        assert (read("app.log.1"), read()) == ("a\n", "late\nb\n")


def test_waiting_for_a_lock_ends_while_a_test_has_frozen_the_time(make, log):
    freezegun = pytest.importorskip("freezegun")
    with open("app.log", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        make(lock_timeout=0.05)
        with freezegun.freeze_time("2020-01-02"):
            log.info("a")
        assert read() == "a\n"


def test_a_rotation_that_failed_in_frozen_time_is_tried_again_afterwards(make, log, monkeypatch):
    freezegun = pytest.importorskip("freezegun")
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    Path("app.log.1").mkdir()
    Path("app.log.1/something").touch()
    handler = make(maxBytes=2, backupCount=1)
    with freezegun.freeze_time("2020-01-02"):
        log.info("a")
        log.info("b")
    assert handler._file._no_rotation_until < time.monotonic() + 60
