"""RunLogHandler: native records in the run log."""

from __future__ import annotations

import copy
import logging
import logging.config
import logging.handlers
import queue
import threading

import pytest

import runlog
from runlog.handlers.run_log import RunLogHandler


@pytest.fixture
def handler():
    handler = RunLogHandler()
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    return handler


@pytest.fixture
def log(handler):
    return logging.getLogger("train")


def messages(run: runlog.Run, **wanted: object) -> list[str]:
    return [record.message for record in run.records(**wanted) if record.logger == "train"]


def test_records_of_every_level_reach_the_run(workspace, log):
    with runlog.start() as run:
        log.debug("fine %d", 1)
        log.critical("coarse")
    assert [(record.level, record.message) for record in run.records() if record.logger == "train"] == [
        ("DEBUG", "fine 1"),
        ("CRITICAL", "coarse"),
    ]


def test_the_handlers_level_and_filters_hold(workspace, handler, log):
    handler.setLevel(logging.INFO)
    handler.addFilter(lambda record: "secret" not in record.getMessage())
    with runlog.start() as run:
        log.debug("too low")
        log.info("a secret")
        log.info("kept")
    assert messages(run) == ["kept"]


@pytest.mark.skipif("sys.version_info < (3, 12)", reason="filters return replacements since Python 3.12")
def test_a_record_that_a_filter_returns_takes_the_place_of_the_first(workspace, handler, log):
    def renamed(record: logging.LogRecord) -> logging.LogRecord:
        record = copy.copy(record)
        record.msg = "replaced"
        return record

    handler.addFilter(renamed)
    with runlog.start() as run:
        log.info("original")
    assert messages(run) == ["replaced"]


def test_a_closed_handler_goes_on(workspace, handler, log):
    with runlog.start() as run:
        handler.close()
        log.info("after close")
    assert messages(run) == ["after close"]


def test_a_record_that_reaches_two_handlers_is_written_once(workspace, log):
    log.addHandler(RunLogHandler())
    with runlog.start() as run:
        log.info("once")
        log.info("once more %d", 1)
    assert messages(run) == ["once", "once more 1"]


def test_the_record_is_left_as_it_was_for_other_handlers(workspace, handler):
    record = logging.LogRecord("train", logging.INFO, "train.py", 1, "batch %d", (1,), None)
    before = dict(record.__dict__)
    with runlog.start():
        handler.handle(record)
    left = {name: value for name, value in record.__dict__.items() if not name.startswith("_runlog")}
    assert left == before


def test_a_record_that_was_made_by_hand_has_every_field_by_its_type(workspace, handler):
    with runlog.Experiment(workspace, "study").start_logging(capture_logging=False) as run:
        handler.handle(logging.makeLogRecord({"msg": "by hand", "levelno": None}))
    (record,) = run.records()
    assert (record.message, record.levelno, record.level, record.logger) == ("by hand", 0, "Level None", "")
    assert (record.path, record.line, record.function) == ("", 0, "")


@pytest.mark.parametrize("name", sorted(logging.makeLogRecord({}).__dict__))
def test_a_record_that_lacks_an_attribute_is_kept(workspace, handler, name, capfd):
    record = logging.LogRecord("train", logging.WARNING, "train.py", 3, "kept %d", (5,), None)
    del record.__dict__[name]
    with runlog.Experiment(workspace, "study").start_logging(capture_logging=False) as run:
        handler.handle(record)
    (kept,) = run.records()
    assert kept.message == {"msg": "", "args": "kept %d"}.get(name, "kept 5") or name == "msg"
    assert "Traceback" not in capfd.readouterr().err


def test_metrics_on_a_record_are_logged_as_metrics_too(workspace, log):
    with runlog.start() as run:
        log.info("epoch done", extra={"metrics": {"loss": 0.5, "accuracy": 0.9}, "step": 3})
    assert run.get_metrics() == {"loss": [0.5], "accuracy": [0.9]}
    assert run.series("loss").steps == [3]
    assert messages(run) == ["epoch done"]


def test_an_exception_has_its_frames_and_source_lines(workspace, log):
    with runlog.start() as run:
        try:
            raise ValueError("wrong")
        except ValueError:
            log.exception("failed")
    [record] = [record for record in run.records() if record.logger == "train"]
    assert record.exception.type == "ValueError"
    assert record.exception.frames[-1].source == 'raise ValueError("wrong")'
    assert "Traceback (most recent call last)" in record.exception.format()


def test_a_message_of_ten_megabytes_is_kept(workspace, log):
    text = "x" * 10_000_000
    with runlog.start() as run:
        log.info(text)
    assert messages(run) == [text]


def test_a_fault_in_a_record_does_not_reach_the_caller(workspace, log):
    class Bad:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    with runlog.start() as run:
        log.info("value: %s", Bad())
        log.info("next")
    assert len(messages(run)) == 2


def test_records_that_a_queue_brings_keep_the_time_they_were_made_at(workspace, handler):
    records: queue.Queue[logging.LogRecord] = queue.Queue()
    made = logging.LogRecord("train", logging.INFO, "train.py", 1, "queued", (), None)
    made.created -= 3600
    with runlog.start() as run:
        listener = logging.handlers.QueueListener(records, handler)
        listener.start()
        records.put(made)
        listener.stop()
    [record] = [record for record in run.records() if record.logger == "train"]
    assert record.created == made.created
    assert record.time_ns / 1e9 - record.created > 3000


def test_a_subclass_with_its_own_emit_is_called(workspace):
    seen = []

    class Mine(RunLogHandler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())
            super().emit(record)

    logger = logging.Logger("train")
    logger.addHandler(Mine())
    with runlog.start(capture_logging=False) as run:
        logger.info("through emit")
    assert seen == ["through emit"]
    assert messages(run) == ["through emit"]


def test_it_can_be_named_in_a_dict_configuration(workspace):
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"run": {"class": "runlog.RunLogHandler", "level": "DEBUG"}},
            "root": {"level": "DEBUG", "handlers": ["run"]},
        }
    )
    with runlog.start() as run:
        logging.getLogger("train").debug("configured")
    assert messages(run) == ["configured"]


def test_records_of_many_threads_are_all_there_in_each_threads_order(workspace, log):
    def work(number: int) -> None:
        for index in range(500):
            log.info("%d %d", number, index)

    with runlog.start() as run:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    seen: dict[int, list[int]] = {}
    for record in run.records():
        if record.logger == "train":
            seen.setdefault(record.args[0], []).append(record.args[1])
    assert seen == {number: list(range(500)) for number in range(16)}


def test_nothing_is_created_on_disk_before_the_first_record(own_folder, handler):
    assert list(own_folder.iterdir()) == []
