"""`explain` against what really happens, over random logging trees."""

from __future__ import annotations

import io
import logging
import logging.config
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import runlog
from runlog import context
from runlog.lifecycle import prologue
from runlog.records import EventKind
from runlog.store.folder_journal import FolderFollower
from support.logging_state import kept_logging_state

NAMES = ["root", "a", "a.b", "a.b.c", "a.x.y", "d"]
LEVELS = [logging.NOTSET, 5, logging.DEBUG, runlog.METRIC, logging.INFO, logging.WARNING, logging.ERROR]
ASKED = [name for name in NAMES if name != "root"] + ["root", "a.b.new", "new", "a.x"]


class Kept(logging.Handler):
    """A handler that keeps what it gets."""

    def __init__(self):
        super().__init__()
        self.got = []

    def emit(self, record):
        self.got.append(record.getMessage())


class Silenced(logging.StreamHandler):
    """A stream handler whose failures are not printed: to write to a closed stream is part of the game."""

    def handleError(self, record):
        pass


class AboveInfo(logging.Filter):
    def filter(self, record):
        return record.levelno > logging.INFO


def not_in_a(record):
    return not record.name.startswith("a.")


class OtherRecord(logging.Filter):
    """Hands another record on; before Python 3.12 that is only a yes."""

    def filter(self, record):
        return logging.LogRecord("replaced", logging.ERROR, "", 0, record.msg, None, None)


FILTERS = [
    lambda: logging.Filter("a.b"),
    lambda: logging.Filter(""),
    AboveInfo,
    lambda: not_in_a,
    runlog.RunContextFilter,
]
HANDLERS = ["kept", "stream", "closed stream", "null", "file a", "file w", "run log"]


class HandlerPlan(NamedTuple):
    kind: str
    level: int
    filters: list
    closed: bool


class LoggerPlan(NamedTuple):
    level: int | None
    propagate: bool
    disabled: bool
    handlers: list
    filters: list


chosen_filters = st.lists(st.sampled_from(FILTERS), max_size=2)
# On a logger it would change what handlers judge, which explain says it can't follow.
of_handlers = st.lists(st.sampled_from([*FILTERS, OtherRecord]), max_size=2)
usually = st.sampled_from([True, True, True, False])
seldom = st.sampled_from([*[False] * 9, True])
few_filters = st.one_of(st.just([]), st.just([]), chosen_filters)
few_of_handlers = st.one_of(st.just([]), st.just([]), of_handlers)
low_levels = st.sampled_from([*LEVELS[:4] * 2, *LEVELS])
handler_plans = st.builds(HandlerPlan, st.sampled_from(HANDLERS), low_levels, few_of_handlers, st.booleans())
logger_plans = st.builds(
    LoggerPlan, st.one_of(st.none(), low_levels), usually, seldom, st.lists(handler_plans, max_size=3), few_filters
)
trees = st.dictionaries(st.sampled_from(NAMES), logger_plans, min_size=2, max_size=5)
asked = st.tuples(st.sampled_from(ASKED), st.sampled_from(LEVELS[1:]))
disabled_up_to = st.sampled_from([*[logging.NOTSET] * 10, logging.INFO, logging.CRITICAL])


def plain(level, *kinds):
    """A logger in which nothing stands in a record's way but its level."""
    handlers = [HandlerPlan(kind, logging.NOTSET, [], False) for kind in kinds]
    return LoggerPlan(level, True, False, handlers, [])


EACH_DESTINATION = {"root": plain(logging.DEBUG, "run log"), "d": plain(logging.INFO, "kept")}
"""Has its run log and a handler; what is below INFO of logger `d` reaches neither, and what is above both."""


class Tree:
    """A tree that was built, and a way to tell which of its handlers have got a message."""

    def __init__(self, plans, folder, marker):
        self.readers = {}
        for name, plan in plans.items():
            logger = logging.getLogger(name)
            if plan.level is not None:
                logger.setLevel(plan.level)
            logger.propagate, logger.disabled = plan.propagate, plan.disabled
            for one in plan.filters:
                logger.addFilter(one())
            for one in plan.handlers:
                logger.addHandler(self._handler(one, folder, marker))

    def _handler(self, plan, folder, marker):
        handler = self._made(plan.kind, folder / f"{marker}-{len(self.readers)}.log")
        handler.setLevel(plan.level)
        for one in plan.filters:
            handler.addFilter(one())
        if plan.closed:
            handler.close()
        return handler

    def _made(self, kind, path):
        if kind in {"stream", "closed stream"}:
            stream = io.StringIO()
            handler = Silenced(stream)
            if kind == "closed stream":
                stream.close()
            self.readers[handler] = lambda: "" if stream.closed else stream.getvalue()
        elif kind.startswith("file"):
            handler = logging.FileHandler(path, mode=kind[-1], delay=True)
            self.readers[handler] = lambda: path.read_text() if path.exists() else ""
        elif kind == "null":
            handler = logging.NullHandler()
        elif kind == "run log":
            handler = runlog.RunLogHandler()
        else:
            handler = Kept()
            self.readers[handler] = lambda: handler.got
        return handler


