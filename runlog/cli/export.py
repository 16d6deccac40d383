"""``runlog export``: a run in a form that other programs read."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runlog.cli.arguments import RunCommand, chosen_run, chosen_workspace, run_argument, workspace_option
from runlog.cli.csv_text import safe_frame
from runlog.cli.export_lines import export_lines
from runlog.errors import MissingExtraError
from runlog.reading.texts import utc_text

if TYPE_CHECKING:
    from runlog.run import Run


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
    with nullcontext(sys.stdout) if output is None else output.open("w", encoding="utf-8", newline="") as stream:
        if form == "jsonl":
            stream.writelines(export_lines(workspace.backend.journal(held.id), workspace.backend.read_blob))
        else:
            safe_frame(_frame(held)).to_csv(stream, index=False)


def _frame(run: Run) -> Any:
    """The frame with times as RFC 3339, to the nanosecond."""
    frame = run.to_pandas()
    frame["time"] = [utc_text(time) for time in frame["time"].astype("int64")]
    return frame


def _write_parquet(run: Run, output: Path | None) -> None:
    if output is None:
        raise click.UsageError("--format parquet needs a file: --output FILE")
    frame = run.to_pandas()
    if "text" in frame:
        frame["text"] = frame["text"].map(str, na_action="ignore")
    try:
        frame.to_parquet(output, index=False)
    except ImportError as error:
        raise MissingExtraError("parquet needs pyarrow: pip install 'runlog-ml[parquet]'") from error
