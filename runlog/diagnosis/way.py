"""The way of a record: whether its logger makes it at all, and which handlers it then comes by."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import NamedTuple

from runlog.diagnosis.trial import try_filters
from runlog.diagnosis.words import Reason, code_of, level_name, logger_name, set_at, told
from runlog.handlers import lowered_levels, provenance, unlisted
from runlog.handlers.call_handlers import is_run_log_handler
from runlog.handlers.provenance import is_closed


class Stop(NamedTuple):
    """A handler on the way from a logger to root."""

    handler: logging.Handler
    logger: logging.Logger
    blocked: tuple[Reason, ...]
    """Loggers before it that keep their records to themselves."""


class Way(NamedTuple):
    """The way of the records of one logger and level."""

    name: str
    level: int
    made: tuple[Reason, ...]
    """Why no record is made; empty where one is."""
    unsure: tuple[str, ...]
    stops: tuple[Stop, ...]
    """Every handler up to root in the order in which a record comes to them, those that are cut off included."""
    for_run_log_alone: bool
    """Whether a record is made only because a level was lowered for the run log: other handlers don't get it."""

    @property
    def open_stops(self) -> tuple[Stop, ...]:
        """The handlers that a record comes by."""
        return tuple(stop for stop in self.stops if not stop.blocked)


def way_of(name: str, level: int) -> Way:
    """Follow a record that would be logged now. No logger is made for it."""
    logger = existing(name)
    start = logger or _nearest(name)
    made = list(_kept_from_being_made(logger, start, name, level))
    unsure: tuple[str, ...] = ()
    if logger is not None:
        verdict = try_filters(logger, name, level)
        unsure = (*verdict.unsure, *_way_of_its_own(logger))
        if not verdict.passes:
            code = code_of(logger)
            fix = (
                f"have it let these records pass, or take it off: {code}.removeFilter({code}.filters[{verdict.number}])"
            )
            made.append(Reason(f"{verdict.by} on {logger_name(logger)} holds it back", fix))
    for_run_log_alone = lowered_levels.in_force and not lowered_levels.was_let_through(start, level)
    return Way(name, level, tuple(made), unsure, tuple(_stops(start)), for_run_log_alone)


def _way_of_its_own(logger: logging.Logger) -> Iterator[str]:
    """A class of loggers may call handlers in a way that only it knows."""
    for one in type(logger).__mro__[: type(logger).__mro__.index(logging.Logger)]:
        if "callHandlers" in vars(one):
            yield f"{logger_name(logger)} is a {one.__name__}, which calls handlers in its own way"


def existing(name: str) -> logging.Logger | None:
    """The logger of this name, if somebody has asked for it."""
    if name in {"", "root"}:
        return logging.root
    found = logging.root.manager.loggerDict.get(name)
    return found if isinstance(found, logging.Logger) else None


def _nearest(name: str) -> logging.Logger:
    """The logger whose child a new logger of this name would be."""
    while "." in name:
        name = name.rpartition(".")[0]
        if (found := existing(name)) is not None:
            return found
    return logging.root


def _kept_from_being_made(logger: logging.Logger | None, start: logging.Logger, name: str, level: int) -> list[Reason]:
    reasons = []
    disabled = logging.root.manager.disable
    if disabled >= level:
        place = set_at("disable", disabled)
        text = f"logging.disable({level_name(disabled)}) is in force for all loggers"
        reasons.append(Reason(text, "logging.disable(logging.NOTSET)", place))
    if logger is not None and logger.disabled:
        reasons.append(_disabled(logger))
    setter = _sets_level(start)
    effective = setter.level if setter is not None else logging.NOTSET
    if level < effective and setter is not None:
        reasons.append(_level(logger, setter, name, level))
    if logger is not None and logger.isEnabledFor(level):
        return []  # it remembers an answer from before, as someone assigned a level to the attribute
    if logger is not None and not reasons:
        text = f"{logger_name(logger)} remembers an answer from before a level was assigned to an attribute"
        reasons.append(Reason(text, "set levels with setLevel(), which makes loggers forget such answers"))
    return reasons


def _disabled(logger: logging.Logger) -> Reason:
    change = provenance.last("disabled", logger=logger.name)
    by_configuration = change is not None and change.value and change.by in {"dictConfig", "fileConfig", "configure"}
    why = ", as a configuration disables existing loggers that it does not name" if by_configuration else ""
    fix = f"{code_of(logger)}.disabled = False"
    if why or change is None:
        fix = f"disable_existing_loggers=False in the configuration, or {fix}"
    return Reason(f"{logger_name(logger)} is disabled{why}", fix, set_at("disabled", True, logger=logger.name))