def close_all():
    for name in NAMES:
        for handler in list(logging.getLogger(name).handlers):
            if not type(handler).__name__.startswith("Implicit"):
                logging.getLogger(name).removeHandler(handler)
                handler.close()


@pytest.fixture
def new_process(own_folder):
    """As if the process began with the test: it has no journal of another test's folder."""
    with prologue.set_aside():
        yield


@pytest.fixture
def last_resort(monkeypatch):
    handler = Kept()
    handler.setLevel(logging.WARNING)
    monkeypatch.setattr(logging, "lastResort", handler)
    return handler


class Counter:
    """A new text for each record."""

    number = 0

    def next(self):
        self.number += 1
        return f"message {self.number}"


@pytest.mark.parametrize(
    "surroundings", ["a run is open", "no run is open", "a run without capture", "a captured logger", "disabled"]
)
def test_what_explain_says_is_what_happens(surroundings, own_folder, new_process, last_resort, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    if surroundings == "disabled":
        monkeypatch.setenv("RUNLOG_MODE", "disabled")
    workspace = runlog.Workspace(own_folder / ".runlog")  # after the variable: it says whether anything is kept
    run = None
    if surroundings != "no run is open":
        how = {
            "a run without capture": {"capture_logging": False},
            "a captured logger": {"capture": {"a.b": "INFO"}, "log_level": "INFO"},
        }.get(surroundings, {})
        if surroundings == "a captured logger":
            logging.getLogger().setLevel(logging.ERROR)  # which the run then lowers for itself
        run = runlog.Experiment(workspace, "e").start_logging(outputs=False, **how)
    follower = run_log_follower(run, workspace)
    counter, outcomes = Counter(), []

    @settings(max_examples=250, suppress_health_check=list(HealthCheck), database=None)
    @example(EACH_DESTINATION, logging.NOTSET, False, ("d", logging.INFO))
    @example(EACH_DESTINATION, logging.NOTSET, False, ("d", logging.DEBUG))
    @given(trees, disabled_up_to, seldom, asked)
    def explained(plans, disable, reconfigured, question):
        with kept_logging_state():
            try:
                tree = Tree(plans, own_folder, counter.next())
                if reconfigured:  # closes handlers, disables loggers
                    logging.config.dictConfig({"version": 1, "loggers": {"a": {"level": "DEBUG"}}})
                logging.disable(disable)
                check(tree, *question)
            finally:
                close_all()

    def check(tree, name, level):
        message = counter.next()
        if name.endswith("new"):  # nobody has asked for it before
            name += message.partition(" ")[2]
        told = runlog.explain(name, level)
        logging.getLogger(name).log(level, message)
        outcomes.extend((one.name.partition(" ")[0], one.reaches) for one in told.destinations)
        said = {one.handler: one.reaches for one in told.destinations}
        in_run_log = any(message.encode() in event.payload for event in follower.poll())
        assert said.pop(None) == in_run_log, str(told)
        assert said.pop(last_resort, False) == (message in last_resort.got), str(told)
        last_resort.got.clear()
        got = {handler: message in read() for handler, read in tree.readers.items()}
        assert said == {handler: got[handler] for handler in said}, str(told)
        assert not any(reached for handler, reached in got.items() if handler not in said)

    try:
        explained()
    finally:
        if run is not None:
            run.complete()  # else the next test would find it open
    assert {reached for name, reached in outcomes if name != "run"} == {True, False}
    assert ("run", False) in outcomes
    assert (("run", True) in outcomes) == (surroundings != "disabled")


def run_log_follower(run, workspace):
    if run is not None:
        return workspace.backend.follow(run.id, {EventKind.LOG})
    target = context.process_target()
    runlog.RunLogHandler().handle(logging.makeLogRecord({"msg": "makes the journal"}))
    journal = target._backend.process_journal(target.id)
    return FolderFollower(journal, journal.reader.folder, {EventKind.LOG})
