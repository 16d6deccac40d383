"""What `runlog.explain` says, and the lines that it names."""

from __future__ import annotations

import inspect
import logging
import logging.config
import sys

import pytest

import runlog
from runlog.errors import WrongTypeError, WrongValueError
from runlog.handlers import provenance


@pytest.fixture
def watched():
    runlog.explain.watch()
    yield
    runlog.explain.unwatch()


def line_of(marker):
    """Where this file has a comment: `test_explain.py, line N`, as an explanation names it."""
    lines = inspect.getsource(inspect.getmodule(line_of)).splitlines()
    (number,) = [at for at, text in enumerate(lines, 1) if text.endswith(f"# {marker}")]
    return f"test_explain.py, line {number}"


def to(name, told):
    (found,) = [one for one in told.destinations if one.name == name]
    return found


def test_a_logger_that_does_not_propagate_is_named_with_the_line_and_the_remedy(watched, workspace):
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger("transformers").propagate = False  # cuts it off
    with runlog.Experiment(workspace, "e").start_logging(outputs=False):
        told = runlog.explain("transformers.trainer", "DEBUG")
    lines = str(told).splitlines()
    assert lines[0].startswith(
        "transformers.trainer DEBUG -> run log: NO   logger 'transformers' has propagate=False (set in "
    )
    assert lines[0].endswith(f"{line_of('cuts it off')})")
    assert lines[1] == '  fix: runlog.start(..., capture={"transformers": "DEBUG"})'


def test_a_handler_that_was_given_a_higher_level_is_no_destination_below_it():
    console = runlog.ConsoleHandler(level="INFO")
    logging.basicConfig(level=logging.DEBUG, handlers=[console])
    assert "train DEBUG -> console: NO   handler level is INFO" in str(runlog.explain("train", "DEBUG"))
    assert to("console", runlog.explain("train", "INFO")).reaches


def test_a_logger_that_a_configuration_muted_is_named_with_the_line_of_the_call(workspace):
    logging.getLogger("mine")
    with runlog.Experiment(workspace, "e").start_logging(outputs=False):
        logging.config.dictConfig({"version": 1, "root": {"level": "DEBUG"}})  # mutes
        told = to("run log", runlog.explain("mine", "DEBUG"))
    assert told.reasons == (
        "logger 'mine' is disabled, as a configuration disables existing loggers that it does not name",
    )
    assert line_of("mutes") in told.places[0]
    assert told.places[0].endswith("by dictConfig")
    assert "disable_existing_loggers=False" in told.fixes[0]


def test_a_basicconfig_that_did_nothing_is_told_of(watched):
    logging.getLogger().addHandler(logging.StreamHandler())
    logging.basicConfig(level=logging.DEBUG)  # does nothing
    (reason,) = to("console", runlog.explain("train", "DEBUG")).reasons
    assert "did nothing, as root had handlers by then" in reason
    assert line_of("does nothing") in reason


def test_logging_disable_is_told_of_with_its_line(watched):
    logging.disable(logging.INFO)  # disables
    told = to("run log", runlog.explain("train", "INFO"))
    assert told.reasons[0] == "logging.disable(INFO) is in force for all loggers"
    assert line_of("disables") in told.places[0]


def test_the_level_of_an_ancestor_is_said_to_be_taken_over():
    logging.getLogger("net").setLevel(logging.ERROR)
    logging.getLogger("net.http")
    (reason, *_) = to("run log", runlog.explain("net.http", "INFO")).reasons
    assert reason == "logger 'net' has level ERROR, which 'net.http' takes over"


def test_a_line_is_not_named_for_a_value_that_was_changed_since_without_being_seen(watched):
    logging.getLogger("net").setLevel(logging.ERROR)
    runlog.explain.unwatch()
    logging.getLogger("net").setLevel(logging.WARNING)
    assert to("run log", runlog.explain("net", "INFO")).places[0] == ""


def test_a_filter_that_looks_at_the_text_makes_the_answer_a_guess_and_is_named():
    def no_progress(record):
        return "progress" not in record.getMessage()

    handler = logging.StreamHandler()
    handler.addFilter(no_progress)
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])
    told = to("console", runlog.explain("train", "DEBUG"))
    assert told.reaches
    assert "no_progress may decide by more than name and level" in told.unsure[0]
    assert "getMessage" in told.unsure[0]


def test_a_filter_that_counts_is_not_tried():
    limit = runlog.RateLimitFilter(1)
    handler = logging.StreamHandler()
    handler.addFilter(limit)
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])
    for _ in range(5):
        told = to("console", runlog.explain("train", "DEBUG"))
    assert told.reaches
    assert "RateLimitFilter lets a record pass or not by those that came before it" in told.unsure[0]


def test_a_filter_that_can_t_be_tried_does_not_break_the_explanation():
    handler = logging.StreamHandler()
    handler.addFilter(lambda record: record.tenant == "a")
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])
    assert "could not be tried" in to("console", runlog.explain("train", "DEBUG")).unsure[0]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="before Python 3.12 a filter's record is only a yes")
def test_a_logger_s_filter_that_puts_another_record_in_its_place_makes_the_answer_a_guess():
    def louder(record):
        return logging.LogRecord("other", logging.ERROR, "", 0, "", None, None)

    logging.basicConfig(level=logging.DEBUG)
    logging.getLogger("net").addFilter(louder)
    told = to("console", runlog.explain("net", "DEBUG"))
    assert any("puts a record of another logger or level in its place" in why for why in told.unsure)


