"""``runlog run``: a run around a command."""

from __future__ import annotations

import os
import sys

import click

from runlog.cli.arguments import workspace_option


@click.command("run", context_settings={"allow_interspersed_args": False})
@click.option("--experiment", "-e", help="The experiment (RUNLOG_EXPERIMENT, else default).")
@click.option("--name", "-n", help="The run's display name.")
@click.option("--tag", "-t", "tags", multiple=True, metavar="KEY=VALUE", help="A tag; repeatable.")
@click.option("--group", "-g", help="The group that the run belongs to.")
@click.option("--no-output", is_flag=True, help="Show what the command prints, and keep none of it.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND [ARGUMENTS]...")
@workspace_option
def command(
    experiment: str | None,
    name: str | None,
    tags: tuple[str, ...],
    group: str | None,
    no_output: bool,
    command: tuple[str, ...],
) -> None:
    """Run COMMAND as a run: what it prints is shown and kept, and its exit code decides the status and is ours.

    0 is Completed, any other code Failed, Ctrl-C Canceled. A program that logs with runlog itself logs to this run.
    """
    from runlog.experiment import Experiment
    from runlog.lifecycle.start import DEFAULT_EXPERIMENT
    from runlog.sources.command import ending, subprocess
    from runlog.workspace import Workspace

    given = click.get_current_context().find_root().meta.get("runlog.workspace")
    workspace = Workspace.from_config() if given is None else Workspace(given)
    chosen = experiment or os.environ.get("RUNLOG_EXPERIMENT") or DEFAULT_EXPERIMENT
    run = Experiment(workspace, chosen).start_logging(
        display_name=name,
        tags=dict(_tag(one) for one in tags),
        group=group or os.environ.get("RUNLOG_GROUP") or None,
        capture_logging=False,
    )
    environment = {**os.environ, "RUNLOG_RUN_ID": run.id, "RUNLOG_URI": workspace.location}
    with run:
        try:
            code = subprocess(command, run, env=environment, show=True, keep=not no_output)
        except OSError as error:
            run.fail(f"{command[0]} can't be started: {error}")
            raise
        if code == 0:
            run.complete()
        else:
            run.fail(f"the command {ending(code)}")
    sys.exit(code if code >= 0 else 128 - code)


def _tag(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    if not key:
        raise click.BadParameter(f"{text!r} has no key: write KEY=VALUE", param_hint="--tag")
    return key, value
