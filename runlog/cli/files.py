"""``runlog files``: the files of a run."""

from __future__ import annotations

from pathlib import Path

import click

from runlog.checks.files import target_below
from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.nothing_found import say
from runlog.cli.tables import print_table
from runlog.control_characters import in_one_line
from runlog.reading.texts import size_text


@click.command("files", cls=RunCommand)
@run_argument
@click.option("--download", "-d", type=click.Path(file_okay=False, path_type=Path), help="Copy them into this folder.")
@workspace_option
def command(run: str, download: Path | None) -> None:
    """List the files of RUN, or copy them into a folder."""
    workspace = chosen_workspace()
    held = workspace.get_run(chosen_run(workspace, run))
    if download is None:
        kept = held.state().files.values()
        print_table(("file", "size", "sha256"), [(one.name, size_text(one.size), one.sha256[:12]) for one in kept])
    if not held.state().files:
        say(f"the run has no files; `runlog metrics {held.id} --download FOLDER` fetches its pictures and their kin")
    if download is None:
        return
    for name in held.get_file_names():
        target = target_below(download, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        print(in_one_line(str(held.download_file(name, target))))
