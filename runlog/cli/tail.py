"""``runlog tail``: a file's lines into a run."""

from __future__ import annotations

import re
import sys

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.log_options import Level, Pattern
from runlog.control_characters import in_one_line

LOOK = 0.5
"""Seconds after which Ctrl-C is noticed on every system."""


@click.command("tail", cls=RunCommand)
@run_argument
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Its lines are JSON: take level, message and fields from them.")
@click.option(
    "--pattern", type=Pattern(), metavar="REGEX", help="Take level, message and fields from the groups of those names."
)
@click.option("--level", type=Level(), default="INFO", show_default=True, help="The level of lines that name none.")
@click.option("--encoding", default="utf-8", show_default=True, help="The encoding of the file.")
@click.option("--from-start", is_flag=True, help="Take what is in it already, too.")
@click.option("--no-follow", is_flag=True, help="End at its end, rather than with the run.")
@workspace_option
def command(
    run: str,
    file: str,
    as_json: bool,
    pattern: re.Pattern[str] | None,
    level: int,
    encoding: str,
    from_start: bool,
    no_follow: bool,
) -> None:
    """Keep what is written to FILE in RUN, from now on, until the run ends or Ctrl-C.

    The file may be rotated, emptied, or come later.
    """
    from runlog.lifecycle.open_runs import owned_here, release
    from runlog.sources.log_file import file as follow_file

    if as_json and pattern is not None:
        raise click.UsageError("--json and --pattern exclude each other")
    workspace = chosen_workspace()
    guest = workspace.get_run(chosen_run(workspace, run))
    with follow_file(
        file,
        guest,
        parser="json" if as_json else pattern,
        level=level,
        encoding=encoding,
        from_start=from_start,
        follow=not no_follow,
    ) as source:
        while not source.wait(LOOK):
            pass
    if not owned_here(guest._recorder()):
        release(guest._recorder())
    lines = "1 line" if source.lines == 1 else f"{source.lines} lines"
    print(f"{lines} of {in_one_line(str(file))} are in {guest.id}", file=sys.stderr)
    if source.error is not None:
        sys.exit(1)
