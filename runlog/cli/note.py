"""``runlog note``: a note on a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.nothing_found import say
from runlog.server_address import is_server

if TYPE_CHECKING:
    from runlog.backend import Backend

PATIENCE = 30.0
"""Seconds that a server may take to have the note."""


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
    is_sent = is_server(workspace.location) and workspace.backend.keeps
    if is_sent:
        from runlog.remote.rights import check_may_write

        check_may_write(workspace.location)
    held = workspace.get_run(chosen_run(workspace, run))
    held.note(sys.stdin.read() if text == "-" else text, author=author)
    if not owned_here(held._recorder()):
        release(held._recorder())
    if held.dropped:
        raise click.ClickException(f"the note could not be kept in {workspace.location}: is its disk full?")
    if is_sent:
        _wait(workspace.backend, held.id)


def _wait(backend: Backend, run_id: str) -> None:
    kept = backend.wait_until_kept(run_id, PATIENCE, patient=False)
    if not kept.everything:
        say(f"the note is on this machine only ({kept.why_not}): `runlog sync` sends it")
