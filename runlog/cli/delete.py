"""``runlog delete``: remove runs."""

from __future__ import annotations

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, workspace_option
from runlog.cli.asking import confirm
from runlog.cli.tables import print_table
from runlog.reading.texts import local_time


@click.command("delete", cls=RunCommand)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option("--recursive", "-r", is_flag=True, help="The runs beneath them, too.")
@click.option("--force", is_flag=True, help="Also runs of other hosts that gave no sign of their end.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@workspace_option
def command(runs: tuple[str, ...], recursive: bool, force: bool, yes: bool) -> None:
    """Delete each RUN with its journal and its files, for good.

    A run that a living process writes is refused. Pictures and versions of models stay.
    """
    workspace = chosen_workspace()
    chosen = [workspace.get_run(chosen_run(workspace, run)) for run in runs]
    if not yes:
        states = [run.state() for run in chosen]
        print_table(
            ("id", "name", "experiment", "status", "started"),
            [(one.id, one.name, one.experiment, one.status, local_time(one.created)) for one in states],
        )
        confirm("Delete them for good?", "--yes")
    for run in chosen:
        run.delete(recursive, force=force)
        print(f"deleted {run.id}")
