"""Waiting until a server has a run, with a bar where somebody looks."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from runlog.backend import Kept
from runlog.remote.note import RUNS
from runlog.remote.shipper import Shipper

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SHOWN_AFTER = 0.5
"""Seconds: what is quicker needs no bar."""


def wait_with_bar(shipper: Shipper, run_id: str, timeout: float, *, patient: bool) -> Kept:
    """Wait until the server has what was written to a run before, or the time is over; never raises.

    Args:
        shipper: sends it.
        run_id: of the run.
        timeout: seconds to wait at the most.
        patient: wait that long also where the server does not answer; else one more try must do.
    """
    if timeout <= SHOWN_AFTER or not _is_terminal():
        return shipper.wait(RUNS, run_id, timeout, patient=patient)
    kept: list[Kept] = []
    done = threading.Event()

    def work() -> None:
        kept.append(shipper.wait(RUNS, run_id, timeout, patient=patient))
        done.set()

    thread = threading.Thread(target=work, name="runlog-waiting", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # at interpreter shutdown
        return shipper.wait(RUNS, run_id, timeout, patient=patient)
    if not done.wait(SHOWN_AFTER):
        _show(shipper, done)
    return kept[0]


def _is_terminal() -> bool:
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except (AttributeError, ValueError):  # a stream of the program's own, or closed
        return False


def _show(shipper: Shipper, done: threading.Event) -> None:
    progress = sending_bar()
    before = shipper.bytes_sent
    with progress:
        task = progress.add_task(f"sending to {shipper.outbox.address}", total=None)
        while not done.wait(0.1):
            advance(progress, task, shipper.bytes_sent - before, shipper.pending())


def sending_bar() -> Progress:
    """A bar on stderr for bytes that are sent."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, console=Console(file=sys.__stderr__ or sys.stderr), transient=True)


def advance(progress: Progress, task: TaskID, sent: int, left: int) -> None:
    """Show how far it is; what is left may grow meanwhile."""
    progress.update(task, completed=sent, total=sent + left)
