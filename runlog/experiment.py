"""An experiment: a name under which runs are kept."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from runlog.azure_names import EXPERIMENT, without
from runlog.errors import WrongTypeError, WrongValueError
from runlog.experiment_record import ExperimentRecord
from runlog.introspection import describe
from runlog.journal import reserve
from runlog.names import check_experiment_name
from runlog.server_address import is_server

if TYPE_CHECKING:
    from runlog.capturing.choice import CaptureChoice
    from runlog.reading.run_filter import Wanted
    from runlog.run import Run
    from runlog.run_list import RunList
    from runlog.workspace import Workspace


@without(EXPERIMENT)
class Experiment(ExperimentRecord):
    """Runs of one name in a workspace. Nothing of it is on disk before its first run or tag.

    The name follows Azure ML SDK v1: 1 to 255 letters, digits, ``_`` and ``-``, beginning with a letter or digit.
    """

    def __init__(self, workspace: Workspace, name: str) -> None:
        """Name an experiment; nothing is made.

        Args:
            workspace: where its runs are kept.
            name: 1 to 255 characters.

        Raises:
            WrongTypeError: the workspace is none, or the name is no text.
            WrongValueError: the name can't be used.
        """
        if not hasattr(workspace, "backend"):
            raise WrongTypeError(
                f"Experiment takes a Workspace and a name, not {describe(workspace)}: for the workspace of the current "
                "folder it is Experiment(Workspace.from_config(), name)"
            )
        self.workspace = workspace
        self.name = check_experiment_name(name)

    @classmethod
    def _of(cls, workspace: Workspace, name: str) -> Experiment:
        """The experiment that a journal names, whatever its name is: one that can't be begun can still be read."""
        experiment = cls.__new__(cls)
        experiment.workspace, experiment.name = workspace, name or "default"
        return experiment

    def start_logging(
        self,
        name: str | None = None,
        run_id: str | None = None,
        outputs: str | os.PathLike[str] | bool | None = None,
        snapshot_directory: str | os.PathLike[str] | None = None,
        *,
        display_name: str | None = None,
        tags: Mapping[str, Any] | None = None,
        description: str = "",
        group: str | None = None,
        resume: str = "never",
        capture_logging: bool = True,
        log_level: int | str | None = None,
        run_type: str = "",
        capture_system: bool = True,
        capture_env: Sequence[str] | None = None,
        capture: CaptureChoice = None,
    ) -> Run:
        """Start a run in this process, which owns its status; arguments have the names and order of Azure ML SDK v1.

        Args:
            name: the run's display name, as Azure ML calls it here.
            run_id: 1 to 128 letters, digits, ``-`` and ``_``; by default a new one.
            outputs: a folder whose new and changed files are kept at the end: a path or True (``./outputs``), made as
                Azure ML does; None for ``./outputs`` if it is there by then; False for none.
            snapshot_directory: None: snapshots, which Azure ML takes unless told otherwise, belong to submitted runs.
            display_name: as ``name``; by default two words and a number.
            tags: first tags.
            description: free text.
            group: the name of a set of runs that belong together, such as one sweep.
            resume: of a ``run_id`` that exists: "never" raises, "allow" goes on; of a missing one only "must" raises.
            capture_logging: keep what reaches the root logger, unless a ``RunLogHandler`` is configured.
            log_level: lower the root logger to this level meanwhile; other handlers show no more than before.
            run_type: what kind of run it is, for lists of one kind.
            capture_system: record what the run runs on (:attr:`runlog.Run.system`), in the background.
            capture_env: more environment variables to record, by name; ``*`` and ``?`` stand for any characters.
            capture: what else to record, as :func:`runlog.capture` takes it; by default uncaught exceptions.

        Raises:
            RunExistsError, RunNotFoundError: ``resume`` does not go with whether the id exists.
            RunStateError: another living process owns the run that was to be resumed.
            WrongTypeError, WrongValueError: an argument can't be used.
        """
        with reserve.lent():
            from runlog.lifecycle import begin

        _refuse_snapshot(snapshot_directory)
        shown = name or "" if display_name is None else display_name
        first = begin.RunPlan(shown, run_id, outputs, tags or {}, description, group, resume, capture_logging)
        plan = msgspec.structs.replace(
            first,
            log_level=log_level,
            type=run_type,
            capture_system=capture_system,
            capture_env=capture_env,
            capture=capture,
        )
        with reserve.lent():
            return begin.begin(self, plan)

    def get_runs(
        self,
        type: str | None = None,  # noqa: A002 - Azure ML's name
        tags: Wanted = None,
        properties: Wanted = None,
        include_children: bool = False,
        *,
        group: str | None = None,
    ) -> RunList:
        """The experiment's runs, newest first.

        Args:
            type: only runs of this type.
            tags: only runs with this tag (``"key"``), these (``["key", ...]``), or these values (``{"key": "value"}``).
            properties: likewise.
            include_children: also runs that are children of others.
            group: only runs of this group.

        Raises:
            WrongTypeError: tags or properties are none of these.
        """
        from runlog.run.lookup import RunLookup

        return RunLookup.list(self, type, tags, properties, include_children=include_children, group=group)

    def get_portal_url(self) -> str:
        """The address that shows the experiment: its server's, or the ``file:`` URI of the workspace's folder."""
        location = self.workspace.location
        return location if is_server(location) else Path(location).as_uri()

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from runlog.notebook.cards import experiment_card

        return experiment_card(self)

    def __repr__(self) -> str:
        return f"Experiment(name={self.name!r}, workspace={self.workspace.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Experiment) and (other.name, other.workspace) == (self.name, self.workspace)

    def __hash__(self) -> int:
        return hash((self.name, self.workspace))


def _refuse_snapshot(folder: str | os.PathLike[str] | None) -> None:
    if folder is not None:
        raise WrongValueError(
            f"snapshot_directory={os.fspath(folder)!r}: a run that is started here takes no snapshot of its folder; "
            "leave it out, or pass None"
        )
