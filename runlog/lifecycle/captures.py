"""``runlog.capture``, and what a run captures from its start to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, final

from runlog import context
from runlog.capturing import sources
from runlog.capturing.choice import Capture, capture_of
from runlog.errors import WrongTypeError

if TYPE_CHECKING:
    from runlog.run import Run


@final
class ActiveCapture:
    """What :func:`capture` has begun. Leaving its ``with`` block ends it, and so does :meth:`close`."""

    def __init__(self, undone: list[sources.Undo]) -> None:
        self._undone = undone

    def close(self) -> None:
        """Put everything back that is still as this capture left it; a second call does nothing."""
        sources.end(self._undone)

    def __enter__(self) -> ActiveCapture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


_of_runs: dict[int, list[ActiveCapture]] = {}
"""What ends with a run, by the address of its ``Run``."""


def capture(sources: bool | Mapping[str, Any] = True, /, **named: Any) -> ActiveCapture:
    """Record more than log records: what is printed, warnings, uncaught exceptions, crashes, single loggers.

    It begins at once, and ends with the ``with`` block, at ``close()``, or with the run that is current now. What
    comes while it lasts is written to the run that is current then, as log records of the loggers ``runlog.stdout``,
    ``runlog.stderr``, ``py.warnings``, ``runlog.uncaught`` and those that are named. It is shown where it was before.

    Args:
        sources: True for every source, False for none; or a mapping from sources to what is wanted of them:
            ``stdout`` and ``stderr`` (True, or ``"fd"`` for what C code and child processes print, too), ``warnings``,
            ``uncaught``, ``faulthandler`` (True), and names of loggers, each with its level.
        **named: the same; sources that are named here alone are the only ones.

    Returns:
        the capture, a context manager.

    Raises:
        WrongTypeError, WrongValueError: an argument can't be used.
    """
    if not named:
        wanted = capture_of(sources)
    elif sources is True:
        wanted = capture_of({"uncaught": False, **named})
    elif isinstance(sources, Mapping):
        wanted = capture_of({"uncaught": False, **sources, **named})
    else:
        raise WrongTypeError(f"runlog.capture takes sources by name or {sources!r}, not both")
    return _begin(wanted, context.current())


def begin(run: Run, wanted: Capture) -> None:
    """Begin what a run captures from its start; where nothing is kept, there is nothing to capture for."""
    if run._backend.keeps:
        _begin(wanted, run)


def end(run: Run) -> None:
    """End what ends with a run."""
    for active in reversed(_of_runs.pop(id(run), [])):
        active.close()


def note_error(error: BaseException | None) -> None:
    """Record the exception that leaves a run's block, where uncaught exceptions are recorded: the run ends by it."""
    from runlog.capturing import uncaught

    if isinstance(error, Exception) and uncaught.is_wanted():
        uncaught.write_fatal(error, "the run's block")


def _crash_file_of(target: context.Target | None) -> Callable[[], BinaryIO] | None:
    """What opens the file of a run that its process may write to when it crashes; None outside any run."""
    from runlog.run import Run

    if not isinstance(target, Run):
        return None
    return lambda: target._backend.open_crash_file(target.id, target._recorder().open_writer().writer_id)


def _begin(wanted: Capture, run: context.Target | None) -> ActiveCapture:
    active = ActiveCapture(sources.begin(wanted, _crash_file_of(run)))
    if run is not None:
        _of_runs.setdefault(id(run), []).append(active)
    return active
