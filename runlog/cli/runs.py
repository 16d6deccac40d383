"""``runlog runs``: the runs of a workspace."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from runlog.cli.arguments import chosen_workspace, workspace_option
from runlog.cli.json_text import json_line
from runlog.cli.log_options import Count
from runlog.cli.nothing_found import say_no_runs
from runlog.cli.run_columns import Column, columns
from runlog.cli.short_ids import short_ids
from runlog.cli.tables import print_table
from runlog.errors import WrongValueError
from runlog.names import check_experiment_name, group_name
from runlog.reading.run_filter import has_status
from runlog.reading.run_reference import newest_first
from runlog.reading.texts import duration, duration_text, local_time, utc_text
from runlog.statuses import known_status
from runlog.values import decode_cell

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.query.syntax import Query
    from runlog.reading.glance import Glance
    from runlog.state import RunState

COLUMNS = ("id", "name", "experiment", "status", "started", "duration")
SPARE = ("duration", "experiment", "started")
"""What a narrow terminal goes without, in this order."""


def _status(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else known_status(value)
    except WrongValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command("runs")
@click.argument("query", required=False)
@click.option("--experiment", "-e", help="Only runs of this experiment.")
@click.option("--group", "-g", help="Only runs of this group.")
@click.option(
    "--status",
    "-s",
    callback=_status,
    help="Only runs of this status: Running, Completed, Failed, Canceled, Crashed...",
)
@click.option(
    "--metric",
    "-m",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="Show this metric's last value, or 'min(NAME)', 'max(NAME)', 'count(NAME)'; repeatable.",
)
@click.option("--param", "-p", "params", multiple=True, metavar="NAME", help="Show this parameter; repeatable.")
@click.option("--tag", "-t", "tags", multiple=True, metavar="KEY", help="Show this tag; repeatable.")
@click.option("--limit", "-n", type=Count(), default=50, show_default=True, help="At most so many runs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with the last values of all metrics.")
@workspace_option
def command(
    query: str | None,
    experiment: str | None,
    group: str | None,
    status: str | None,
    metrics: tuple[str, ...],
    params: tuple[str, ...],
    tags: tuple[str, ...],
    limit: int,
    as_json: bool,
) -> None:
    """List the runs of the workspace, newest first, or those that QUERY takes, in its order.

    QUERY is such as 'metrics.mse < 3000 and params.seed = 0 order by metrics.mse'. The id is as much of it as no other
    run has.
    """
    shown = columns(metrics, params, tags)
    asked = None if query is None else _parsed(query)
    backend = chosen_workspace().backend
    experiment = None if experiment is None else check_experiment_name(experiment)
    indexed = None if experiment or group or status else _indexed(backend, query, limit + 1)
    states = (
        _taken(backend, asked, _fitting(backend, experiment, group, status))
        if indexed is None
        else backend.states(indexed)
    )
    found = list(islice(states, limit + 1))
    if as_json:
        _print_json(backend, found[:limit], shown)
        return
    _print_table(backend, found[:limit], shown)
    if not found:
        say_no_runs(backend, experiment, group, asked)
    if len(found) > limit:
        print(f"... the first {limit}; --limit shows more", file=sys.stderr)


def _indexed(backend: Backend, query: str | None, limit: int) -> list[str] | None:
    """Ids of the first runs, by the index; None where there is none."""
    if query is None:
        newest = backend.newest_first()
        return None if newest is None else list(islice(newest, limit))
    found = backend.find_runs(query)
    return None if found is None else [run_id for run_id, _ in found[:limit]]


def _parsed(query: str) -> Query:
    from runlog.query.parse import parse

    return parse(query)


def _print_json(backend: Backend, found: list[RunState], shown: list[Column]) -> None:
    for state, run in zip(found, _glances(backend, found), strict=True):
        asked = [one for one in shown if one.space == "metrics"]
        last = {name: one.last for name, one in run.metrics.items()}
        metrics = {one.heading: one.value(run) for one in asked if one.name in run.metrics} if asked else last
        sys.stdout.write(json_line(run_fields(state, metrics)))


def _print_table(backend: Backend, found: list[RunState], shown: list[Column]) -> None:
    ids = short_ids([state.id for state in found], backend.run_ids())
    runs = _glances(backend, found) if shown else [None] * len(found)
    rows = [
        (ids[state.id], *_cells(state), *(one.cell(run) for one in shown if run is not None))
        for state, run in zip(found, runs, strict=True)
    ]
    headings = [one.heading for one in shown]
    right = [one.heading for one in shown if one.space == "metrics"]
    print_table((*COLUMNS, *headings), rows, right=("duration", *right), spare=SPARE)


def _glances(backend: Backend, found: list[RunState]) -> list[Glance]:
    """The runs at a glance, in their order; one that is in no index yet is read from its journal."""
    from runlog.reading.glance import glance_of, glances

    known = {one.id: one for one in glances(backend, [state.id for state in found])}
    return [known.get(state.id) or glance_of(backend, state) for state in found]


def _taken(backend: Backend, query: Query | None, states: Iterator[RunState]) -> Iterator[RunState]:
    if query is None:
        return states
    from runlog.query.rows import taken_by

    return iter(taken_by(query, backend, states))


def _fitting(backend: Backend, experiment: str | None, group: str | None, status: str | None) -> Iterator[RunState]:
    for state in backend.states(newest_first(backend)):
        if experiment is not None and state.experiment != experiment:
            continue
        if group is not None and state.group != group_name(group):
            continue
        if status is None or has_status(state, status):
            yield state


def _cells(state: RunState) -> tuple[str, ...]:
    return (
        state.name,
        state.experiment,
        state.status,
        local_time(state.created),
        duration_text(duration(state)),
    )


def run_fields(state: RunState, metrics: dict[str, Any]) -> dict[str, object]:
    """A run as JSON has it."""
    return {
        "id": state.id,
        "name": state.name,
        "experiment": state.experiment,
        "group": state.group or None,
        "status": state.status,
        "created": None if state.created is None else utc_text(state.created),
        "ended": None if state.ended is None else utc_text(state.ended),
        "attempts": state.attempts,
        "params": {name: decode_cell(value) for name, value in state.params.items()},
        "tags": state.tags,
        "metrics": metrics,
    }
