"""Handlers that get every record of a logger, and are neither counted nor removed by what configures `logging`."""

from __future__ import annotations

import logging
import logging.config
import threading
from logging import basicConfig

import pytest

from runlog.handlers.uncounted import UncountedHandlers, add_uncounted, remove_uncounted
from support.logging_state import Heard


@pytest.fixture
def hidden():
    handler = Heard()
    add_uncounted(logging.getLogger(), handler)
    yield handler
    remove_uncounted(logging.getLogger(), handler)


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


@pytest.mark.parametrize(
    "reset",
    [
        lambda root: logging.basicConfig(force=True),
        lambda root: logging.config.dictConfig(
            {"version": 1, "disable_existing_loggers": False, "root": {"handlers": []}}
        ),
        lambda root: [root.removeHandler(handler) for handler in root.handlers[:]],
        lambda root: root.handlers.clear(),
    ],
)
def test_it_survives_what_removes_all_handlers(hidden, root, reset):
    root.addHandler(logging.NullHandler())
    reset(root)
    logging.getLogger("after").warning("hello")
    assert hidden.messages == ["hello"]


def test_removehandler_takes_it_off(hidden, root):
    assert hidden in root.handlers
    root.removeHandler(hidden)
    assert hidden not in root.handlers
    logging.getLogger("train").warning("hello")
    assert hidden.messages == []


def test_walking_through_the_handlers_shows_it(hidden, root):
    assert list(root.handlers) == [hidden]
    assert "Heard" in repr(root.handlers)


def test_adding_it_twice_is_adding_it_once(hidden, root):
    add_uncounted(root, hidden)
    logging.getLogger("train").warning("hello")
    assert hidden.messages == ["hello"]


def test_a_counted_handler_becomes_uncounted(root):
    handler = Heard()
    root.addHandler(handler)
    add_uncounted(root, handler)
    assert len(root.handlers) == 0
    assert list(root.handlers) == [handler]
    remove_uncounted(root, handler)


def test_with_the_last_one_gone_the_list_is_a_plain_one_with_the_others(hidden, root):
    other = logging.NullHandler()
    root.addHandler(other)
    remove_uncounted(root, hidden)
    assert type(root.handlers) is list
    assert root.handlers == [other]


def test_two_may_be_there(hidden, root):
    second = Heard()
    add_uncounted(root, second)
    remove_uncounted(root, hidden)
    logging.getLogger("train").warning("hello")
    assert isinstance(root.handlers, UncountedHandlers)
    assert (hidden.messages, second.messages) == ([], ["hello"])
    remove_uncounted(root, second)


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
