"""``runlog runs``: the runs of a workspace."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from runlog.cli.arguments import chosen_workspace, newest_first, workspace_option
from runlog.cli.json_text import json_line
from runlog.cli.times import duration_text, local_time, utc_text
from runlog.journal import clock

if TYPE_CHECKING:
    from runlog.state import RunState


@click.command("runs")
@click.option("--experiment", "-e", help="Only runs of this experiment.")
@click.option("--status", "-s", help="Only runs of this status: Running, Completed, Failed, Canceled, Crashed...")
@click.option("--limit", "-n", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many runs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@workspace_option
def command(experiment: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """List the runs of the workspace, newest first."""
    backend = chosen_workspace().backend
    found: list[RunState] = []
    for run_id in newest_first(backend):
        state = backend.state(run_id)
        if experiment is not None and state.experiment != experiment:
            continue
        if status is not None and state.status.lower() != status.lower():
            continue
        found.append(state)
        if len(found) == limit:
            break
    if as_json:
        for state in found:
            sys.stdout.write(json_line(run_fields(state)))
        return
    from runlog.cli.tables import print_table

    rows = [
        (one.id, one.name, one.experiment, one.status, local_time(one.created), duration_text(duration(one)))
        for one in found
    ]
    print_table(("id", "name", "experiment", "status", "started", "duration"), rows, right=("duration",))


def duration(state: RunState) -> int | None:
    """Nanoseconds from a run's start to its end, or to now while its owner lives."""
    if state.created is None:
        return None
    end = state.ended or (clock.now() if state.owner_alive else None)
    return None if end is None else end - state.created


def run_fields(state: RunState) -> dict[str, object]:
    """A run as JSON has it."""
    return {
        "id": state.id,
        "name": state.name,
        "experiment": state.experiment,
        "status": state.status,
        "created": None if state.created is None else utc_text(state.created),
        "ended": None if state.ended is None else utc_text(state.ended),
        "attempts": state.attempts,
        "params": state.params,
        "tags": state.tags,
    }
