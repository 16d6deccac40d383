"""``runlog.explain``: why a record does or does not reach each destination."""

from __future__ import annotations

import logging
import sys
from typing import Any, NamedTuple

from runlog.diagnosis import observe, run_log
from runlog.diagnosis.way import Stop, Way, held_back, way_of
from runlog.diagnosis.words import Reason, level_name
from runlog.errors import WrongTypeError
from runlog.handlers import unlisted
from runlog.handlers.call_handlers import look_at_watched
from runlog.handlers.run_log import RunLogHandler
from runlog.levels import level_number

RUN_LOG = "run log"
CONSOLE = "console"
_OWN_LEVEL = "its level: "
LAST_RESORT = "console (logging.lastResort)"


class Destination(NamedTuple):
    """One place that a record may reach."""

    name: str
    """``run log``, ``console``, ``file PATH``, or the handler's class."""
    reaches: bool
    reasons: tuple[str, ...]
    """Why not, each cause by itself; where it does, how."""
    fixes: tuple[str, ...]
    """What to change, one for each cause that has one."""
    places: tuple[str, ...]
    """Beside each reason: ``set in FILE, line N``, or empty where runlog did not see it set."""
    unsure: tuple[str, ...] = ()
    """What makes this a guess, such as a filter that looks at the text of a record."""
    handler: logging.Handler | None = None
    """The handler; None for the run log, which several may write to."""


class Explanation(NamedTuple):
    """What happens to the records of one logger and level."""

    logger: str
    level: int
    destinations: tuple[Destination, ...]

    def __str__(self) -> str:
        return "\n".join(line for one in self.destinations for line in self._lines(one))

    def __repr__(self) -> str:  # as the last line of a cell it is to be read, too
        return str(self)

    def _lines(self, one: Destination) -> list[str]:
        head = f"{self.logger or 'root'} {level_name(self.level)} -> {one.name}: {'yes' if one.reaches else 'NO'}"
        told = [f"{why} ({place})" if place else why for why, place in zip(one.reasons, one.places, strict=True)]
        lines = [f"{head}   {told[0]}" if told else head]
        lines += [f"  and {why}" for why in told[1:]]
        lines += [f"  fix: {fix}" for fix in one.fixes]
        return [*lines, *(f"  not sure: {why}" for why in one.unsure)]


class Explain:
    """Say why the records of a logger and level do or do not reach the run log, the console, files, other handlers.

    ``print(runlog.explain("transformers.trainer", "DEBUG"))``. It looks at ``logging`` as it is at the moment of the
    call, in the context of the call (which run is current), and changes nothing: the logger is not even made. Filters
    are tried with a made-up record.

    Files and lines are named where runlog saw them: what ``basicConfig``, ``dictConfig`` and ``fileConfig`` did while a
    run was open; and every change after :meth:`watch`, with ``RUNLOG_DEBUG=1``, or under ``runlog doctor``.
    """

    def __call__(self, logger: str | logging.Logger, level: int | str = "DEBUG") -> Explanation:
        """Explain one logger and level.

        Args:
            logger: its name (``""`` or ``"root"`` for root), or the logger.
            level: a level's name or number.

        Raises:
            WrongTypeError: for a logger or level of another type.
            WrongValueError: there is no level of this name.
        """
        name = logger.name if isinstance(logger, logging.Logger) else logger
        if not isinstance(name, str):
            raise WrongTypeError(f"explain needs a logger or its name, not {type(logger).__name__}: {logger!r}")
        number = level_number(level)
        if number is None:
            raise WrongTypeError("explain needs a level: a level's name or number, not None")
        return explanation(name or "root", number)

    def watch(self) -> None:
        """Note every change of loggers and handlers from now on, so that explanations can name the line."""
        observe.watch()

    def unwatch(self) -> None:
        """Undo :meth:`watch`."""
        observe.unwatch()


explain = Explain()


def explanation(name: str, level: int) -> Explanation:
    """Follow a record of this logger and level to each destination."""
    look_at_watched()
    way = way_of(name, level)
    others = [stop for stop in way.stops if not isinstance(stop.handler, RunLogHandler | logging.NullHandler)]
    destinations = [_to_run_log(way), *(_to_handler(stop, way) for stop in others)]
    if (last := _to_last_resort(way)) is not None:
        destinations.append(last)
    return Explanation(name, level, tuple(destinations))


def _destination(
    name: str,
    reasons: list[Reason],
    unsure: tuple[str, ...],
    *,
    how: str = "",
    handler: logging.Handler | None = None,
) -> Destination:
    if not reasons:
        return Destination(name, True, (how,) if how else (), (), ("",) if how else (), unsure, handler)
    texts, fixes, places = zip(*reasons, strict=True)
    return Destination(name, False, texts, tuple(filter(None, fixes)), places, unsure, handler)


def _to_run_log(way: Way) -> Destination:
    reasons, unsure = run_log.reaching(way)
    return _destination(RUN_LOG, reasons, (*way.unsure, *unsure), how=run_log.where_kept())


def _to_handler(stop: Stop, way: Way) -> Destination:
    handler = stop.handler
    reasons, unsure = held_back(stop, way)
    every = [*way.made, *stop.blocked, *(_named(reason, handler) for reason in reasons)]
    return _destination(
        describe_handler(handler), every, (*way.unsure, *unsure), how=_passed_on(handler), handler=handler
    )


def _named(reason: Reason, handler: logging.Handler) -> Reason:
    """A fix that concerns a handler's level, completed with the handler's name."""
    if not reason.fix.startswith(_OWN_LEVEL):
        return reason
    named = f"handler {handler.name!r}" if handler.name else type(handler).__name__
    return reason._replace(fix=f"give the {named} the level {reason.fix.removeprefix(_OWN_LEVEL)}")


def _to_last_resort(way: Way) -> Destination | None:
    """What ``logging`` does where no handler is configured: it prints warnings to stderr."""
    last = logging.lastResort
    if last is None or any(stop.handler not in unlisted.of(stop.logger) for stop in way.open_stops):
        return None
    reasons = list(way.made)
    if not reasons and way.for_run_log_alone:
        reasons.append(Reason("a run lowered a level for its run log, and nothing else shows more than before"))
    if way.level < last.level:
        text = f"no handler is on its way, and then only {level_name(last.level)} and above are printed"
        reasons.append(Reason(text, "" if way.stops else f'logging.basicConfig(level="{level_name(way.level)}")'))
    return _destination(LAST_RESORT, reasons, way.unsure, how="no handler is on its way", handler=last)


def describe_handler(handler: logging.Handler) -> str:
    """A destination's name."""
    if (path := getattr(handler, "baseFilename", None)) is not None:
        from runlog.handlers.provenance import relative

        return f"file {relative(str(path))}"
    if isinstance(handler, logging.StreamHandler):
        stream: Any = handler.stream
        if stream in {sys.stderr, sys.__stderr__}:
            return CONSOLE
        if stream in {sys.stdout, sys.__stdout__}:
            return f"{CONSOLE} (stdout)"
    return handler.name or type(handler).__name__


def _passed_on(handler: logging.Handler) -> str:
    """What becomes of a record that a handler hands on itself."""
    if getattr(handler, "queue", None) is not None and hasattr(handler, "enqueue"):
        return "it puts the record into a queue; handlers behind it have levels of their own (respect_handler_level)"
    if hasattr(handler, "target") and hasattr(handler, "buffer"):
        return "it collects records, and hands them on when it is full or something severe comes"
    return ""
