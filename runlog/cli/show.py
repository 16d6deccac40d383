"""``runlog show``: what a run is and how it stands."""

from __future__ import annotations

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.runs import duration
from runlog.cli.tables import number_text, print_table, size_text
from runlog.cli.times import duration_text, local_time
from runlog.reading.chunks import read_scalars
from runlog.reading.series import is_number


@click.command("show", cls=RunCommand)
@run_argument
@workspace_option
def command(run: str) -> None:
    """Show what RUN is: status, times, parameters, tags, metrics, files, and what could not be kept."""
    workspace = chosen_workspace()
    run_id = chosen_run(workspace, run)
    backend = workspace.backend
    state = backend.state(run_id)
    print_table(
        ("run", run_id),
        [
            ("name", state.name),
            ("experiment", state.experiment),
            ("status", state.status),
            ("started", local_time(state.created)),
            ("ended", local_time(state.ended)),
            ("duration", duration_text(duration(state))),
            ("kept in", backend.describe_run(run_id)),
            *([("error", f"{state.error.type}: {state.error.message}")] if state.error else []),
            *((f"param {name}", number_text(value)) for name, value in state.params.items()),
            *((f"tag {name}", value or "") for name, value in state.tags.items()),
        ],
    )
    journal = backend.journal(run_id)
    rows = []
    for name, scalars in read_scalars(journal).items():
        numbers = [float(value) for value in scalars.values if is_number(value)]
        low, high = (min(numbers), max(numbers)) if numbers else (None, None)
        last = scalars.values[-1]
        rows.append((name, str(len(scalars.values)), number_text(last), number_text(low), number_text(high)))
    if rows:
        print()
        print_table(("metric", "values", "last", "min", "max"), rows, right=("values", "last", "min", "max"))
    if state.files:
        print()
        print_table(
            ("file", "size"), [(one.name, size_text(one.size)) for one in state.files.values()], right=("size",)
        )
    points, events = map(sum, zip(*journal.lost().values(), strict=True)) if journal.lost() else (0, 0)
    if points or events:
        print(f"\nnot kept: {points} points, {events} events")
