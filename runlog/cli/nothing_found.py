"""What is said on stderr where nothing was found: how much there is, and which name may have been meant."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from runlog.control_characters import in_one_line
from runlog.names import did_you_mean
from runlog.query.syntax import Query, Space
from runlog.reading.counts import count_records
from runlog.server_address import is_server

if TYPE_CHECKING:
    from runlog.backend import Backend, JournalView

_SINGULAR = {
    Space.METRICS: "metric",
    Space.PARAMS: "parameter",
    Space.TAGS: "tag",
    Space.PROPERTIES: "property",
}


def say(text: str) -> None:
    """Say something on stderr, behind what stdout has by then."""
    sys.stdout.flush()
    print(in_one_line(text), file=sys.stderr)


def counted(number: int, what: str) -> str:
    """``1 run``, ``3 runs``, ``no runs``."""
    return f"1 {what}" if number == 1 else f"{number or 'no'} {what}s"


def unknown(what: str, given: str, known: Collection[str]) -> str:
    """What is said of a name that nothing has: ``no experiment is called 'nope': did you mean 'note'?``."""
    hint = did_you_mean(given, known)
    return f"no {what} is called {given!r}{f': {hint}' if hint else ''}"


def say_no_runs(backend: Backend, experiment: str | None, group: str | None, query: Query | None) -> None:
    """Say that no run was found, and which of the names that were asked for no run has.

    Args:
        backend: keeps the runs.
        experiment: that was asked for.
        group: that was asked for.
        query: that was asked.
    """
    run_ids = backend.run_ids()
    say(f"no run matches; {counted(len(run_ids), 'run')} in {backend.location}")
    for line in _unknown_names(backend, run_ids, experiment, group, query):
        say(line)


def say_no_records(journal: JournalView, logger: str) -> None:
    """Say that no log record was found in a run, and how many it has of each level.

    Args:
        journal: of the run.
        logger: that was asked for; may be empty.
    """
    counts = count_records(journal)
    if not counts.total:
        say("the run has no log records")
        return
    levels = ", ".join(f"{count:,} {level}" for level, count in counts.levels.items())
    more = "" if counts.is_all else "more than "
    say(f"no record matches; the run has {more}{counted(counts.total, 'record')} ({levels})")
    beneath = f"{logger}."
    if logger and not any(one == logger or one.startswith(beneath) for one in counts.loggers):
        say(unknown("logger", logger, counts.loggers))


def _unknown_names(
    backend: Backend, run_ids: list[str], experiment: str | None, group: str | None, query: Query | None
) -> Iterator[str]:
    if experiment is None and group is None and query is None:
        return
    states = list(backend.states(run_ids))
    if experiment is not None:
        yield from _told("experiment", experiment, {state.experiment for state in states})
    if group is not None:
        yield from _told("group", group, {state.group for state in states if state.group})
    if query is None:
        return
    known: dict[Space, set[str]] = {
        Space.PARAMS: {name for state in states for name in state.params},
        Space.TAGS: {key for state in states for key in state.tags},
        Space.PROPERTIES: {key for state in states for key in state.properties},
    }
    asked = sorted({(field.space, field.key) for field in query.fields()}, key=str)
    if any(space is Space.METRICS for space, _ in asked):
        known |= _metric_names(backend, run_ids)
    for space, key in asked:
        if space in known:
            yield from _told(_SINGULAR[space], key, known[space])


def _told(what: str, given: str, known: Collection[str]) -> Iterable[str]:
    return () if given in known else (unknown(what, given, known),)


def _metric_names(backend: Backend, run_ids: list[str]) -> dict[Space, set[str]]:
    """The names of all metrics; empty where another machine would have to be asked for whole journals."""
    from runlog.reading.glance import glances

    if is_server(backend.location) and backend.summaries([]) is None:
        return {}
    return {Space.METRICS: {name for run in glances(backend, run_ids) for name in run.metrics}}
