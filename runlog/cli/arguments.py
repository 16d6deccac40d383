"""Arguments that several commands take: the workspace and the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from runlog.store.folder import FolderBackend
    from runlog.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])


class RunCommand(click.Command):
    """A command that takes ``-1`` for the newest run, ``-2`` for the one before: to click they would be options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write ``-N`` as ``latest~N`` where a value can stand that belongs to no option."""
        from runlog.reading.run_reference import LATEST

        takes_value = {
            name
            for param in self.params
            if isinstance(param, click.Option) and not (param.is_flag or param.count)
            for name in (*param.opts, *param.secondary_opts)
        }
        written = []
        before = ""
        for place, one in enumerate(args):
            if one == "--":  # what follows is no option, nor short for a run
                written += args[place:]
                break
            number = one.startswith("-") and one[1:].isdecimal() and before not in takes_value
            written.append(f"{LATEST}~{one[1:]}" if number else one)
            before = one
        return super().parse_args(ctx, written)


def workspace_option(function: F) -> F:
    """``--workspace``: kept where :func:`chosen_workspace` finds it, given before or after the command's name."""

    def keep(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
        if value is not None:
            ctx.find_root().meta["runlog.workspace"] = value

    return click.option(
        "--workspace",
        "-w",
        metavar="PLACE",
        expose_value=False,
        callback=keep,
        help="The workspace's folder, the folder that has its .runlog, or its server's address.",
    )(function)


def run_argument(function: F) -> F:
    """``RUN``: the run's id, part of it, name, ``latest`` or ``-1``."""
    return click.argument("run", metavar="RUN")(function)


def chosen_workspace() -> Workspace:
    """The workspace that the command line, ``RUNLOG_URI`` or the current folder names.

    Raises:
        WorkspaceNotFoundError: there is nothing at that place.
    """
    from runlog.errors import WorkspaceNotFoundError
    from runlog.workspace import Workspace

    given = click.get_current_context().find_root().meta.get("runlog.workspace")
    workspace = Workspace.from_config() if given is None else Workspace(given)
    if not workspace.backend.is_there():
        raise WorkspaceNotFoundError(
            f"there is no workspace in {workspace.location}: start a run there, or name another place with --workspace "
            "or RUNLOG_URI"
        )
    return workspace


def chosen_folder() -> FolderBackend:
    """The folder of the workspace that the command line names, for what is done where runs are kept.

    Raises:
        ConfigurationError: the workspace is no folder.
        WorkspaceNotFoundError: there is none.
    """
    from runlog.errors import ConfigurationError
    from runlog.store.folder import FolderBackend

    workspace = chosen_workspace()
    if not isinstance(workspace.backend, FolderBackend):
        raise ConfigurationError(f"{workspace.location} is no folder: call this on the machine that keeps the runs")
    return workspace.backend


def chosen_run(workspace: Workspace, run: str) -> str:
    """The id of the run that an argument names.

    Raises:
        RunNotFoundError: no run, or more than one, answers to it.
    """
    return workspace.get_run(run).id
