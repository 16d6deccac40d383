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
    """Start a run in the workspace of the current folder; ``with runlog.start(...) as run:`` ends it with the block.

    The same as ``Experiment(Workspace.from_config(), experiment).start_logging(...)``.

    Args:
        experiment: its name; by default ``RUNLOG_EXPERIMENT``, else ``default``.
        display_name: what the run is shown as; by default two words and a number.
        run_id: 1 to 128 letters, digits, ``-`` and ``_``; by default a new one.
        outputs: a folder whose new and changed files are kept at the end; None for ``./outputs`` if it is there by then
            (it is not made); False for none.
        tags: first tags, by name.
        description: free text.
        group: the name of a set of runs that belong together, such as one sweep; by default ``RUNLOG_GROUP``.
        resume: of a ``run_id`` that exists: "never" raises, "allow" goes on; of a missing one only "must" raises.
        capture_logging: keep what reaches the root logger, unless a ``RunLogHandler`` is configured.
        log_level: lower the root logger to this level meanwhile; other handlers show no more than before.
        capture_system: record what the run runs on (:attr:`runlog.Run.system`), in the background.
        capture_env: more environment variables to record, by name; ``*`` and ``?`` stand for any characters.
        capture: what else to record, as :func:`runlog.capture` takes it: True for what is printed and warnings, too.

    Raises:
        ConfigurationError: a configuration or ``RUNLOG_URI`` can't be used.
        RunExistsError, RunNotFoundError, RunStateError: ``resume`` does not go with the run of this id.
        WrongTypeError, WrongValueError: an argument can't be used.
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
