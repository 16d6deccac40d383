"""``runlog logs``: the log records of a run, or of no run, as text or JSON; followed while it lives."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, workspace_option
from runlog.cli.log_lines import format_json, text_formatter
from runlog.cli.log_options import Count, Level, Pattern, raw_option
from runlog.cli.nothing_found import say_no_records
from runlog.cli.times import Moment
from runlog.handlers.colours import wants_colours
from runlog.log_record import Record
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_records import read_records
from runlog.reading.newest_records import newest_records
from runlog.reading.openings import Openings

if TYPE_CHECKING:
    from runlog.backend import Backend, JournalView

Format = Callable[[Record], str]


@click.command("logs", cls=RunCommand)
@click.argument("run", metavar="[RUN]", required=False)
@click.option("--follow", "-f", is_flag=True, help="Print what is logged from now on too, until the run ends.")
@click.option("--level", "-l", type=Level(), default=0, help="Only records of this level or above.")
@click.option("--grep", "-g", type=Pattern(), help="Only records with this in the message, or in an exception's line.")
@click.option("--logger", default="", metavar="NAME", help="Only this logger and those beneath it.")
@click.option("--since", type=Moment(), help="Only records from this time on: 2026-01-31T13:05, or 10m, 2h, 3d ago.")
@click.option("--until", type=Moment(), help="Only records up to this time.")
@click.option("--tail", "-n", type=Count(least=0), metavar="N", help="Only the last N records.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with everything that was kept.")
@raw_option
@click.option("--no-run", is_flag=True, help="Records that were logged outside any run.")
@workspace_option
def command(
    run: str | None,
    follow: bool,
    level: int,
    grep: re.Pattern[str] | None,
    logger: str,
    since: int | None,
    until: int | None,
    tail: int | None,
    as_json: bool,
    raw: bool,
    no_run: bool,
) -> None:
    """Print the log records of RUN, in the order of their time.

    Each is a line "time level logger: message", in local time, with its traceback below.
    """
    if (run is None) == (not no_run):
        raise click.UsageError("name a run, or give --no-run for what was logged outside any")
    if no_run and follow:
        raise click.UsageError("--follow goes with a run: records outside any run are read as they stand")
    wanted = LogFilter(level, logger, grep, since, until)
    workspace = chosen_workspace()
    if run is None:
        _print_no_run(workspace.backend, wanted, tail, format_json if as_json else _text(raw=raw))
        return
    run_id = chosen_run(workspace, run)
    journal = workspace.backend.journal(run_id)
    format_record = format_json if as_json else _text(raw=raw, show_rank=_has_ranks(journal))
    if follow:
        from runlog.cli.log_follow import follow_logs

        follow_logs(workspace.backend, run_id, wanted, tail, format_record)
    else:
        written = write_all(_newest(journal, wanted, tail), format_record)
        if not written and tail != 0 and not as_json:
            say_no_records(journal, logger)


def write_all(records: Iterable[Record], format_record: Format) -> int:
    """Print records, one after the other; how many they were."""
    write, count = sys.stdout.write, 0
    for record in records:
        write(format_record(record))
        count += 1
    return count


def _newest(journal: JournalView, wanted: LogFilter, count: int | None) -> Iterable[Record]:
    return read_records(journal, wanted) if count is None else newest_records(journal, wanted, count)


def _text(*, raw: bool, show_rank: bool = False) -> Format:
    return text_formatter(colour=wants_colours(sys.stdout), show_rank=show_rank, raw=raw)


def _has_ranks(journal: JournalView) -> bool:
    openings = Openings(journal)
    opened = [openings.of(writer.writer_id) for writer in journal.writers]
    return len({one.rank for one in opened if one is not None}) > 1


def _print_no_run(backend: Backend, wanted: LogFilter, tail: int | None, format_record: Format) -> None:
    """Print what processes logged outside any run, process after process as they began."""
    journals = [backend.process_journal(process) for process in backend.process_ids()]
    if tail is None:
        write_all((record for journal in journals for record in read_records(journal, wanted)), format_record)
        return
    last: list[Record] = []
    for journal in reversed(journals):
        if len(last) < tail:
            last = [*newest_records(journal, wanted, tail - len(last)), *last]
    write_all(last, format_record)