def test_a_filter_by_name_is_sure():
    handler = logging.StreamHandler()
    handler.addFilter(logging.Filter("other"))
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])
    told = to("console", runlog.explain("train", "DEBUG"))
    assert (told.reaches, told.reasons, told.unsure) == (False, ("Filter('other') on it holds it back",), ())


def test_the_fix_for_a_logger_s_filter_takes_that_one_off():
    logging.basicConfig(level=logging.DEBUG)
    logger = logging.getLogger("train")
    logger.addFilter(logging.Filter("train"))
    logger.addFilter(logging.Filter("other"))
    told = to("console", runlog.explain("train", "DEBUG"))
    before, _, code = told.fixes[0].rpartition(": ")
    assert (told.reaches, before) == (False, "have it let these records pass, or take it off")
    exec(code, {"logging": logging})
    assert to("console", runlog.explain("train", "DEBUG")).reaches


def test_a_closed_file_of_mode_w_is_told_of(own_folder):
    handler = logging.FileHandler("a.log", mode="w")
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])
    handler.close()
    assert "the handler is closed" in to("file a.log", runlog.explain("train", "DEBUG")).reasons[0]


def test_a_run_handler_that_somebody_took_off_is_told_of_with_the_line(watched, workspace):
    own = runlog.RunLogHandler()
    logging.basicConfig(level=logging.DEBUG, handlers=[logging.StreamHandler(), own])
    with runlog.Experiment(workspace, "e").start_logging(outputs=False):
        logging.getLogger().removeHandler(own)  # takes it off
        told = to("run log", runlog.explain("train", "DEBUG"))
    assert told.reasons == ("runlog's handler was taken off the root logger",)
    assert line_of("takes it off") in told.places[0]


def test_a_run_that_stands_in_for_a_handler_that_a_library_removed_is_seen(workspace):
    logging.basicConfig(level=logging.DEBUG, handlers=[logging.StreamHandler(), runlog.RunLogHandler()])
    with runlog.Experiment(workspace, "e").start_logging(outputs=False):
        logging.getLogger().handlers = []
        assert to("run log", runlog.explain("train", "DEBUG")).reaches


def test_without_a_run_and_a_handler_the_remedy_is_to_start_one():
    told = to("run log", runlog.explain("train", "WARNING"))
    assert told.reasons == ("no run is open, and no RunLogHandler is configured",)


def test_with_a_handler_and_no_run_the_record_is_kept_with_the_process():
    logging.basicConfig(level=logging.DEBUG, handlers=[runlog.RunLogHandler()])
    told = to("run log", runlog.explain("train", "DEBUG"))
    assert told.reaches
    assert told.reasons[0].startswith("no run is open: kept with the process")


def test_a_metric_s_record_is_not_what_the_run_keeps(workspace):
    with runlog.Experiment(workspace, "e").start_logging(outputs=False):
        told = to("run log", runlog.explain("runlog.metrics", "METRIC"))
    assert told.reasons[0].startswith("the run keeps the point of run.log()")


def test_switched_off_says_so(monkeypatch):
    monkeypatch.setenv("RUNLOG_MODE", "disabled")
    assert to("run log", runlog.explain("train", "ERROR")).reasons[0] == "RUNLOG_MODE is disabled: nothing is kept"


def test_explaining_makes_no_logger():
    runlog.explain("never.asked.for", "DEBUG")
    assert "never.asked.for" not in logging.root.manager.loggerDict


@pytest.mark.parametrize(("logger", "level", "error"), [(7, "DEBUG", WrongTypeError), ("a", "LOUD", WrongValueError)])
def test_wrong_arguments_are_refused(logger, level, error):
    with pytest.raises(error):
        runlog.explain(logger, level)


def test_watching_twice_and_no_more_leaves_logging_as_it_was():
    before = (logging.Logger.addHandler, logging.basicConfig, logging.Logger.__setattr__, logging.Handler.__setattr__)
    runlog.explain.watch()
    runlog.explain.watch()
    runlog.explain.unwatch()
    now = (logging.Logger.addHandler, logging.basicConfig, logging.Logger.__setattr__, logging.Handler.__setattr__)
    assert now == before


def test_without_watching_nothing_is_noted_outside_a_run():
    before = len(provenance.changes())
    logging.getLogger("quiet").setLevel(logging.ERROR)
    logging.basicConfig(level=logging.DEBUG)
    assert len(provenance.changes()) == before


def test_a_logger_that_is_captured_from_a_higher_level_on_is_told_of(workspace):
    logging.getLogger("lib").propagate = False
    with runlog.Experiment(workspace, "e").start_logging(outputs=False, capture={"lib": "INFO"}):
        logging.getLogger("lib").setLevel("DEBUG")
        below, from_it = runlog.explain("lib.part", "DEBUG"), runlog.explain("lib.part", "INFO")
    assert to("run log", below).reasons == ("capture= asked for logger 'lib' from INFO on",)
    assert to("run log", below).fixes == ('runlog.start(..., capture={"lib": "DEBUG"})',)
    assert to("run log", from_it).reaches
