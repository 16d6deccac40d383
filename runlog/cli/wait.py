"""``runlog wait``: wait for the end of a run."""

from __future__ import annotations

import sys

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.control_characters import in_lines, indented
from runlog.lifecycle.waiting import summary, wait
from runlog.state import CANCELED, COMPLETED, CRASHED, FAILED, NOT_RESPONDING

EXIT_CODES = {COMPLETED: 0, FAILED: 3, CRASHED: 4, CANCELED: 5, NOT_RESPONDING: 6}
"""Beside those of every command: 1 for a fault, 2 for wrong use."""


@click.command("wait", cls=RunCommand)
@run_argument
@click.option("--logs", "-l", is_flag=True, help="Print its log records meanwhile.")
@workspace_option
def command(run: str, logs: bool) -> None:
    """Wait until RUN has ended; the exit code says how: 0 Completed, 3 Failed, 4 Crashed, 5 Canceled, 6 NotResponding.

    Ctrl-C ends the waiting only; the run goes on.
    """
    workspace = chosen_workspace()
    state = wait(workspace.get_run(chosen_run(workspace, run)), show_output=logs)
    if not logs:
        print(indented(in_lines(summary(state))))
    sys.exit(EXIT_CODES[state.status])
