"""Single loggers at levels of their own, for the run alone."""

from __future__ import annotations

import logging
import logging.config
import logging.handlers
import queue

import pytest

import runlog
from support.logging_state import Heard


def messages(run, logger="library"):
    return [record.message for record in run.records(logger=logger)]


def say(name="library.part"):
    log = logging.getLogger(name)
    log.debug("debug")
    log.info("info")
    log.warning("warning")


@pytest.fixture
def console():
    handler = Heard()
    logging.getLogger().addHandler(handler)
    return handler


def test_a_logger_below_roots_level_reaches_the_run_and_not_the_console(workspace, console):
    with runlog.start("x", capture={"library": "INFO"}) as run:
        say()
        say("other")
    assert messages(run) == ["info", "warning"]
    assert messages(run, "other") == ["warning"]
    assert console.messages.count("info") == 0
    assert console.messages.count("warning") == 2


def test_a_logger_that_does_not_propagate_reaches_the_run_and_its_own_handler_sees_what_it_saw(workspace, console):
    library = logging.getLogger("library")
    library.propagate = False
    library.setLevel(logging.WARNING)
    own = Heard()
    library.addHandler(own)
    with runlog.start("x", capture={"library": "DEBUG"}) as run:
        say()
    assert messages(run) == ["debug", "info", "warning"]
    assert own.messages == ["warning"]
    assert "warning" not in console.messages
    assert (library.level, library.handlers, library.propagate) == (logging.WARNING, [own], False)


def test_a_logger_may_be_kept_from_a_level_above_what_root_lets_through(workspace, console):
    logging.getLogger().setLevel(logging.DEBUG)
    with runlog.start("x", capture={"library": "WARNING"}) as run:
        say()
        say("other")
    assert messages(run) == ["warning"]
    assert messages(run, "other") == ["debug", "info", "warning"]
    assert console.messages.count("debug") == 2


def test_the_nearest_of_two_loggers_decides(workspace):
    with runlog.start("x", capture={"library": "WARNING", "library.part": "DEBUG"}) as run:
        say("library.part")
        say("library.other")
    assert messages(run, "library.part") == ["debug", "info", "warning"]
    assert messages(run, "library.other") == ["warning"]


@pytest.mark.parametrize("place", ["", "library", "library.part"])
def test_a_record_that_reaches_a_handler_of_ones_own_is_written_once(workspace, place):
    handler = runlog.RunLogHandler()
    logging.getLogger(place).addHandler(handler)
    with runlog.start("x", capture={"library": "INFO"}) as run:
        say()
    assert messages(run) == ["info", "warning"]


@pytest.mark.parametrize("passes", [True, False])
def test_a_record_that_a_handler_of_ones_own_may_filter_out_is_written_once_all_the_same(workspace, passes):
    handler = runlog.RunLogHandler()
    handler.addFilter(lambda record: passes)
    logging.getLogger("library.part").addHandler(handler)
    with runlog.start("x", capture={"library": "INFO"}) as run:
        say()
    assert messages(run) == ["info", "warning"]
    assert [record.extra for record in run.records(logger="library.part")] == [{}, {}]


def test_a_queue_that_leads_to_a_second_handler_brings_no_record_twice(workspace):
    listened: queue.SimpleQueue = queue.SimpleQueue()
    logging.getLogger("library").addHandler(logging.handlers.QueueHandler(listened))
    listener = logging.handlers.QueueListener(listened, runlog.RunLogHandler())
    with runlog.start("x", capture={"library": "INFO"}) as run:
        listener.start()
        say()
        listener.stop()
    assert messages(run) == ["info", "warning"]


def test_it_holds_where_root_is_not_captured(workspace):
    with runlog.start("x", capture_logging=False, capture={"library": "INFO"}) as run:
        say()
        say("other")
    assert [one.message for one in run.records()] == ["info", "warning"]


