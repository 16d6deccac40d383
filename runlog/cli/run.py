"""``runlog run``: a run around a command."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from runlog.cli.arguments import workspace_option

if TYPE_CHECKING:
    from runlog.run import Run
    from runlog.signal_forwarding import SignalForwarding


NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""What a shell answers where there is no such program, and where it may not be run."""


@click.command("run", context_settings={"allow_interspersed_args": False})
@click.option("--experiment", "-e", help="The experiment (RUNLOG_EXPERIMENT, else default).")
@click.option("--name", "-n", help="The run's display name.")
@click.option("--tag", "-t", "tags", multiple=True, metavar="KEY=VALUE", help="A tag; repeatable.")
@click.option("--group", "-g", help="The group that the run belongs to.")
@click.option("--no-output", is_flag=True, help="Show what the command prints, and keep none of it.")
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long the command may take to end after SIGTERM or Ctrl-C, before it is killed (RUNLOG_GRACE, else 30).",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND [ARGUMENTS]...")
@workspace_option
def command(
    experiment: str | None,
    name: str | None,
    tags: tuple[str, ...],
    group: str | None,
    no_output: bool,
    grace: float | None,
    command: tuple[str, ...],
) -> None:
    """Run COMMAND as a run: what it prints is shown and kept, and its exit code decides the status and is ours.

    0 is Completed, any other code Failed. A program that logs with runlog itself logs to this run. Signals are handed
    on to the command; after SIGTERM, Ctrl-C or SIGQUIT the run is Canceled, however the command then ends.
    """
    from runlog.experiment import Experiment
    from runlog.lifecycle.start import DEFAULT_EXPERIMENT
    from runlog.signal_forwarding import SignalForwarding, grace_of
    from runlog.workspace import Workspace

    _check_program(command[0])
    given = click.get_current_context().find_root().meta.get("runlog.workspace")
    workspace = Workspace.from_config() if given is None else Workspace(given)
    chosen = experiment or os.environ.get("RUNLOG_EXPERIMENT") or DEFAULT_EXPERIMENT
    forwarding = SignalForwarding(grace_of(grace))
    with forwarding:
        run = Experiment(workspace, chosen).start_logging(
            display_name=name,
            tags=dict(_tag(one) for one in tags),
            group=group or os.environ.get("RUNLOG_GROUP") or None,
            capture_logging=False,
        )
        with run:
            code = _run(run, workspace.location, command, forwarding, keep=not no_output)
    sys.exit(code if code >= 0 else 128 - code)


def _check_program(program: str) -> None:
    """Leave as a shell does where there is no such program: nothing was run."""
    if shutil.which(program) is None:
        there = shutil.which(program, os.F_OK)
        print(
            f"runlog: {program!r} can't be run: it is not executable; chmod +x makes it so"
            if there is not None
            else f"runlog: there is no program {program!r}: give its path, or the name of one that PATH leads to",
            file=sys.stderr,
        )
        sys.exit(NOT_FOUND if there is None else NOT_EXECUTABLE)


def _run(run: Run, location: str, command: Sequence[str], forwarding: SignalForwarding, *, keep: bool) -> int:
    """Run the command and end its run; the exit code, ``-n`` where signal n ended it."""
    from runlog.lifecycle import signals
    from runlog.sources.command import Command, ending

    if forwarding.asked_to_end:
        run.cancel()
        return -forwarding.asked_to_end
    environment = {**os.environ, "RUNLOG_RUN_ID": run.id, "RUNLOG_URI": location}
    try:
        code = Command(command, run, show=True, keep=keep).run_to_end(forwarding, env=environment)
    except OSError as error:
        run.fail(f"{command[0]} can't be started: {error}")
        print(f"runlog: {command[0]!r} can't be started: {error.strerror}", file=sys.stderr)
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
    forwarding.end()
    signals.watch()  # the command has ended: from now on a signal is for this process
    if forwarding.asked_to_end or -code in forwarding.received:
        run.cancel()
    elif code == 0:
        run.complete()
    else:
        run.fail(f"the command {ending(code)}")
    return code


def _tag(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    if not key:
        raise click.BadParameter(f"{text!r} has no key: write KEY=VALUE", param_hint="--tag")
    return key, value
