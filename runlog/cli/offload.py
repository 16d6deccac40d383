"""``runlog offload``: move content that is no longer new to an object store."""

from __future__ import annotations

import click

from runlog.cli.arguments import chosen_folder, workspace_option
from runlog.cli.durations import DurationType
from runlog.control_characters import in_one_line
from runlog.reading.texts import size_text

_SPAN = DurationType(zero=True)


@click.command("offload")
@click.argument("url", required=False)
@click.option("--older-than", type=_SPAN, default="7d", show_default=True, help="Only what was not named for so long.")
@click.option("--dry-run", "-n", is_flag=True, help="Tell what would be moved, and move nothing.")
@workspace_option
def command(url: str | None, older_than: float, dry_run: bool) -> None:
    """Move blobs to an object store: URL is s3://bucket/prefix, gs://..., abfs://..., or what else fsspec reads.

    URL is needed the first time only. What was moved is fetched when somebody asks for it.
    """
    from runlog.store.offload import offload

    moved = offload(chosen_folder(), url, older_than=older_than, dry_run=dry_run)
    told = "would move" if dry_run else "moved"
    print(f"{told} {moved.blobs} blobs, {size_text(moved.bytes)}, to {in_one_line(moved.url)}")