@pytest.mark.parametrize("propagate", [True, False])
@pytest.mark.parametrize("capture_logging", [True, False])
def test_the_last_resort_still_prints_what_it_printed(run_script, propagate, capture_logging):
    code = """
        import logging, sys, runlog
        logging.getLogger("library").propagate = {propagate}
        with runlog.start("x", capture={capture}, capture_logging={root}):
            logging.getLogger("runlog").disabled = True
            for name in ("library", "library.part", "other"):
                logging.getLogger(name).info("info")
                logging.getLogger(name).warning("warning of %s", name)
    """
    options = {"propagate": propagate, "root": capture_logging}
    without = run_script(code.format(capture="{}", **options)).stderr
    with_it = run_script(code.format(capture="{'library': 'DEBUG'}", **options)).stderr
    kept = [line for line in with_it.splitlines() if line.startswith("warning")]
    assert kept == [line for line in without.splitlines() if line.startswith("warning")]
    assert len(kept) == 3
    assert "info" not in with_it.replace("INFO", "")


def test_a_configuration_does_not_end_it(workspace):
    with runlog.start("x", capture={"library": "DEBUG"}) as run:
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, "root": {"level": "ERROR"}})
        say()
        logging.config.dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "handlers": {"null": {"class": "logging.NullHandler"}},
                "loggers": {"library": {"level": "ERROR", "handlers": ["null"], "propagate": False}},
            }
        )
        say()
    assert messages(run) == ["debug", "info", "warning"] * 2
    assert logging.getLogger("library").level == logging.ERROR


def test_a_file_configuration_does_not_end_it(workspace, own_folder):
    (own_folder / "logging.ini").write_text(
        "[loggers]\nkeys=root\n[handlers]\nkeys=null\n[formatters]\nkeys=\n"
        "[logger_root]\nlevel=ERROR\nhandlers=null\n[handler_null]\nclass=NullHandler\nargs=()\n"
    )
    with runlog.start("x", capture={"library": "DEBUG"}) as run:
        logging.config.fileConfig(own_folder / "logging.ini", disable_existing_loggers=False)
        say()
    assert messages(run) == ["debug", "info", "warning"]


def test_a_handler_that_comes_with_a_configuration_sees_what_it_would_have_seen(workspace):
    with runlog.start("x", capture={"library": "DEBUG"}):
        logging.config.dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "handlers": {"heard": {"class": "support.logging_state.Heard"}},
                "root": {"level": "WARNING", "handlers": ["heard"]},
            }
        )
        (heard,) = [one for one in logging.getLogger().handlers if isinstance(one, Heard)]
        say()
    assert heard.messages == ["warning"]


def test_everything_is_as_before_after_the_run(workspace, console):
    library = logging.getLogger("library")
    library.setLevel(logging.ERROR)
    first = runlog.start("a", capture={"library": "INFO"})
    second = runlog.start("b", capture={"library": "DEBUG"})
    first.complete()
    say()
    second.complete()
    assert messages(second) == ["debug", "info", "warning"]
    assert (library.level, library.handlers, library.filters) == (logging.ERROR, [], [])
    assert console.filters == []
    assert console.messages.count("warning") == 0


def test_a_level_that_the_user_sets_meanwhile_is_kept(workspace):
    library = logging.getLogger("library")
    with runlog.start("x", capture={"library": "DEBUG"}):
        library.setLevel(logging.ERROR)
    assert library.level == logging.ERROR


def test_a_logger_with_a_level_of_its_own_below_is_shown_as_before(workspace, console):
    logging.getLogger("library.part").setLevel(logging.DEBUG)
    with runlog.start("x", capture={"library": "INFO"}) as run:
        say()
    assert [one for one in console.messages if one in {"debug", "info", "warning"}] == ["debug", "info", "warning"]
    assert messages(run) == ["info", "warning"]


def test_root_and_a_logger_may_both_be_lowered(workspace, console):
    with runlog.start("x", log_level="INFO", capture={"library": "DEBUG"}) as run:
        say()
        say("other")
    assert messages(run) == ["debug", "info", "warning"]
    assert messages(run, "other") == ["info", "warning"]
    assert [one for one in console.messages if one in {"debug", "info", "warning"}] == ["warning", "warning"]


def test_the_handler_of_the_run_keeps_the_short_way(workspace, run_script):
    run_script("""
        import logging, runlog
        from runlog.handlers.run_log import _handlers
        with runlog.start("x", capture={"library": "DEBUG"}):
            assert [one._is_direct for one in _handlers] == [True]
    """)
