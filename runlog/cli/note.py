"""``runlog note``: a note on a run."""

from __future__ import annotations

import sys

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option


@click.command("note", cls=RunCommand)
@run_argument
@click.argument("text", metavar="TEXT")
@click.option("--author", help="Who writes it; by default your login name.")
@workspace_option
def command(run: str, text: str, author: str | None) -> None:
    """Write a note on RUN, in Markdown, also after its end. TEXT may be - for what stdin has.

    Notes add up; `runlog show` has them all.
    """
    from runlog.lifecycle.open_runs import owned_here, release

    workspace = chosen_workspace()
    held = workspace.get_run(chosen_run(workspace, run))
    held.note(sys.stdin.read() if text == "-" else text, author=author)
    if not owned_here(held._recorder()):
        release(held._recorder())
    if held.dropped:
        raise click.ClickException(f"the note could not be kept in {workspace.location}: is its disk full?")
