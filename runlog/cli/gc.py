"""``runlog gc``: remove what nobody needs any more."""

from __future__ import annotations

import click

from runlog.cli.arguments import chosen_folder, workspace_option
from runlog.cli.durations import DurationType
from runlog.reading.texts import size_text

_SPAN = DurationType(zero=True)


@click.command("gc")
@click.option("--older-than", type=_SPAN, help="Also runs that ended so long ago: 90d. Those tagged `pinned` stay.")
@click.option("--grace", type=_SPAN, default="1d", show_default=True, help="Keep what was written in this time.")
@click.option("--dry-run", "-n", is_flag=True, help="Tell what would be removed, and remove nothing.")
@workspace_option
def command(older_than: float | None, grace: float, dry_run: bool) -> None:
    """Remove content that no run, model or record names any more, and what interrupted writes left.

    Runs stay unless --older-than says otherwise.
    """
    from runlog.store.garbage import collect

    collected = collect(chosen_folder(), older_than=older_than, grace=grace, dry_run=dry_run)
    for run_id in collected.runs:
        print(f"{'would remove' if dry_run else 'removed'} run {run_id}")
    print(
        f"{'would free' if dry_run else 'freed'} {size_text(collected.bytes)}: {len(collected.runs)} runs, "
        f"{collected.blobs} blobs, {collected.leftovers} leftovers"
    )
