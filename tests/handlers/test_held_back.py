"""Filters that hold records back, and tell it."""

from __future__ import annotations

import logging
import re
import threading
import time
from types import SimpleNamespace

import pytest

from runlog import DuplicateFilter, RateLimitFilter
from runlog.errors import WrongTypeError, WrongValueError
from runlog.handlers import held_back
from support.logging_state import Heard


@pytest.fixture
def log():
    logger = logging.getLogger("held.back")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger
    held_back.tell_all()
    logger.handlers[:] = []
    logger.propagate = True
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def clock(monkeypatch):
    """The filters' clock, which stands still: `clock.now += 1` has a second pass."""
    told = SimpleNamespace(now=1000.0)
    told.monotonic = lambda: told.now
    monkeypatch.setattr(held_back, "real_time", told)
    return told


def heard_through(log, one):
    handler = Heard()
    handler.addFilter(one)
    log.addHandler(handler)
    return handler


def test_so_many_pass_and_the_rest_is_counted_and_told(log, clock):
    one = RateLimitFilter(rate=5, per="hour")
    heard = heard_through(log, one)
    for number in range(137):
        log.info("batch %d", number)
    assert len(heard.records) == 5
    one.tell()
    told = heard.records[5]
    assert told.getMessage().startswith("held back 132 records like this in 0 s: batch %d")
    assert told.levelno == logging.WARNING
    assert (told.name, told.lineno, told.held_back) == ("held.back", heard.records[0].lineno, 132)
    one.tell()
    assert len(heard.records) == 6


def test_each_logger_level_and_template_has_a_limit_of_its_own(log):
    heard = heard_through(log, RateLimitFilter(rate=1, per="hour"))
    for _ in range(3):
        log.info("a %d", 1)
        log.warning("a %d", 1)
        log.info("b %d", 1)
        log.getChild("x").info("a %d", 1)
    assert len(heard.records) == 4


def test_texts_that_were_put_together_before_the_call_are_one_kind_for_each_line_that_logs_them(log):
    heard = heard_through(log, RateLimitFilter(rate=2, per="hour"))
    for number in range(10):
        log.info(f"batch {number}")
    assert len(heard.records) == 2


def test_a_burst_may_be_larger_than_the_rate_and_the_rate_refills_it(log):
    heard = heard_through(log, RateLimitFilter(rate=1000, per="second", burst=3, tell_every=60))
    until = time.monotonic() + 60
    sent = 0
    while not 3 < len(heard.records) < sent and time.monotonic() < until:
        log.info("x %d", 1)
        sent += 1
    assert 3 < len(heard.records) < sent


def test_what_was_held_back_at_error_is_told_at_error(log):
    one = RateLimitFilter(rate=1, per="hour")
    heard = heard_through(log, one)
    for _ in range(3):
        log.error("broken %d", 1)
    one.tell()
    assert heard.records[-1].levelno == logging.ERROR


def test_what_was_held_back_at_debug_is_no_debug_record_that_nobody_sees(log):
    one = DuplicateFilter()
    heard = heard_through(log, one)
    for _ in range(3):
        log.debug("again")
    one.tell()
    assert heard.records[-1].levelno == logging.WARNING


def test_a_thread_tells_it_where_nothing_more_is_logged(log):
    heard = heard_through(log, RateLimitFilter(rate=1, per="hour", tell_every=0.1))
    log.info("x %d", 1)
    log.info("x %d", 2)
    until = time.monotonic() + 60
    while len(heard.records) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert heard.records[1].held_back == 1


def test_a_row_of_equal_records_passes_once_and_the_next_other_one_tells_it(log, clock):
    heard = heard_through(log, DuplicateFilter())
    for text in ("a", "a", "a", "b", "a"):
        log.info(text)
    assert heard.messages == ["a", "held back 2 records like this in 0 s: a", "b", "a"]


