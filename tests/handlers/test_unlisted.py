"""Handlers that get every record of a logger and stand in no list, whatever is done to the lists."""

from __future__ import annotations

import copy
import logging
import logging.config
import pickle
import threading
from logging import basicConfig

import pytest

from runlog.handlers import unlisted
from support.logging_state import Heard


@pytest.fixture
def hidden():
    handler = Heard()
    unlisted.add(logging.getLogger(), handler)
    yield handler
    unlisted.remove(logging.getLogger(), handler)


@pytest.fixture
def root():
    return logging.getLogger()


def test_it_gets_the_records(hidden):
    logging.getLogger("train").warning("hello")
    assert hidden.messages == ["hello"]


def test_it_gets_them_once_beside_others(hidden, root):
    other = Heard()
    root.addHandler(other)
    logging.getLogger("train").warning("hello")
    assert hidden.messages == other.messages == ["hello"]


def test_basicconfig_configures_as_if_it_were_not_there(hidden, root):
    logging.basicConfig(level=logging.DEBUG)
    assert len(root.handlers) == 1
    assert root.level == logging.DEBUG


def test_so_does_a_basicconfig_that_was_imported_by_name(hidden, root):
    basicConfig(level=logging.DEBUG)
    assert len(root.handlers) == 1
    assert root.level == logging.DEBUG


def test_the_functions_of_the_module_configure_as_if_it_were_not_there(hidden, root, capsys):
    logging.warning("hello")
    assert len(root.handlers) == 1
    assert hidden.messages == ["hello"]


def assign(root):
    root.handlers = [logging.NullHandler()]


def walk_over_a_copy(root):
    for handler in list(root.handlers):
        root.removeHandler(handler)


def walk_over_the_list(root):
    for handler in root.handlers:
        root.removeHandler(handler)


def rebuild_in_place(root):
    root.handlers[:] = list(root.handlers)


def rebuild(root):
    root.handlers = [handler for handler in root.handlers if handler.level == logging.NOTSET]


def pop(root):
    while root.handlers:
        root.handlers.pop()


def delete(root):
    del root.handlers[:]


def add_to_it(root):
    root.handlers += [logging.NullHandler()]


def share_another_s(root):
    root.handlers = logging.getLogger("library").handlers


def configure_incrementally(root):
    logging.config.dictConfig({"version": 1, "incremental": True, "root": {"level": "DEBUG"}})


def configure(root):
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, "root": {"handlers": []}})


RESETS = [
    *(assign, walk_over_a_copy, walk_over_the_list, rebuild_in_place, rebuild, pop, delete, add_to_it),
    *(share_another_s, configure_incrementally, configure),
    lambda root: root.handlers.clear(),
    lambda root: logging.basicConfig(force=True),
    lambda root: logging.shutdown(),
]


@pytest.mark.parametrize("name", ["root", "library"])
@pytest.mark.parametrize("reset", RESETS)
def test_whatever_is_done_to_the_list_it_gets_each_record_once(reset, name):
    logger, handler = logging.getLogger(name), Heard()
    unlisted.add(logger, handler)
    logger.addHandler(logging.NullHandler())
    reset(logger)
    logger.warning("hello")
    unlisted.remove(logger, handler)
    assert handler.messages == ["hello"]
    assert handler not in logger.handlers


def test_removehandler_takes_it_off(hidden, root):
    root.removeHandler(hidden)
    logging.getLogger("train").warning("hello")
    assert hidden.messages == []


def test_the_list_of_the_logger_is_the_one_that_it_was(root):
    before, content = root.handlers, list(root.handlers)
    handler = Heard()
    unlisted.add(root, handler)
    assert root.handlers is before
    assert (type(before), list(before)) == (list, content)
    assert not logging.getLogger("train").hasHandlers()
    unlisted.remove(root, handler)
    assert root.handlers is before


def test_the_logger_is_what_it_was(hidden, root):
    assert type(root) is logging.RootLogger
    assert logging.getLogger() is logging.root is copy.copy(root) is pickle.loads(pickle.dumps(root))
    assert repr(root) == "<RootLogger root (WARNING)>"
    assert root.isEnabledFor(logging.WARNING)


