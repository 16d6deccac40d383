"""The run log as a destination: which handler brings a record to it, and where it is kept then."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from runlog import context
from runlog.capturing.loggers import CapturedLoggerHandler
from runlog.diagnosis.way import Stop, Way, held_back
from runlog.diagnosis.words import Reason, level_name, told
from runlog.errors import ConfigurationError
from runlog.handlers import implicit, provenance
from runlog.handlers.record_payload import METRICS_LOGGER
from runlog.handlers.run_log import RunLogHandler
from runlog.lifecycle import capture, invitation
from runlog.workspace_search import is_enabled

if TYPE_CHECKING:
    from runlog.context import Target

MODE = "RUNLOG_MODE"


def reaching(way: Way) -> tuple[list[Reason], tuple[str, ...]]:
    """What keeps the records of a logger and level from the run log, and what makes that a guess."""
    reasons: list[Reason] = []
    unsure: tuple[str, ...] = ()
    if not _is_kept():
        reasons.append(Reason(f"{MODE} is disabled: nothing is kept", f"unset {MODE} before the program starts"))
    if way.name == METRICS_LOGGER:
        text = "the run keeps the point of run.log(), not the record that tells of it"
        reasons.append(Reason(text, "run.get_metrics() or run.series(NAME) reads the values"))
    reasons += way.made
    stops = [stop for stop in way.stops if isinstance(stop.handler, RunLogHandler)]
    if not stops:
        if _is_kept():
            reasons.append(_no_handler(way))
        return reasons, unsure
    kept_from, unsure = _first_that_writes(stops, way)
    return [*reasons, *kept_from], unsure


def _first_that_writes(stops: list[Stop], way: Way) -> tuple[list[Reason], tuple[str, ...]]:
    """Why no handler writes the record; empty where one does. A record comes to them in this order."""
    kept_from: list[Reason] = []
    unsure: tuple[str, ...] = ()
    for stop in stops:
        reasons, unsure = _through(stop, way)
        if not reasons and _leaves_out(stop.handler, way.level):
            return [_below_its_threshold(stop, way)], unsure
        if not reasons:
            return [], unsure
        kept_from = reasons
    return kept_from, unsure


def _leaves_out(handler: logging.Handler, level: int) -> bool:
    """Whether a handler that a run put on one logger decides that a record is not kept."""
    return isinstance(handler, CapturedLoggerHandler) and level < handler.threshold


def _below_its_threshold(stop: Stop, way: Way) -> Reason:
    wanted, name = level_name(way.level), stop.logger.name
    assert isinstance(stop.handler, CapturedLoggerHandler)
    text = f"capture= asked for logger {name!r} from {level_name(stop.handler.threshold)} on"
    return Reason(text, f'runlog.start(..., capture={{"{name}": "{wanted}"}})')


def _through(stop: Stop, way: Way) -> tuple[list[Reason], tuple[str, ...]]:
    """Why a record does not come to the run log through this handler."""
    reasons, unsure = held_back(stop, way)
    return [*(_let_by(one, way) for one in stop.blocked), *reasons], unsure


def _let_by(reason: Reason, way: Way) -> Reason:
    """A logger that keeps its records to itself is best captured by name, which changes nothing for others."""
    _, quote, rest = reason.text.partition("'")
    name = rest.partition("'")[0] if quote else ""
    return (
        reason._replace(fix=f'runlog.start(..., capture={{"{name}": "{level_name(way.level)}"}})') if name else reason
    )


def _no_handler(way: Way) -> Reason:
    if implicit.installed() and not way.made:
        removed = provenance.last("handler removed", logger=logging.root.name)
        return Reason(
            "runlog's handler was taken off the root logger",
            "logging.getLogger().addHandler(runlog.RunLogHandler())",
            told(removed, "removed"),
        )
    if context.current() is None and not capture.is_capturing():
        text = "no run is open, and no RunLogHandler is configured"
        if invitation.is_invited():
            return Reason(f"{text}; the process that started this one has a run", "runlog.attach() joins that run")
        return Reason(text, "runlog.start(...) before it is logged, or a RunLogHandler in the configuration")
    text = "the run was started with capture_logging=False, and no RunLogHandler is configured"
    return Reason(text, "leave capture_logging=False out, or logging.getLogger().addHandler(runlog.RunLogHandler())")


def where_kept() -> str:
    """Where a record goes that is logged here and now."""
    target = context.current()
    if target is None:
        return "no run is open: kept with the process, and moved to the front of the first run that it starts"
    missing = getattr(target, "dropped", 0)
    told_missing = f"; {missing} records could not be kept so far" if missing else ""
    return f"run {target.id}{told_missing}"


def _is_kept() -> bool:
    target: Target | None = context.current()
    if target is not None:
        backend = getattr(target, "_backend", None)
        return backend is None or bool(backend.keeps)
    try:
        return is_enabled()
    except ConfigurationError:  # the process's journal is then kept, as `start` has yet to refuse
        return True
