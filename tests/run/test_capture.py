"""What a run captures of Python's `logging` without being asked, and what it says about it."""

from __future__ import annotations

import logging
import logging.config
import logging.handlers
import queue

import pytest

import runlog

log = logging.getLogger("train")


def configure(**root):
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"run": {"class": "runlog.RunLogHandler"}, "console": {"class": "logging.StreamHandler"}},
            "root": {"level": "DEBUG", **root},
        }
    )


def messages(run: runlog.Run) -> list[str]:
    return [record.message for record in run.records() if record.logger == "train"]


@pytest.fixture
def root():
    logging.getLogger().setLevel(logging.DEBUG)
    return logging.getLogger()


@pytest.fixture
def nothing_was_hinted(monkeypatch):
    from runlog.lifecycle import capture

    monkeypatch.setattr(capture, "_hinted", False)


def test_what_reaches_root_is_captured(workspace, root):
    with runlog.start("captured") as run:
        log.debug("found me")
    assert messages(run) == ["found me"]


def test_capturing_can_be_left_out(workspace, root):
    with runlog.start("not-captured", capture_logging=False) as run:
        log.debug("found me")
    assert messages(run) == []


def test_a_configured_handler_takes_the_place_of_the_implicit_one(workspace, root):
    configure(handlers=["run"])
    with runlog.start("configured") as run:
        log.debug("found me")
        assert [type(handler) for handler in root.handlers] == [runlog.RunLogHandler]
    assert messages(run) == ["found me"]


def test_a_configuration_that_removes_the_configured_handler_does_not_end_the_capture(workspace, root):
    configure(handlers=["run"])
    with runlog.start("removed") as run:
        log.debug("before")
        configure(handlers=["console"])  # a library's
        log.debug("after")
        configure(handlers=["run"])
        log.debug("configured again")
    assert messages(run) == ["before", "after", "configured again"]


def test_a_handler_that_stands_by_leaves_records_as_they_are(run_script):
    done = run_script("""
        import logging, runlog
        logging.basicConfig(level="DEBUG", handlers=[runlog.RunLogHandler()])
        seen = []
        class Seeing(logging.Handler):
            def emit(self, record):
                seen.append("_runlog_written" in record.__dict__)
        logging.getLogger().addHandler(Seeing())
        run = runlog.start("short")
        seen.clear()
        logging.info("one handler")
        other = runlog.RunLogHandler()
        logging.info("two handlers")
        print(seen)
    """)
    assert done.stdout == "[False, True]\n"


def test_a_queue_that_leads_to_a_second_handler_brings_no_record_twice(workspace, root):
    waiting: queue.Queue[logging.LogRecord] = queue.Queue()
    listener = logging.handlers.QueueListener(waiting, runlog.RunLogHandler())
    root.addHandler(logging.handlers.QueueHandler(waiting))
    with runlog.start("queued") as run:
        listener.start()
        log.info("once")
        listener.stop()
    assert messages(run) == ["once"]


def test_a_run_never_changes_the_level_of_root(workspace):
    before = logging.getLogger().level
    with runlog.start("level"):
        assert logging.getLogger().level == before
    assert logging.getLogger().level == before


@pytest.fixture
def said():
    """Level and text of what the logger `runlog` says."""
    said = []
    logging.getLogger("runlog").addFilter(lambda record: said.append((record.levelname, record.getMessage())) or True)
    logging.getLogger("runlog").setLevel("DEBUG")
    return said


def test_a_level_of_root_that_swallows_records_is_said_once_with_the_remedy(workspace, nothing_was_hinted, said):
    logging.getLogger().setLevel("WARNING")
    for _ in range(2):
        runlog.start("hint").complete()
    (hint,) = [one for one in said if "root logger's level" in one[1]]
    assert hint[0] == "WARNING"
    assert hint[1].startswith("runlog: the root logger's level is WARNING")
    assert 'log_level="DEBUG"' in hint[1]


def test_no_run_keeps_what_is_said_of_roots_level(workspace, nothing_was_hinted, said):
    logging.getLogger().setLevel("WARNING")
    with runlog.start("hint") as run:
        logging.getLogger("train").warning("mine")
    assert any("root logger's level" in one[1] for one in said)
    assert not any("root logger's level" in record.message for record in run.records())


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "ERROR", "CRITICAL", 25])
def test_a_level_that_the_user_chose_is_not_spoken_of(workspace, nothing_was_hinted, said, level):
    logging.getLogger().setLevel(level)
    runlog.start("chosen").complete()
    assert not any("root logger's level" in one[1] for one in said)


def test_a_quiet_program_hears_nothing_of_it(workspace, nothing_was_hinted, said, monkeypatch):
    monkeypatch.setenv("RUNLOG_QUIET", "1")
    logging.getLogger().setLevel("WARNING")
    runlog.start("quiet").complete()
    assert not any("root logger's level" in one[1] for one in said)


def test_what_the_configured_handler_would_not_take_is_no_loss(workspace, nothing_was_hinted, own_folder):
    logging.basicConfig(level="INFO", handlers=runlog.handlers(console=None, run="INFO"), force=True)
    logging.getLogger().addHandler(told := logging.handlers.BufferingHandler(100))
    runlog.start("no-hint").complete()
    assert not any("root logger's level" in record.getMessage() for record in told.buffer)


def test_a_root_at_debug_needs_no_hint(workspace, nothing_was_hinted, heard, root):
    runlog.start("no-hint").complete()
    assert not any("root logger's level" in message for message in heard.messages)


def test_a_level_asked_for_with_the_run_needs_no_hint(workspace, nothing_was_hinted, run_script):
    done = run_script("""
        import logging, runlog
        with runlog.start("asked", log_level="DEBUG") as run:
            logging.getLogger("train").debug("found me")
        print([record.message for record in run.records()])
    """)
    assert done.stdout.splitlines()[-1] == "['found me']"
    assert done.stderr == ""


def test_own_records_reach_the_run_like_any_others(workspace, root):
    with runlog.start("own") as run:
        logging.getLogger("runlog.journal").debug("what the SDK does")
    assert [record.logger for record in run.records(grep="what the SDK does")] == ["runlog.journal"]
