"""``runlog compact``: what runs logged, in a quarter of the room."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, workspace_option
from runlog.control_characters import in_one_line


@click.command("compact", cls=RunCommand)
@click.argument("runs", metavar="RUN...", nargs=-1)
@workspace_option
def command(runs: tuple[str, ...]) -> None:
    """Rewrite what runs logged so that it takes a quarter of the room, and charts of it are drawn at once.

    Nothing of it changes for whoever reads it. Each RUN, or all of them; runs that are still going on, too: only
    segments that are full are rewritten. It can be stopped at any time, and called again.
    """
    from runlog.errors import JournalError, WrongValueError
    from runlog.journal.compacting import Compacted, compact_run
    from runlog.store.folder import FolderBackend

    workspace = chosen_workspace()
    if not isinstance(workspace.backend, FolderBackend):
        raise WrongValueError(f"{workspace.location} is no folder of this machine: its server compacts what it keeps")
    done, failed = Compacted(), False
    ids = [chosen_run(workspace, run) for run in runs] or workspace.backend.run_ids()
    for run_id in sorted(ids):
        try:
            done = done.plus(compact_run(Path(workspace.backend.describe_run(run_id))))
        except (JournalError, OSError) as error:
            if is_full(error):
                raise
            failed = True  # the others are compacted
            print(in_one_line(f"runlog: run {run_id} is not compacted: {error}"), file=sys.stderr)
    print(f"compacted {done.segments} segments: {done.before / 1e6:,.1f} MB became {done.after / 1e6:,.1f} MB")
    if failed:
        sys.exit(1)


def is_full(error: Exception) -> bool:
    """Whether there is no room, for any run."""
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
