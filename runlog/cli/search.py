"""``runlog search``: log records of all runs that have certain words."""

from __future__ import annotations

import sys
from itertools import islice

import click

from runlog.cli.arguments import chosen_run, chosen_workspace, workspace_option
from runlog.cli.json_text import json_line
from runlog.cli.log_lines import record_fields, text_formatter
from runlog.cli.log_options import Count, Level, raw_option
from runlog.cli.nothing_found import counted, say
from runlog.cli.short_ids import short_ids
from runlog.cli.times import Moment
from runlog.control_characters import in_one_line
from runlog.handlers.colours import wants_colours
from runlog.store.contract import FoundRecord


@click.command("search")
@click.argument("text", required=False, default="")
@click.option("--run", "-r", "runs", multiple=True, metavar="RUN", help="Only records of this run; repeatable.")
@click.option("--level", "-l", type=Level(), default=0, help="Only records of this level or above.")
@click.option("--logger", default="", metavar="NAME", help="Only this logger and those beneath it.")
@click.option("--since", type=Moment(), help="Only records from this time on: 2026-01-31T13:05, or 10m, 2h, 3d ago.")
@click.option("--until", type=Moment(), help="Only records up to this time.")
@click.option("--limit", "-n", type=Count(), default=50, show_default=True, help="At most so many records.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with everything that was kept.")
@raw_option
@click.option("--no-run", is_flag=True, help="Records that were logged outside any run.")
@workspace_option
def command(
    text: str,
    runs: tuple[str, ...],
    level: int,
    logger: str,
    since: int | None,
    until: int | None,
    limit: int,
    as_json: bool,
    raw: bool,
    no_run: bool,
) -> None:
    """Find log records that have TEXT in them, newest first.

    TEXT is words, "phrases in quotes", begin*, -without, and level:, logger:, run:, after:, before: with a value; all
    of it must fit.
    """
    if runs and no_run:
        raise click.UsageError("--run and --no-run leave no record: give one of them")
    workspace = chosen_workspace()
    found = workspace.records(
        text,
        runs=[chosen_run(workspace, run) for run in runs] or None,
        level=level,
        logger=logger or None,
        after=since,
        before=until,
        no_run=no_run,
    )
    shown = list(islice(found, limit + 1))
    _print(shown[:limit], workspace.backend.run_ids(), as_json=as_json, raw=raw)
    if len(shown) > limit:
        print(f"... the newest {limit}; --limit shows more", file=sys.stderr)
    if not shown and not as_json:
        where = "outside any run" if no_run else f"in {counted(len(runs or workspace.backend.run_ids()), 'run')}"
        say(f"no record matches, {where}")


def _print(found: list[FoundRecord], run_ids: list[str], *, as_json: bool, raw: bool) -> None:
    if as_json:
        for run_id, record in found:
            sys.stdout.write(json_line({"run": run_id, **record_fields(record)}))
        return
    write = text_formatter(colour=wants_colours(sys.stdout), show_rank=False, raw=raw)
    short = short_ids([one.run_id for one in found if one.run_id is not None], run_ids)
    for run_id, record in found:
        sys.stdout.write(f"{'-' if run_id is None else in_one_line(short[run_id])} {write(record)}")