def test_adding_it_twice_is_adding_it_once(hidden, root):
    unlisted.add(root, hidden)
    logging.getLogger("train").warning("hello")
    assert hidden.messages == ["hello"]


def test_two_may_be_there(hidden, root):
    second = Heard()
    unlisted.add(root, second)
    unlisted.remove(root, hidden)
    logging.getLogger("train").warning("hello")
    assert (hidden.messages, second.messages) == ([], ["hello"])
    unlisted.remove(root, second)


def test_of_several_loggers_on_the_way_the_nearest_one_s_gets_the_record(hidden):
    near = Heard()
    logger = logging.getLogger("library")
    unlisted.add(logger, near)
    logging.getLogger("library.part").warning("hello")
    unlisted.remove(logger, near)
    assert (near.messages, hidden.messages) == (["hello"], [])


def test_a_record_that_a_logger_keeps_to_itself_does_not_come(hidden):
    logging.getLogger("library").propagate = False
    logging.getLogger("library.part").warning("hello")
    assert hidden.messages == []


def test_the_level_of_the_handler_holds(hidden):
    hidden.setLevel(logging.ERROR)
    logging.getLogger("train").warning("hello")
    assert hidden.messages == []


def test_the_class_of_all_loggers_is_put_back(root):
    before = dict(vars(logging.Logger))
    handler = Heard()
    unlisted.add(root, handler)
    assert dict(vars(logging.Logger)) != before
    unlisted.remove(root, handler)
    assert dict(vars(logging.Logger)) == before


@pytest.fixture
def replaceable():
    """Puts back what a test has in the place of `Logger.callHandlers`."""
    before = logging.Logger.callHandlers
    yield
    logging.Logger.callHandlers = before


def test_somebody_elses_replacement_over_ours_stays_and_works(root, replaceable):
    seen = []
    handler = Heard()
    unlisted.add(root, handler)
    inner = logging.Logger.callHandlers
    logging.Logger.callHandlers = lambda *given: (seen.append("theirs"), inner(*given))
    logging.getLogger("train").warning("hello")
    unlisted.remove(root, handler)
    logging.getLogger("train").warning("after")
    assert (handler.messages, seen) == (["hello"], ["theirs", "theirs"])
    unlisted.add(root, handler)
    logging.getLogger("train").warning("again")
    unlisted.remove(root, handler)
    assert handler.messages == ["hello", "again"]


def test_what_somebody_saved_and_puts_back_later_brings_nothing_to_life(root, replaceable):
    first, second = Heard(), Heard()
    original = logging.Logger.callHandlers
    unlisted.add(root, first)
    saved = logging.Logger.callHandlers
    unlisted.remove(root, first)
    logging.Logger.callHandlers = saved
    logging.getLogger("train").warning("after the end")
    unlisted.add(root, second)
    logging.getLogger("train").warning("hello")
    unlisted.remove(root, second)
    assert logging.Logger.callHandlers is original
    assert (first.messages, second.messages) == ([], ["hello"])


def test_what_somebody_saved_and_puts_back_in_place_of_a_newer_one_works_as_that_did(root, replaceable):
    first, second = Heard(), Heard()
    unlisted.add(root, first)
    saved = logging.Logger.callHandlers
    unlisted.remove(root, first)
    unlisted.add(root, second)
    logging.Logger.callHandlers = saved
    logging.getLogger("train").warning("hello")
    unlisted.remove(root, second)
    assert (first.messages, second.messages) == ([], ["hello"])


def test_no_record_of_another_thread_is_missed_while_logging_is_configured(hidden, root):
    root.setLevel(logging.DEBUG)
    enough, stop = threading.Event(), threading.Event()
    logged = 0

    def work():
        nonlocal logged
        log = logging.getLogger("beside")
        while not stop.is_set():
            log.debug("%d", logged)
            logged += 1
            if logged == 2000:
                enough.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not enough.is_set():
        logging.config.dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "handlers": {"null": {"class": "logging.NullHandler"}},
                "root": {"handlers": ["null"], "level": "DEBUG"},
            }
        )
        logging.basicConfig(force=True, handlers=[logging.NullHandler()], level=logging.DEBUG)
    stop.set()
    thread.join()
    assert [int(message) for message in hidden.messages] == list(range(logged))
