"""The one line that a person sees at the start of a run, and the one at its end.

Only where nobody configured logging and somebody looks: a terminal, or a notebook. ``RUNLOG_QUIET=1`` silences both.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from runlog import context
from runlog.control_characters import in_one_line
from runlog.handlers.shown_only import shown_only
from runlog.journal import real_time
from runlog.switches import is_switched_on

if TYPE_CHECKING:
    from runlog.run import Run


def started(run: Run) -> None:
    """Say the run's name, where it is kept, and how to look at it; in a notebook, also which run is still open."""
    if _is_in_kernel() and not is_quiet():
        _tell_of_open(run)
    if not _is_wanted():
        return
    if run._backend.keeps:
        _say(f"{run.display_name} is kept in {run._backend.describe_run(run.id)}; runlog show {run.id} shows it")
    else:
        _say("nothing of this run is kept, as RUNLOG_MODE is disabled")


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
    if run._backend.keeps and _is_wanted():
        took = real_time.monotonic() - run._began
        missing = f", {dropped} records could not be kept" if (dropped := run.dropped) else ""
        _say(f"{run.display_name} {run._ended} after {took:.1f} s{missing}; runlog show {run.id} shows it")


def is_quiet() -> bool:
    """Whether ``RUNLOG_QUIET`` is set, and not to a word for no."""
    return is_switched_on("RUNLOG_QUIET", default=False)


def _is_wanted() -> bool:
    return not is_quiet() and _is_seen() and not _is_configured()


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
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except (AttributeError, ValueError):  # a stream of the program's own, or closed
        return False
