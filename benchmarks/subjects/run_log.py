"""runlog's calls and handlers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.peers.scalars import TEN
from benchmarks.statement import Statement

from .exceptions import error_into
from .stdlib import info_into

if TYPE_CHECKING:
    from runlog import Run


@contextmanager
def open_run(folder: Path) -> Iterator[Run]:
    """An open run in a workspace of its own; what the root logger gets is not captured."""
    import runlog

    workspace = runlog.Workspace.create("bench", location=folder)
    with runlog.Experiment(workspace, "bench").start_logging(capture_logging=False) as run:
        yield run


def run_calls(run: Run) -> dict[str, Statement]:
    """Metrics, as a training loop logs them."""
    return {
        "run.log(name, float)": Statement('run.log("loss", 0.25)', {"run": run}),
        "run.log(name, float, step=i)": Statement('run.log("accuracy", 0.25, step=i)', {"run": run}),
        "run.log_metrics, 10 values": Statement("run.log_metrics(ten, step=i)", {"run": run, "ten": TEN}),
        "run.log_row, 2 columns": Statement('run.log_row("cosine", angle=0.25, cos=0.97)', {"run": run}),
    }


def records(folder: Path) -> dict[str, Statement]:
    """``logger.info`` into each handler while a run is open, and an exception into the run log.

    One RunLogHandler serves all, as in a program. The RunContextFilter is therefore on a logger.
    """
    import runlog

    run_log = runlog.RunLogHandler()
    with_context = info_into("context", run_log)
    with_context.names["log"].addFilter(runlog.RunContextFilter())
    rotating = runlog.RotatingFileHandler(folder / "rotating.jsonl", maxBytes=1 << 30, backupCount=1)
    # The stream stays open as long as the process: a handler may be used until then.
    null_stream = Path("/dev/null").open("w", encoding="utf-8")  # noqa: SIM115
    return {
        "RunLogHandler": info_into("run", run_log),
        "RunLogHandler + RunContextFilter": with_context,
        "RotatingFileHandler, JSON": info_into("rotating", rotating),
        "ConsoleHandler into /dev/null": info_into("console", runlog.ConsoleHandler(null_stream)),
        "RunLogHandler, exception": error_into("run", run_log),
    }


def two_handlers(one: Statement) -> dict[str, Statement]:
    """The same into two RunLogHandlers, of which the second finds each record written.

    Args:
        one: into the first of them. From now on both mark their records, as there are two in the process.
    """
    import runlog

    [first] = one.names["log"].handlers
    statement = info_into("two", first)
    statement.names["log"].addHandler(runlog.RunLogHandler())
    return {"two RunLogHandlers": statement}
