"""``runlog backup``: copy a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from runlog.cli.arguments import chosen_folder, workspace_option
from runlog.control_characters import in_one_line
from runlog.reading.texts import size_text


@click.command("backup")
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@workspace_option
def command(target: Path) -> None:
    """Copy the workspace into TARGET, a folder that is new or empty, also while runs are written.

    The copy is a workspace: `runlog -w TARGET runs` reads it, and to restore it is to put it in the place of the other.
    """
    from runlog.store.backup import back_up

    copied = back_up(chosen_folder().folder, target)
    print(f"copied {copied.runs} runs, {size_text(copied.bytes)}, to {in_one_line(str(target))}")
