"""Waiting for a run that another process writes, and printing its log meanwhile."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING

from runlog.control_characters import in_lines, in_one_line, indented
from runlog.errors import RunFailedError, RunStateError, ServerError
from runlog.journal import real_time
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_news import News
from runlog.reading.log_text import padded, text_formatter
from runlog.reading.texts import duration, duration_text, local_clock
from runlog.state import CRASHED, ENDED, FAILED, NOT_RESPONDING

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.run import Run
    from runlog.state import RunState

_logger = logging.getLogger("runlog")
FIRST, LONGEST, SLOWER = 0.02, 0.5, 1.5
"""Seconds between two looks at the run: the first pause, the longest, and how pauses grow. A look costs some 0.2 ms."""
PATIENCE = 10.0
"""Seconds that a run may take from its folder to its first record before it counts as not responding."""


class _Printed:
    """What of a run this process has printed, whichever ``Run`` objects it waited with."""

    def __init__(self, backend: Backend, run_id: str) -> None:
        self._news = News(backend, run_id, LogFilter(0, "", None, None, None))
        self._format = text_formatter(local_clock(), padded, show_rank=True)
        self._begun = self._ended = False

    def go_on(self, run: Run, state: RunState | None) -> None:
        """Print what is new; with the state that the run ended in, a summary."""
        if not self._begun:
            self._begun = True
            place = in_one_line(run._backend.describe_run(run.id))
            sys.stdout.write(f"RunId: {in_one_line(run.id)}\nKept in: {place}\n\n")
        sys.stdout.writelines(map(self._format, self._news.take(ended=state is not None)))
        if state is not None and not self._ended:
            self._ended = True
            sys.stdout.write(f"\nExecution Summary\n{indented(in_lines(summary(state)))}\n")
        sys.stdout.flush()


_printed: dict[tuple[str, str], _Printed] = {}


def wait(run: Run, *, show_output: bool) -> RunState:
    """Wait until a run has ended, or gives no sign of life any more; its state then.

    Raises:
        RunStateError: this very process is to end it.
    """
    backend = run._backend
    if run._owns and run._ended is None:
        raise RunStateError(
            f"run {run.id} is this process's own, and would be waited for without end: end it by run.complete() or by "
            "leaving `with run:`"
        )
    printed = _printed.setdefault((backend.location, run.id), _Printed(backend, run.id)) if show_output else None
    began, pause, is_told = real_time.monotonic(), FIRST, False
    try:
        while True:
            try:
                state = _look(run, printed, patient=real_time.monotonic() - began < PATIENCE)
            except ServerError as error:
                if not error.is_passing:
                    raise
                state, is_told = None, is_told or _tell_away(run.id, error)
            if state is not None:
                return state
            time.sleep(pause)
            pause = min(pause * SLOWER, LONGEST)
    except KeyboardInterrupt:
        sys.stderr.write(
            f"\nrunlog: not waiting any more; run {run.id} goes on. Wait for it again by wait_for_completion() or "
            f"`runlog wait {run.id}`\n"
        )
        raise


def _look(run: Run, printed: _Printed | None, *, patient: bool) -> RunState | None:
    state = _final_state(run._backend, run.id, patient=patient)
    if printed is not None:
        printed.go_on(run, state)
    return state


def _tell_away(run_id: str, error: ServerError) -> bool:
    _logger.warning(
        "run %s is waited for, and its server is away (%s): it is asked again until it answers", run_id, error
    )
    return True


def _final_state(backend: Backend, run_id: str, *, patient: bool) -> RunState | None:
    """The state of a run that does not go on by itself; None while it may. While its owner lives, nothing is read."""
    writers = list(backend.journal(run_id).writers)
    if any(writer.liveness().name == "ALIVE" for writer in writers if not writer.guest and not writer.late):
        return None
    state = backend.state(run_id)
    silent = state.status == NOT_RESPONDING and (bool(writers) or not patient)
    return state if state.status in ENDED or silent else None


def raise_failure(state: RunState) -> None:
    """Raise where a run failed.

    Raises:
        RunFailedError: it is Failed or Crashed.
    """
    if state.status in {FAILED, CRASHED}:
        traceback = f"\n{state.error.traceback}" if state.error is not None and state.error.traceback else ""
        raise RunFailedError(f"run {summary(state)}; `runlog logs {state.id}` shows what it logged{traceback}")


def summary(state: RunState) -> str:
    """A run's name, status, duration and error in one line."""
    error = state.error
    why = "" if error is None else f": {error.type}: {error.message}" if error.type else f": {error.message}"
    took = f" after {duration_text(taken)}" if (taken := duration(state)) is not None else ""
    return f"{state.id} ({state.name}) {state.status}{took}{why}"