def test_within_a_time_a_message_passes_once_whatever_comes_between(log):
    heard = heard_through(log, DuplicateFilter(within=3600))
    for text in ("a", "b", "a", "b"):
        log.info("%s", text)
    assert heard.messages == ["a", "b"]


def test_after_that_time_it_passes_again_behind_what_tells_of_the_gap(log, clock):
    heard = heard_through(log, DuplicateFilter(within=5))
    log.info("a")
    log.info("a")
    clock.now += 6
    log.info("a")
    assert heard.messages == ["a", "held back 1 record like this in 6 s: a", "a"]


def test_a_filter_on_a_logger_tells_through_that_logger(log):
    one = RateLimitFilter(rate=1, per="hour")
    heard = Heard()
    log.addHandler(heard)
    log.addFilter(one)
    for _ in range(3):
        log.info("x %d", 1)
    one.tell()
    log.removeFilter(one)
    assert [record.levelno for record in heard.records] == [logging.INFO, logging.WARNING]


def test_a_handler_without_the_filter_gets_all_records_and_no_word_of_gaps(log):
    other = Heard()
    log.addHandler(other)
    one = RateLimitFilter(rate=1, per="hour")
    heard_through(log, one)
    for _ in range(3):
        log.info("x %d", 1)
    one.tell()
    assert len(other.records) == 3


def test_no_record_is_lost_between_threads(log):
    one = RateLimitFilter(rate=50, per="second", tell_every=0.02)
    heard = heard_through(log, one)

    def work():
        for number in range(2000):
            log.info("x %d", number)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one.tell()
    passed = sum(not hasattr(record, "held_back") for record in heard.records)
    assert passed + sum(getattr(record, "held_back", 0) for record in heard.records) == 16_000


def test_a_message_that_can_not_be_made_passes(log):
    class Broken:
        def __str__(self):
            raise ValueError("no text")

    heard = heard_through(log, DuplicateFilter())
    log.info("%s", Broken())
    log.info(Broken())
    assert len(heard.records) == 2


def test_the_end_of_a_run_and_of_a_process_tells_it(run_script):
    ran = run_script(r"""
        import logging, logging.config, re, runlog
        logging.config.dictConfig({
            "version": 1,
            "filters": {
                "rate": {"()": "runlog.RateLimitFilter", "rate": 1, "per": "hour"},
                "twice": {"()": "runlog.DuplicateFilter", "within": 3600},
            },
            "handlers": {
                "console": {"class": "runlog.ConsoleHandler", "filters": ["rate"]},
                "run": {"class": "runlog.RunLogHandler", "filters": ["twice"]},
            },
            "root": {"level": "DEBUG", "handlers": ["console", "run"]},
        })
        log = logging.getLogger("train")
        with runlog.start("x") as run:
            for number in range(3):
                log.info("same %s", "text")
        records = [(record.message, record.late) for record in run.records() if "same" in record.message]
        told = [(re.sub(r"in \d+ s", "in N s", message), late) for message, late in records]
        assert told == [("same text", False), ("held back 2 records like this in N s: same %s", False)], records
        for number in range(4):
            log.debug("after %d", number)
    """)
    assert re.search(r"held back 2 records like this in \d+ s: same %s", ran.stderr)
    assert re.search(r"held back 3 records like this in \d+ s: after %d", ran.stderr)


@pytest.mark.parametrize(
    "wrong", [{"rate": 0}, {"rate": -1}, {"per": "day"}, {"per": 0}, {"burst": 0}, {"tell_every": 0}]
)
def test_a_wrong_number_is_refused(wrong):
    with pytest.raises(WrongValueError, match=next(iter(wrong))):
        RateLimitFilter(**wrong)


@pytest.mark.parametrize("wrong", [{"within": "5"}, {"tell_every": True}])
def test_a_wrong_type_is_refused(wrong):
    with pytest.raises(WrongTypeError, match=next(iter(wrong))):
        DuplicateFilter(**wrong)
