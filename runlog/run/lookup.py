"""Runs found by id or listed, by the calls that Azure ML has on the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from runlog.experiment import Experiment
    from runlog.reading.run_filter import Wanted
    from runlog.run import Run
    from runlog.run_list import RunList
    from runlog.workspace import Workspace


@overload
def get_run(experiment: str) -> Run: ...
@overload
def get_run(experiment: Experiment, run_id: str, rehydrate: bool = True, clean_up: bool = True) -> Run: ...
def get_run(
    experiment: Experiment | str, run_id: str | None = None, rehydrate: bool = True, clean_up: bool = True
) -> Run:
    """A run: by one text, of the workspace that is found here, or of an experiment by its id, as Azure ML's function.

    Args:
        experiment: of the run; or alone what :meth:`runlog.Workspace.get_run` takes: an id, a part of it that no other
            run has, a display name, ``latest``.
        run_id: its id, as it is.
        rehydrate: no meaning here; Azure ML's argument.
        clean_up: likewise.

    Raises:
        RunNotFoundError: there is none, or more than one answers to the text.
        WorkspaceNotFoundError: there is no workspace here.
        WrongTypeError: the arguments are none of these.
    """
    from runlog.run import Run
    from runlog.workspace import Workspace

    if run_id is None:
        return Workspace.from_config().get_run(experiment)  # type: ignore[arg-type]
    return Run(experiment, run_id)  # type: ignore[arg-type]


class RunLookup:
    """Static methods of :class:`~runlog.run.Run`."""

    @staticmethod
    def get(workspace: Workspace, run_id: str) -> Run:
        """A run of a workspace: the same as ``workspace.get_run``.

        Args:
            workspace: where it is kept.
            run_id: its id, a part of it that no other run has, or its display name.

        Raises:
            RunNotFoundError: no run, or more than one, answers to it.
        """
        return workspace.get_run(run_id)

    @staticmethod
    def list(
        experiment: Experiment,
        type: str | None = None,  # noqa: A002 - Azure ML's name
        tags: Wanted = None,
        properties: Wanted = None,
        status: str | None = None,
        include_children: bool = False,
        _rehydrate_runs: bool = True,
        *,
        group: str | None = None,
    ) -> RunList:
        """The runs of an experiment, newest first.

        Args:
            experiment: of the runs.
            type: only runs of this type.
            tags: only runs with this tag (``"key"``), these (``["key", ...]``), or these values (``{"key": "value"}``).
            properties: likewise.
            status: only runs of this status; "Failed" includes Crashed.
            include_children: also runs that are children of others.
            _rehydrate_runs: no meaning here; Azure ML's argument.
            group: only runs of this group.

        Raises:
            WrongTypeError: tags or properties are none of these.
        """
        from runlog.names import group_name
        from runlog.reading.run_filter import make_run_filter

        wanted = make_run_filter(type, tags, properties, status)
        named = group_name(group)
        return experiment.workspace._runs_that(
            lambda state: (
                state.experiment == experiment.name
                and (include_children or state.parent is None)
                and (not named or state.group == named)
                and wanted.takes(state)
            )
        )
