"""The one line that a person sees at the start of a run, and the one at its end.

Where logging is configured, each is an INFO record of the logger ``runlog``. At a terminal or in a notebook it is
printed where no handler shows it there. No run keeps it. ``RUNLOG_QUIET=1`` silences both.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runlog import context, own_log
from runlog.control_characters import in_one_line
from runlog.errors import RunLogError
from runlog.handlers.shown_on import shows_on
from runlog.handlers.shown_only import shown_only
from runlog.journal import real_time
from runlog.server_address import is_server
from runlog.switches import is_switched_on
from runlog.workspace_folder import around
from runlog.workspace_search import search

if TYPE_CHECKING:
    from runlog.run import Run

_logger = logging.getLogger("runlog")


def started(run: Run) -> None:
    """Say the run's name, where it is kept, and how to look at it; in a notebook, also which run is still open."""
    if _is_in_kernel() and not is_quiet():
        _tell_of_open(run)
    if run._backend.keeps:
        _tell(lambda: f"{_name_of(run)} is kept in {run._backend.describe_run(run.id)}; {_command(run)} shows it")
    else:
        _tell(lambda: "nothing of this run is kept, as RUNLOG_MODE is disabled")


def _tell_of_open(run: Run) -> None:
    """Say that an earlier run is open: a cell that starts one is easily run again."""
    others = [one for one in context.open_targets() if one is not run]
    if others:
        _say(
            f"run {others[-1].id}, which this notebook started before, is still open, and what is logged from now on "
            f"goes to {run.id}; end a run with run.complete() before its cell is run again. "
            "The kernel's end ends it, too"
        )


def ended(run: Run) -> None:
    """Say how the run ended, and what is missing from it."""
    if run._backend.keeps:
        _tell(lambda: _end_of(run))


def _name_of(run: Run) -> str:
    """The run's name as it is now; of one on a server as this process knows it, since no line is worth a request."""
    if is_server(run._backend.location):
        return run._recorder().opened.name or run.id
    return run.display_name


def _end_of(run: Run) -> str:
    took = real_time.monotonic() - run._began
    missing = f", {dropped} records could not be kept" if (dropped := run.dropped) else ""
    return f"{_name_of(run)} {run._ended} after {took:.1f} s{missing}; {_command(run)} shows it"


def _command(run: Run) -> str:
    """The command that shows the run, from where the program was started."""
    import shlex

    location = run._backend.location
    try:
        is_found = search().location == location
    except RunLogError:
        is_found = False
    place = location if is_server(location) else str(around(Path(location)))
    return f"runlog show {run.id}" if is_found else f"runlog -w {shlex.quote(place)} show {run.id}"


def is_quiet() -> bool:
    """Whether ``RUNLOG_QUIET`` is set, and not to a word for no."""
    return is_switched_on("RUNLOG_QUIET", default=False)


def _tell(line: Callable[[], str]) -> None:
    """Tell of a run, once: by a record where somebody configured logging, else where somebody looks.

    Args:
        line: gives what is told; it is read from the run, and therefore asked for only where it is told.
    """
    if is_quiet():
        return
    is_recorded = _is_configured() and _logger.isEnabledFor(logging.INFO)
    if is_recorded:
        _logger.info("%s", in_one_line(line()), extra=own_log.SHOWN_ONLY)
    if _is_seen() and _logger.level <= logging.INFO and not (is_recorded and shows_on(_seen_streams(), logging.INFO)):
        _say(line())


def _seen_streams() -> list[Any]:
    streams = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    return [one for one in streams if one is sys.stderr or _is_terminal(one) or _is_in_kernel()]


def _say(line: str) -> None:
    with shown_only():
        print(f"runlog: {in_one_line(line)}", file=sys.stderr, flush=True)  # noqa: T201


def _is_configured() -> bool:
    from runlog.handlers.run_log import RunLogHandler

    return any(not isinstance(handler, RunLogHandler) for handler in logging.getLogger().handlers)


def _is_in_kernel() -> bool:
    """Whether this is a notebook's kernel: that ipykernel was imported, as who starts kernels does, is not enough."""
    kernel = sys.modules.get("ipykernel.kernelapp")
    return kernel is not None and kernel.IPKernelApp.initialized()


def _is_seen() -> bool:
    if _is_in_kernel():
        return True
    return _is_terminal(sys.stderr)


def _is_terminal(stream: Any) -> bool:
    try:
        return stream is not None and bool(stream.isatty())
    except (AttributeError, ValueError):  # a stream of the program's own, or closed
        return False
