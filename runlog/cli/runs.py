"""``runlog runs``: the runs of a workspace."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from runlog.cli.arguments import chosen_workspace, workspace_option
from runlog.cli.json_text import json_line
from runlog.cli.short_ids import short_ids
from runlog.cli.tables import print_table
from runlog.names import group_name
from runlog.reading.run_reference import newest_first
from runlog.reading.texts import duration, duration_text, local_time, number_text, utc_text
from runlog.values import decode_cell

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.state import RunState

COLUMNS = ("id", "name", "experiment", "status", "started", "duration")
SPARE = ("duration", "experiment", "started")
"""What a narrow terminal goes without, in this order."""


@click.command("runs")
@click.argument("query", required=False)
@click.option("--experiment", "-e", help="Only runs of this experiment.")
@click.option("--group", "-g", help="Only runs of this group.")
@click.option("--status", "-s", help="Only runs of this status: Running, Completed, Failed, Canceled, Crashed...")
@click.option(
    "--metric", "-m", "metrics", multiple=True, metavar="NAME", help="Show this metric's last value; repeatable."
)
@click.option("--limit", "-n", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many runs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@workspace_option
def command(
    query: str | None,
    experiment: str | None,
    group: str | None,
    status: str | None,
    metrics: tuple[str, ...],
    limit: int,
    as_json: bool,
) -> None:
    """List the runs of the workspace, newest first, or those that QUERY takes, in its order.

    QUERY is such as 'metrics.mse < 3000 and params.seed = 0 order by metrics.mse'. The id is as much of it as no other
    run has.
    """
    backend = chosen_workspace().backend
    fitting = _fitting(backend, experiment, group, status)
    indexed = None if query is None or experiment or group or status else backend.find_runs(query)
    asked = _asked(backend, query, fitting) if indexed is None else (backend.state(run_id) for run_id, _ in indexed)
    found = list(islice(asked, limit + 1))
    more = len(found) > limit
    found = found[:limit]
    if as_json:
        for state in found:
            sys.stdout.write(json_line(run_fields(state, last_values(backend, state.id, metrics))))
        return
    shown = short_ids([state.id for state in found], backend.run_ids())
    rows = []
    for state in found:
        values = last_values(backend, state.id, metrics)
        rows.append((shown[state.id], *_cells(state), *(number_text(values.get(name)) for name in metrics)))
    print_table((*COLUMNS, *metrics), rows, right=("duration", *metrics), spare=SPARE)
    if more:
        print(f"... the first {limit}; --limit shows more", file=sys.stderr)


def _asked(backend: Backend, query: str | None, states: Iterator[RunState]) -> Iterator[RunState]:
    if query is None:
        return states
    from runlog.query.parse import parse
    from runlog.query.rows import taken_by

    return iter(taken_by(parse(query), backend, states))


def _fitting(backend: Backend, experiment: str | None, group: str | None, status: str | None) -> Iterator[RunState]:
    for run_id in newest_first(backend):
        state = backend.state(run_id)
        if experiment is not None and state.experiment != experiment:
            continue
        if group is not None and state.group != group_name(group):
            continue
        if status is None or state.status.lower() == status.lower():
            yield state


def _cells(state: RunState) -> tuple[str, ...]:
    return (
        state.name,
        state.experiment,
        state.status,
        local_time(state.created),
        duration_text(duration(state)),
    )


def last_values(backend: Backend, run_id: str, names: Sequence[str]) -> dict[str, Any]:
    """The last values of these metrics; those that the run does not have are left out."""
    if not names:
        return {}
    from runlog.reading.chunks import read_scalars

    found = read_scalars(backend.journal(run_id), names)
    return {name: found[name].values[-1] for name in names if name in found}


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
        **({"metrics": metrics} if metrics else {}),
    }
