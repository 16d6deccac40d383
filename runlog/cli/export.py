"""``runlog export``: a run in a form that other programs read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.json_text import json_line
from runlog.cli.log_lines import record_fields
from runlog.cli.times import utc_text
from runlog.errors import MissingExtraError
from runlog.reading.chunks import read_scalars
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_records import read_records
from runlog.records import EventKind

if TYPE_CHECKING:
    from runlog.run import Run

OTHER_KINDS = {
    EventKind.RUN: "run",
    EventKind.STATUS: "status",
    EventKind.PARAMS: "params",
    EventKind.TAGS: "tags",
    EventKind.ROW: "row",
    EventKind.TABLE: "table",
    EventKind.IMAGE: "image",
    EventKind.FILE: "file",
    EventKind.SERIES: "series",
}


@click.command("export", cls=RunCommand)
@run_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "parquet"]),
    default="jsonl",
    show_default=True,
    help="The form.",
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
@workspace_option
def command(run: str, form: str, output: Path | None) -> None:
    """Write RUN in a form that other programs read.

    jsonl has everything, one self-describing object a line, by time. csv and parquet have the scalars, one row for each
    value.
    """
    workspace = chosen_workspace()
    held = workspace.get_run(chosen_run(workspace, run))
    if form == "parquet":
        _write_parquet(held, output)
        return
    lines = _json_lines(held) if form == "jsonl" else iter([held.to_pandas().to_csv(index=False)])
    if output is None:
        sys.stdout.writelines(lines)
    else:
        with output.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)


def _write_parquet(run: Run, output: Path | None) -> None:
    if output is None:
        raise click.UsageError("--format parquet needs a file: --output FILE")
    try:
        run.to_pandas().to_parquet(output, index=False)
    except ImportError as error:
        raise MissingExtraError("parquet needs pyarrow: pip install 'runlog-ml[parquet]'") from error


def _json_lines(run: Run) -> Iterator[str]:
    """Everything, by time; of equal times in the order of writers and streams, so that two exports are equal."""
    journal = run.experiment.workspace.backend.journal(run.id)
    rows: list[tuple[int, dict[str, Any]]] = []
    for name, got in read_scalars(journal).items():
        for step, time, value, writer in zip(got.steps, got.times, got.values, got.writers, strict=True):
            rows.append((time, {"type": "metric", "name": name, "value": value, "step": step, "writer": writer}))
    records = read_records(journal, LogFilter())
    rows += [(record.time_ns, {"type": "log", **record_fields(record)}) for record in records]
    for event in journal.events(OTHER_KINDS.keys()):
        payload = msgspec.msgpack.decode(event.payload)
        rows.append((payload["time"], {"type": OTHER_KINDS[EventKind(event.kind)], **payload, "writer": event.writer}))
    rows.sort(key=lambda row: row[0])
    for time, row in rows:
        yield json_line(
            {"type": row.pop("type"), "time": utc_text(time), **{k: v for k, v in row.items() if k != "time"}}
        )
