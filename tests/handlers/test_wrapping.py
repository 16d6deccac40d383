"""The implicit handler beside the functions that configure `logging`."""

from __future__ import annotations

import logging
import logging.config
import threading

import pytest

from runlog.handlers import wrapping
from runlog.handlers.run_log import RunLogHandler
from support.logging_state import Heard

FUNCTIONS = [
    (logging, "basicConfig"),
    (logging.config, "dictConfig"),
    (logging.config, "fileConfig"),
    (logging.config.DictConfigurator, "configure"),
]


class Explicit(RunLogHandler):
    """A handler of the run log in somebody's own configuration, which keeps what it gets."""

    def handle(self, record):
        seen.append(record.getMessage())
        return True


seen: list[str] = []


@pytest.fixture
def root():
    seen.clear()
    return logging.getLogger()


@pytest.fixture
def implicit(root):
    handler = Heard()
    wrapping.install(handler)
    yield handler
    wrapping.uninstall(handler)


def functions():
    return [getattr(place, name) for place, name in FUNCTIONS]


def configure(**more):
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, **more})


def with_explicit():
    configure(
        handlers={"run": {"()": Explicit}},
        root={"handlers": ["run"], "level": "DEBUG"},
    )


def hello():
    logging.getLogger("after").warning("hello")


def test_the_functions_are_wrapped_while_a_handler_is_installed_and_not_longer():
    before = functions()
    first, second = Heard(), Heard()
    wrapping.install(first)
    wrapping.install(second)
    wrapping.uninstall(first)
    assert all(now is not former for now, former in zip(functions(), before, strict=True))
    wrapping.uninstall(second)
    assert functions() == before


def test_a_handler_installed_for_two_runs_stays_until_both_are_over(root):
    handler = Heard()
    wrapping.install(handler)
    wrapping.install(handler)
    wrapping.uninstall(handler)
    hello()
    assert handler.messages == ["hello"]
    wrapping.uninstall(handler)
    hello()
    assert handler.messages == ["hello"]
    assert handler not in root.handlers


def test_uninstalling_what_is_not_installed_changes_nothing():
    before = functions()
    wrapping.uninstall(Heard())
    assert functions() == before


@pytest.mark.parametrize(
    "call",
    [
        lambda: logging.basicConfig(level=logging.DEBUG),
        lambda: logging.basicConfig(level=logging.DEBUG, force=True),
        configure,
        lambda: configure(root={"level": "DEBUG", "handlers": []}),
        lambda: logging.config.DictConfigurator({"version": 1, "incremental": True}).configure(),
    ],
)
def test_the_handler_is_there_after_each_call(implicit, call):
    call()
    hello()
    assert implicit.messages == ["hello"]


def test_the_handler_is_there_after_a_call_that_failed(implicit):
    with pytest.raises(ValueError, match="version"):
        configure(root={"handlers": []}, version=2)
    with pytest.raises(ValueError, match="Unrecognised"):
        logging.basicConfig(colour=True)
    hello()
    assert implicit.messages == ["hello"]


def test_a_list_that_somebody_made_of_the_handlers_does_not_make_basicconfig_a_no_op(implicit, root):
    root.handlers = [handler for handler in root.handlers if handler.level == logging.NOTSET]
    logging.basicConfig(level=logging.DEBUG)
    assert root.level == logging.DEBUG
    hello()
    assert implicit.messages == ["hello"]


def test_a_user_who_removed_it_is_respected(implicit, root):
    root.removeHandler(implicit)
    logging.basicConfig(level=logging.DEBUG)
    configure(root={"handlers": []})
    hello()
    assert implicit.messages == []


def test_it_gives_way_to_a_run_log_handler_in_the_new_configuration(implicit):
    with_explicit()
    hello()
    assert (implicit.messages, seen) == ([], ["hello"])


def test_it_comes_back_when_a_later_configuration_takes_that_one_away(implicit):
    with_explicit()
    configure(root={"handlers": []})
    hello()
    assert (implicit.messages, seen) == (["hello"], [])


def test_it_stands_by_where_a_run_log_handler_is_configured_already(root):
    root.addHandler(Explicit())
    handler = Heard()
    wrapping.install(handler)
    hello()
    logging.basicConfig(force=True)
    hello()
    assert (handler.messages, seen) == (["hello"], ["hello"])
    wrapping.uninstall(handler)


def test_own_loggers_are_not_disabled_as_existing_ones(implicit):
    own, others = logging.getLogger("runlog.journal"), logging.getLogger("train")
    configure(disable_existing_loggers=True)
    assert (own.disabled, others.disabled) == (False, True)


def test_an_own_logger_that_the_user_disabled_stays_disabled(implicit):
    own = logging.getLogger("runlog.journal")
    own.disabled = True
    configure(disable_existing_loggers=True)
    assert own.disabled


def test_metrics_stay_off_when_a_configuration_resets_their_logger(implicit):
    from runlog.handlers.metrics_logger import OFF, metrics_logger

    assert metrics_logger().level == OFF
    configure(loggers={"runlog": {"level": "DEBUG"}})
    assert logging.getLogger("runlog.metrics").level == OFF


def test_somebody_elses_wrapper_over_ours_keeps_working():
    before = logging.basicConfig
    handler = Heard()
    wrapping.install(handler)
    inner, calls = logging.basicConfig, []

    def outer(**kwargs):
        calls.append(kwargs)
        inner(**kwargs)

    logging.basicConfig = outer
    try:
        wrapping.uninstall(handler)
        assert logging.basicConfig is outer
        logging.basicConfig(level=logging.DEBUG)
        assert calls == [{"level": logging.DEBUG}]
        assert logging.getLogger().level == logging.DEBUG
    finally:
        logging.basicConfig = before


def test_configuring_from_several_threads_at_once_keeps_it(implicit):
    def work():
        for _ in range(50):
            configure(root={"handlers": []})
            logging.basicConfig(force=True)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    hello()
    assert implicit.messages == ["hello"]
