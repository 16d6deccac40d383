"""``runlog.start``: a run in one line."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runlog.journal import reserve

if TYPE_CHECKING:
    from runlog.capturing.choice import CaptureChoice
    from runlog.run import Run

DEFAULT_EXPERIMENT = "default"


def start(
    experiment: str | None = None,
    *,
    display_name: str | None = None,
    run_id: str | None = None,
    outputs: str | os.PathLike[str] | bool | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str = "",
    group: str | None = None,
    resume: str = "never",
    capture_logging: bool = True,
    log_level: int | str | None = None,
    capture_system: bool = True,
    capture_env: Sequence[str] | None = None,
    capture: CaptureChoice = None,
) -> Run:
    """Start a run in the workspace of the current folder.

    The same as ``Experiment(Workspace.from_config(), experiment).start_logging(...)``.

    Args:
        experiment: its name; by default ``RUNLOG_EXPERIMENT``, else ``default``.
        display_name: see :meth:`runlog.Experiment.start_logging`, as for all others.
        run_id: likewise.
        outputs: likewise; ``./outputs`` is not made, but what is in it at the end is kept.
        tags: likewise.
        description: likewise.
        group: likewise; by default ``RUNLOG_GROUP``, else none.
        resume: likewise.
        capture_logging: likewise.
        log_level: likewise.
        capture_system: likewise.
        capture_env: likewise.
        capture: likewise.
    """
    with reserve.lent():
        from runlog.experiment import Experiment
        from runlog.workspace import Workspace

        name = experiment or os.environ.get("RUNLOG_EXPERIMENT") or DEFAULT_EXPERIMENT
        return Experiment(Workspace.from_config(), name).start_logging(
            run_id=run_id,
            outputs=outputs,
            display_name=display_name,
            tags=tags,
            description=description,
            group=group or os.environ.get("RUNLOG_GROUP") or None,
            resume=resume,
            capture_logging=capture_logging,
            log_level=log_level,
            capture_system=capture_system,
            capture_env=capture_env,
            capture=capture,
        )
