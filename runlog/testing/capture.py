"""``capture_run``: a run in a temporary place, with everything that it touches put back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from runlog.testing.logging_state import kept_logging_state

if TYPE_CHECKING:
    from runlog.run import Run

STAYING = frozenset({"RUNLOG_JOURNAL"})
"""Variables that say how this machine writes, rather than what a program logs to."""


@contextmanager
def capture_run(experiment: str = "test", **arguments: Any) -> Iterator[Run]:
    """A real run of this process for the time of a block, with nothing of it left behind.

    Its workspace is a temporary folder, which ``RUNLOG_URI`` names meanwhile: code that starts runs of its own has them
    there, too (``run.experiment.workspace.runs()``). Records of all levels reach the run. At the end the folder is
    removed; the environment, Python's ``logging`` and the stack of runs are as before. What is logged to the run later
    vanishes. A process that is killed inside the block leaves the folder in the system's temporary folder.

    Args:
        experiment: its name.
        arguments: of :meth:`runlog.Experiment.start_logging`; by default ``outputs=False``,
            ``log_level="DEBUG"`` and ``capture_system=False``.

    Yields:
        the run, which has ended where an exception leaves the block: as Failed, like any run.
    """
    from runlog.experiment import Experiment
    from runlog.lifecycle import open_runs, prologue
    from runlog.store.disabled import DisabledBackend
    from runlog.workspace import Workspace

    with (
        tempfile.TemporaryDirectory(prefix="runlog-", ignore_cleanup_errors=True) as folder,
        _environment(folder),
        kept_logging_state(),
        prologue.set_aside(),
    ):
        workspace = Workspace(folder, name=experiment)
        plan = {"outputs": False, "log_level": "DEBUG", "capture_system": False, **arguments}
        try:
            with Experiment(workspace, experiment).start_logging(**plan) as run:
                yield run
        finally:
            workspace._backend = DisabledBackend(workspace.backend)
            open_runs.abandon(workspace.location, workspace.backend)


@contextmanager
def _environment(folder: str) -> Iterator[None]:
    """Let no variable of the surroundings reach the run."""
    before = {name: value for name, value in os.environ.items() if name.startswith("RUNLOG_") and name not in STAYING}
    try:
        for name in before:
            del os.environ[name]
        os.environ.update(RUNLOG_URI=folder, RUNLOG_QUIET="1")
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("RUNLOG_") and name not in STAYING]:
            del os.environ[name]
        os.environ.update(before)
