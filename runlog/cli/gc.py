"""``runlog gc``: remove what nobody needs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from runlog.cli.arguments import chosen_folder, workspace_option
from runlog.cli.asking import confirm, is_somebody_there
from runlog.cli.durations import DurationType
from runlog.cli.tables import print_table
from runlog.reading.texts import local_time, size_text

if TYPE_CHECKING:
    from runlog.state import RunState
    from runlog.store.folder import FolderBackend

_SPAN = DurationType(zero=True)


@click.command("gc")
@click.option("--older-than", type=_SPAN, help="Also runs that ended so long ago: 90d. Those tagged `pinned` stay.")
@click.option("--grace", type=_SPAN, default="1d", show_default=True, help="Keep what was written in this time.")
@click.option("--dry-run", "-n", is_flag=True, help="Tell what would be removed, and remove nothing.")
@click.option(
    "--yes", "-y", is_flag=True, help="Do not ask. Where nobody is there to answer, as in cron, none is asked."
)
@workspace_option
def command(older_than: float | None, grace: float, dry_run: bool, yes: bool) -> None:
    """Remove content that no run, model or record names any more, and what interrupted writes left.

    Runs stay unless --older-than says otherwise.
    """
    from runlog.store.garbage import collect

    backend = chosen_folder()
    if older_than is not None and (dry_run or (is_somebody_there() and not yes)):
        expired = _expired(backend, older_than)
        _print_runs(expired)
        if expired and not dry_run:
            confirm("Remove them for good?", "--yes")
    collected = collect(backend, older_than=older_than, grace=grace, dry_run=dry_run)
    for run_id in [] if dry_run else collected.runs:
        print(f"removed run {run_id}")
    print(
        f"{'would free' if dry_run else 'freed'} {size_text(collected.bytes)}: {len(collected.runs)} runs, "
        f"{collected.blobs} blobs, {collected.leftovers} leftovers"
    )


def _expired(backend: FolderBackend, older_than: float) -> list[RunState]:
    """The runs that would be removed, the one that ended first before the others."""
    from runlog.journal import real_time
    from runlog.store.retention import expired_runs

    ids = expired_runs(backend, backend.folder, real_time.wall() - older_than)
    return sorted(backend.states(ids), key=lambda state: (state.ended or state.created or 0, state.id))


def _print_runs(states: list[RunState]) -> None:
    if states:
        print_table(
            ("id", "name", "experiment", "status", "started", "ended"),
            [
                (one.id, one.name, one.experiment, one.status, local_time(one.created), local_time(one.ended))
                for one in states
            ],
        )
