"""`runlog logs -f`: a live run, followed from another process."""

from __future__ import annotations

import logging
import subprocess
import sys
from contextlib import contextmanager

import pytest

from runlog.journal.format import EVENT_MAX_PAYLOAD
from support.scripts import clean_environment
from support.waiting import until


@pytest.fixture
def log():
    return logging.getLogger("train")


@contextmanager
def following(folder, *arguments):
    with subprocess.Popen(
        [sys.executable, "-m", "runlog", "logs", "-f", *arguments],
        cwd=folder,
        env=clean_environment({"RUNLOG_QUIET": "1"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(line):
    return line.rstrip("\n").split(": ", 1)[1]


def test_records_come_while_the_run_lives_and_it_ends_with_the_run(start, log, own_folder):
    run = start()
    log.info("before")
    with following(own_folder, run.id) as process:
        assert said(process.stdout.readline()) == "before"
        for number in range(3):
            log.info("batch %d", number)
            assert said(process.stdout.readline()) == f"batch {number}"
        log.info("last")
        run.complete()
        out, err = process.communicate()
        assert [said(line) for line in out.splitlines()] == ["last"]
        assert (process.returncode, err) == (0, "")


def test_records_go_on_while_the_run_is_compacted(call, start, log, own_folder, workspace):
    run = start()
    log.info("before")
    with following(own_folder, run.id) as process:
        assert said(process.stdout.readline()) == "before"
        for step in range(40_000):
            run.log("loss", 0.5, step=step)
        until(lambda: any(workspace.backend._run(run.id).glob("*points*.seal")))
        assert call("compact").lines[0].startswith("compacted 1 segments")
        log.info("after")
        assert said(process.stdout.readline()) == "after"
        run.complete()
        assert process.communicate() == ("", "")


def test_nothing_is_printed_twice_and_nothing_left_out_when_segments_are_sealed_meanwhile(start, log, own_folder):
    run = start()
    padding = "x" * 1000
    log.info("0 %s", padding)
    with following(own_folder, run.id) as process:
        assert said(process.stdout.readline()).startswith("0 ")
        for number in range(1, 8000):  # over 5 MiB, past the first two segments
            log.info("%d %s", number, padding)
        run.complete()
        out, _ = process.communicate()
    assert [int(said(line).split()[0]) for line in out.splitlines()] == list(range(1, 8000))


def test_a_run_that_has_ended_is_printed_and_left(start, log, call):
    with start():
        log.info("one")
        log.info("two")
    ended = call("logs", "-1", "-f")
    assert [said(line) for line in ended.lines] == ["one", "two"]
    assert ended.code == 0


def test_filters_hold_while_following(start, log, own_folder):
    run = start()
    log.info("one")
    with following(own_folder, run.id, "--grep", "one|three", "--level", "INFO") as process:
        assert said(process.stdout.readline()) == "one"
        log.info("two")
        log.debug("three, but too quietly")
        log.info("three")
        assert said(process.stdout.readline()) == "three"
        run.complete()
        assert process.communicate()[0] == ""


def test_the_tail_is_of_what_was_there_before(start, log, own_folder):
    run = start()
    for number in range(5):
        log.info("%d", number)
    with following(own_folder, run.id, "-n", "1") as process:
        assert said(process.stdout.readline()) == "4"
        log.info("5")
        log.info("6")
        assert [said(process.stdout.readline()) for _ in range(2)] == ["5", "6"]
        run.complete()


def test_a_record_too_long_for_the_journal_is_followed_too(start, log, own_folder):
    run = start()
    with following(own_folder, run.id) as process:
        log.info("x" * EVENT_MAX_PAYLOAD + "end")
        assert process.stdout.readline().endswith("xend\n")
        run.complete()


def test_a_traceback_comes_with_its_source_lines(start, log, own_folder):
    run = start()
    with following(own_folder, run.id) as process:
        try:
            raise ValueError("no such thing")
        except ValueError:
            log.exception("it broke")
        lines = list(iter(process.stdout.readline, "ValueError: no such thing\n"))
        run.complete()
    assert lines[-1] == '    raise ValueError("no such thing")\n'


def test_following_a_run_whose_process_is_killed_ends(own_folder, start_script):
    process = start_script(
        """
        import logging, sys, runlog
        logging.basicConfig(level="INFO", handlers=runlog.handlers(console=None, file=None, run="INFO"))
        run = runlog.start("killed")
        logging.info("alive")
        print(run.id, flush=True)
        sys.stdin.read()
        """,
        env={"RUNLOG_QUIET": "1"},
    )
    run_id = process.stdout.readline().strip()
    with following(own_folder, run_id) as reader:
        assert said(reader.stdout.readline()) == "alive"
        process.kill()
        process.wait()
        assert reader.communicate()[0] == ""
        assert reader.returncode == 0


def test_the_records_of_guests_are_followed_with_their_rank(own_folder, start_script):
    script = """
        import logging, sys, runlog
        logging.basicConfig(level="INFO", handlers=runlog.handlers(console=None, file=None, run="INFO"))
        run = runlog.start("job")
        logging.info("hello")
        print(run.id, flush=True)
        sys.stdin.read()
        """
    shared = {"RUNLOG_RUN_ID": "job-1", "RUNLOG_QUIET": "1"}
    owner = start_script(script, env={**shared, "RANK": "0"})
    assert owner.stdout.readline() == "job-1\n"
    guest = start_script(script, env={**shared, "RANK": "1"})
    assert guest.stdout.readline() == "job-1\n"
    with following(own_folder, "job-1") as reader:
        assert [said(reader.stdout.readline()) for _ in range(2)] == ["[0] hello", "[1] hello"]
        guest.communicate("")
        owner.communicate("")
        reader.communicate()
        assert reader.returncode == 0