def _sets_level(logger: logging.Logger) -> logging.Logger | None:
    """The logger whose level is in force; None where none has one."""
    one: logging.Logger | None = logger
    while one is not None and not one.level:
        one = one.parent
    return one


def _level(logger: logging.Logger | None, setter: logging.Logger, name: str, level: int) -> Reason:
    wanted = level_name(level)
    text = f"{logger_name(setter)} has level {level_name(setter.level)}"
    if setter is not logger:
        text += f", which {name!r} takes over" if logger is not None else f", which a new logger {name!r} takes over"
    if setter is logging.root:
        fix = f'logging.basicConfig(level="{wanted}"), or runlog.start(..., log_level="{wanted}")'
        if (idle := _idle_basic_config()) is not None:
            text += f"; basicConfig in {idle.place} did nothing, as root had handlers by then"
            fix = f'logging.basicConfig(level="{wanted}", force=True), or logging.getLogger().setLevel("{wanted}")'
    else:
        fix = f'{code_of(setter)}.setLevel("{wanted}")'
    return Reason(text, fix, set_at("level", setter.level, logger=setter.name))


def _idle_basic_config() -> provenance.Change | None:
    return next(
        (one for one in reversed(provenance.changes()) if one.by == "basicConfig" and one.value and one.what == "call"),
        None,
    )


def _stops(start: logging.Logger) -> list[Stop]:
    """Of handlers that stand in no list, the nearest logger's come first, and a record comes to no others of them."""
    first: list[Stop] = []
    listed: list[Stop] = []
    blocked: tuple[Reason, ...] = ()
    one: logging.Logger | None = start
    while one is not None:
        if not any(not stop.blocked for stop in first):
            first += [Stop(handler, one, blocked) for handler in unlisted.of(one)]
        listed += [Stop(handler, one, blocked) for handler in one.handlers]
        if not one.propagate and one.parent is not None:
            place = set_at("propagate", one.propagate, logger=one.name)
            blocked = (
                *blocked,
                Reason(f"{logger_name(one)} has propagate=False", f"{code_of(one)}.propagate = True", place),
            )
        one = one.parent
    return first + listed


def held_back(stop: Stop, way: Way) -> tuple[list[Reason], tuple[str, ...]]:
    """Why a handler that a record comes by does not take it, and what makes that a guess."""
    handler, name, level, reasons = stop.handler, way.name, way.level, []
    if way.for_run_log_alone and not is_run_log_handler(handler):
        text = "a run lowered a level for the run log alone, and other handlers go on showing what they showed before"
        reasons.append(Reason(text, "set the level yourself: logging.getLogger(NAME).setLevel(LEVEL)"))
    if level < handler.level:
        place = set_at("handler level", handler.level, handler=handler) or told(
            provenance.last("handler added", handler=handler), "added"
        )
        fix = f"its level: {level_name(level)}"
        reasons.append(Reason(f"handler level is {level_name(handler.level)}", fix, place))
    verdict = try_filters(handler, name, level)
    if not verdict.passes:
        fix = "take the filter off, or have it let these records pass"
        reasons.append(Reason(f"{verdict.by} on it holds it back", fix))
    if (fault := _cannot_write(handler)) is not None:
        reasons.append(fault)
    return reasons, verdict.unsure


def _cannot_write(handler: logging.Handler) -> Reason | None:
    place = told(provenance.last("handler closed", handler=handler), "closed")
    fix = "add a new handler, or configure logging once: dictConfig and fileConfig close every handler they find"
    if isinstance(handler, logging.FileHandler):
        if is_closed(handler) and handler.stream is None and handler.mode == "w" and _is_plain(handler):
            return Reason("the handler is closed, and one of mode 'w' does not open its file again", fix, place)
        return None
    stream = getattr(handler, "stream", None)
    if isinstance(handler, logging.StreamHandler) and getattr(stream, "closed", False):
        return Reason("the stream that it writes to is closed", "give the handler an open stream: setStream()", place)
    return None


def _is_plain(handler: logging.FileHandler) -> bool:
    """Whether it writes as the standard library's does: a class of its own may open its file again."""
    return type(handler).emit is logging.FileHandler.emit
