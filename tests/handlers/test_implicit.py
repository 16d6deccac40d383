"""What a run captures of the root logger, while others put handlers of their own in the place of those that are there."""

from __future__ import annotations

import logging
import threading
import unittest

import pytest

import runlog
from support.logging_state import Heard

log = logging.getLogger("train")


@pytest.fixture
def root():
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    return root


@pytest.fixture
def configured(root):
    """A RunLogHandler of the user's own, with a console beside it."""
    handler = runlog.RunLogHandler()
    root.handlers = [Heard(), handler]
    return handler


def messages(run, logger="train"):
    return [record.message for record in run.records(logger=logger)]


def take_all_off(root):
    for handler in list(root.handlers):
        root.removeHandler(handler)


def put_own_in_their_place(root):
    root.handlers = [Heard()]


def clear_and_add(root):
    root.handlers.clear()
    root.addHandler(Heard())


SWEEPS = [take_all_off, put_own_in_their_place, clear_and_add]


@pytest.mark.parametrize("sweep", SWEEPS)
def test_a_program_without_handlers_is_captured_on(workspace, root, sweep):
    with runlog.start("x") as run:
        sweep(root)
        log.info("after")
    assert messages(run) == ["after"]


@pytest.mark.parametrize("sweep", SWEEPS)
def test_a_configured_handler_that_goes_with_all_others_is_stood_in_for(workspace, root, configured, sweep):
    with runlog.start("x") as run:
        log.info("before")
        sweep(root)
        log.info("after")
        log.info("once more")
    assert messages(run) == ["before", "after", "once more"]


def test_a_configured_handler_that_comes_back_has_its_records_back(workspace, root, configured):
    configured.setLevel(logging.WARNING)
    with runlog.start("x") as run:
        saved = root.handlers
        root.handlers = [Heard()]
        log.info("while it is away")
        root.handlers = saved
        log.info("below its level")
        log.warning("its own")
    assert messages(run) == ["while it is away", "its own"]


def test_a_configured_handler_that_its_user_takes_off_is_not_stood_in_for(workspace, root, configured):
    with runlog.start("x") as run:
        log.info("before")
        root.removeHandler(configured)
        log.info("after")
        root.addHandler(Heard())
        log.info("after, too")
        root.addHandler(configured)
        log.info("back")
    assert messages(run) == ["before", "back"]


def test_a_configured_handler_without_others_that_its_user_takes_off_is_not_stood_in_for(workspace, root):
    own = runlog.RunLogHandler()
    root.addHandler(own)
    with runlog.start("x") as run:
        log.info("before")
        root.removeHandler(own)
        log.info("after")
    assert messages(run) == ["before"]


def test_another_configured_handler_in_the_place_of_the_first_has_the_records(workspace, root, configured):
    with runlog.start("x") as run:
        root.handlers = [Heard(), runlog.RunLogHandler(logging.WARNING)]
        log.info("below its level")
        log.warning("once")
    assert messages(run) == ["once"]


class Case(unittest.TestCase):
    """Somebody's test."""


@pytest.mark.parametrize("name", [None, "train"])
def test_assertlogs_ends_nothing_and_brings_nothing_to_life(workspace, root, name):
    case = Case()
    with runlog.start("x") as run:
        with case.assertLogs(name, "INFO") as watched:
            log.info("within")
        log.info("after")
    with case.assertLogs(name, "INFO"):
        log.info("without a run")
        second = runlog.start("y")
        log.info("begun within")
    log.info("still captured")
    second.complete()
    assert watched.output == ["INFO:train:within"]
    # A logger that keeps its records to itself, as assertLogs has that one do, is captured by name only.
    assert messages(run) == (["within", "after"] if name is None else ["after"])
    assert [one.message for one in second.records(logger="train") if not one.prologue] == (
        ["begun within", "still captured"] if name is None else ["still captured"]
    )


def test_a_run_that_ends_within_such_a_block_leaves_nothing_behind(workspace, root):
    with Case().assertLogs() as watched:
        run = runlog.start("x")
        log.info("within")
        run.complete()
    assert root.handlers == []
    with runlog.start("y", capture_logging=False) as second:
        log.info("not captured")
    assert [one for one in watched.output if ":runlog:" not in one] == ["INFO:train:within"]
    assert messages(second) == []


def test_a_list_that_was_saved_within_a_run_brings_no_handler_to_life(workspace, root):
    with runlog.start("x"):
        saved = root.handlers[:]
        root.handlers = []
    root.handlers = saved
    with runlog.start("y", capture_logging=False) as second:
        log.info("not captured")
    assert messages(second) == []


def test_no_record_is_missed_or_doubled_while_another_thread_replaces_the_list(workspace, root):
    stop = threading.Event()

    def replace():
        while not stop.is_set():
            root.handlers = [logging.NullHandler()]
            root.handlers[:] = list(root.handlers)
            root.handlers.clear()

    thread = threading.Thread(target=replace)
    thread.start()
    with runlog.start("x") as run:
        for number in range(2000):
            log.info("%d", number)
    stop.set()
    thread.join()
    assert [int(message) for message in messages(run)] == list(range(2000))


def test_a_captured_logger_whose_list_is_replaced_is_captured_on(workspace, root):
    library = logging.getLogger("library")
    with runlog.start("x", capture={"library": "DEBUG"}) as run:
        library.handlers = []
        library.propagate = False
        logging.getLogger("library.part").debug("after")
        with Case().assertLogs("library", "DEBUG"):
            library.debug("within")
    assert messages(run, "library") == ["after", "within"]


def test_tqdm_s_redirection_around_the_start_or_the_end_of_a_run_changes_nothing(workspace, root):
    redirect = pytest.importorskip("tqdm.contrib.logging").logging_redirect_tqdm
    with runlog.start("within") as first:
        with redirect():
            log.info("within")
        log.info("after")
    with redirect():
        second = runlog.start("begun-in-it")
        log.info("begun in it")
    log.info("after")
    with redirect():
        second.complete()
    with runlog.start("not-captured", capture_logging=False) as third:
        log.info("not captured")
    assert messages(first) == ["within", "after"]
    assert messages(second) == ["begun in it", "after"]
    assert messages(third) == []
