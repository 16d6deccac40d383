"""A workspace: the place where experiments and their runs are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runlog import own_log
from runlog.azure_names import WORKSPACE, without
from runlog.backend import Backend
from runlog.backend_choice import open_backend, open_store
from runlog.errors import WorkspaceNotFoundError, WrongTypeError
from runlog.experiment import Experiment
from runlog.journal import clock
from runlog.names import check_experiment_name, group_name
from runlog.records import ChildrenMade
from runlog.run import Run
from runlog.server_address import is_server, name_server
from runlog.workspace_details import WorkspaceDetails
from runlog.workspace_folder import around
from runlog.workspace_search import Found, found_at, read_config, search

if TYPE_CHECKING:
    from runlog.models import Model
    from runlog.run_head import RunHead
    from runlog.run_list import RunList
    from runlog.state import RunState
    from runlog.store.contract import FoundRecord


@without(WORKSPACE)
class Workspace(WorkspaceDetails):
    """A folder of runs, or a server that keeps them.

    Making the object neither makes nor reads anything on disk, nor asks a server; the first run makes the folder.
    """

    def __init__(
        self,
        location: str | os.PathLike[str] | None = None,
        resource_group: object = None,
        workspace_name: str | None = None,
        auth: object = None,
        *,
        name: str = "",
        subscription_id: object = None,
    ) -> None:
        """Name a workspace.

        Args:
            location: its folder (``.runlog``), a project's folder, which has or gets one, a ``file:`` URI, or the
                address of a server, such as ``https://runlog.example.org``. Its token comes from ``runlog login``, or
                from ``RUNLOG_TOKEN``.
            resource_group: Azure ML's; see ``workspace_name``.
            workspace_name: in Azure ML's form of the call the name of a workspace that exists, as :meth:`get` takes it.
                What stands first is the subscription then.
            auth: Azure ML's; a folder needs none.
            name: what to call it where it has no name yet; by default as the folder around it, or the server's host.
            subscription_id: Azure ML's name for what stands first in its form of the call.

        Raises:
            WrongTypeError: no location was given.
            ConfigurationError: the location is neither a folder nor the address of a server.
            WorkspaceNotFoundError: there is none that is called ``workspace_name``.
        """
        if workspace_name is not None:
            found = Workspace.get(workspace_name, auth, subscription_id or location, resource_group)
            self._backend, self._cloud = found._backend, found._cloud
            return
        if location is None:
            raise WrongTypeError("Workspace() needs its folder or its server: Workspace.from_config() finds them")
        self._backend, self._cloud = _named_by_call(location, name), {}
        own_log.tell("the workspace is %s: the program names it", self.location)

    @classmethod
    def from_config(cls, path: str | os.PathLike[str] | None = None, auth: object = None) -> Workspace:
        """The workspace of the current folder.

        Found by ``RUNLOG_URI`` (a folder, ``file:`` URI or server), else the nearest ``.runlog`` folder or
        configuration upwards, else ``.runlog`` in the current folder, made by the first run. An Azure ML
        ``config.json`` on the way stands for a local workspace of that name beside it.

        Args:
            path: a configuration file, or the folder to search from instead of the current one (``RUNLOG_URI`` is then
                left aside), as in Azure ML SDK v1.
            auth: Azure ML's; a folder needs none.

        Raises:
            WorkspaceNotFoundError: ``path`` does not exist.
            ConfigurationError: a configuration or ``RUNLOG_URI`` can't be used.
        """
        if path is None:
            found = search()
        else:
            start = Path(path)
            found = search(start) if start.is_dir() else read_config(start)
        own_log.tell("the workspace is %s: %s", found.location, found.why)
        return cls._of(found)

    @classmethod
    def create(
        cls,
        name: str,
        auth: object = None,
        subscription_id: object = None,
        resource_group: object = None,
        location: str | os.PathLike[str] | None = None,
        create_resource_group: object = True,
        sku: object = "basic",
        tags: Mapping[str, Any] | None = None,
        friendly_name: str | None = None,
        *,
        exist_ok: bool = False,
        show_output: object = True,
        shared: bool = False,
    ) -> Workspace:
        """Make a workspace on disk. The order of the arguments is Azure ML's.

        Args:
            name: what to call it.
            auth: Azure ML's; a folder needs none.
            subscription_id: Azure ML's; kept as :attr:`subscription_id`.
            resource_group: likewise, as :attr:`resource_group`.
            location: the project's folder, in which ``.runlog`` is made; by default the current one. A region of
                Azure's, as its programs give, is no folder: then it is the current one as well.
            create_resource_group: Azure ML's; here there is none to create.
            sku: likewise.
            tags: kept as :attr:`tags`.
            friendly_name: kept in :meth:`get_details`.
            exist_ok: take one that is there already, as it is.
            show_output: Azure ML's; there is nothing to wait for.
            shared: let the folder's group write to it, whatever the umask of whoever starts a run there.

        Raises:
            ConfigurationError: there is one already, or the location is a server's address.
            WrongTypeError: a place was given as ``auth``, or the tags are no mapping.
            OSError: the folder can't be made.
        """
        from runlog.workspace_creation import kept_settings, make

        if isinstance(auth, str | os.PathLike):
            raise WrongTypeError(f"auth={auth!r} is a place: pass it as location=, since auth comes first in Azure ML")
        kept = kept_settings(subscription_id, resource_group, tags, friendly_name)
        workspace = cls.__new__(cls)
        workspace._backend = make(name, location, kept, exist_ok=exist_ok, shared=shared)
        workspace._cloud = {}
        return workspace

    @classmethod
    def get(
        cls,
        name: str,
        auth: object = None,
        subscription_id: object = None,
        resource_group: object = None,
        location: str | os.PathLike[str] | None = None,
        cloud: object = None,
        id: object = None,  # noqa: A002 - Azure ML's name
    ) -> Workspace:
        """A workspace that exists, by its name. The order of the arguments is Azure ML's.

        Args:
            name: what it is called.
            auth: Azure ML's; a folder needs none.
            subscription_id: likewise.
            resource_group: likewise.
            location: where it is, as :class:`Workspace` takes it; by default where :meth:`from_config` finds it. (Azure
                ML's region.) A server has one workspace, which is called by the name given here.
            cloud: as ``auth``.
            id: likewise.

        Raises:
            WorkspaceNotFoundError: there is none at that place, or it has another name.
        """
        from runlog.workspace_creation import cloud_texts, is_region

        cloud = cloud_texts(subscription_id, resource_group)
        workspace = cls.from_config() if location is None or is_region(location, cloud) else cls(location)
        if is_server(workspace.location):
            return cls._of(Found(Path(), name, server=workspace.location))
        if not workspace._backend.is_there():
            raise WorkspaceNotFoundError(
                f"there is no workspace in {workspace.location}: make it with Workspace.create({name!r}), or say where "
                "it is with location="
            )
        if workspace.name != name:
            raise WorkspaceNotFoundError(
                f"the workspace in {workspace.location} is called {workspace.name!r}, not {name!r}: say where the "
                "other is with location="
            )
        workspace._cloud = {**cloud, **workspace._cloud}
        return workspace

    @classmethod
    def _again(cls, location: str, *, named: bool) -> Workspace:
        """The workspace of another process of this program, which says whether a call of its named it."""
        if named:
            name_server(location)
        return cls._of(found_at(location))

    @classmethod
    def _of(cls, found: Found) -> Workspace:
        """A workspace that was found: ``RUNLOG_TOKEN`` is for the servers that calls name."""
        workspace = cls.__new__(cls)
        workspace._backend = open_backend(found.location, found.name)
        workspace._cloud = found.cloud
        return workspace

    def get_run(self, run_id: str) -> Run:
        """A run by its id, any part of the id that only one run has, or its display name.

        Args:
            run_id: one of these; or ``latest`` for the newest run, ``latest~2`` for the one before it, and so on.

        Raises:
            RunNotFoundError: no run, or more than one, answers to it.
            WorkspaceNotFoundError: the workspace does not exist.
        """
        if not self._backend.run_ids() and not self._backend.is_there():
            raise WorkspaceNotFoundError(
                f"there is no workspace in {self.location}: start a run there, or set RUNLOG_URI"
            )
        from runlog.reading.run_reference import resolve

        return self._attach(self._backend.state(resolve(self._backend, run_id)))

    def runs(self, query: str | None = None, *, experiment: str | None = None, group: str | None = None) -> RunList:
        """All runs, newest first, or those that a query takes, in its order.

        Args:
            query: such as ``metrics.mse < 3000 and params.seed = 0 order by metrics.mse`` (``docs/query.md``).
            experiment: only runs of this experiment.
            group: only runs of this group.

        Raises:
            QueryError: the query can't be read; the message points at the column.
            WrongValueError: no experiment can have this name.
            MissingExtraError: there is a query, and lark is not installed.
        """
        named = group_name(group)
        experiment = None if experiment is None else check_experiment_name(experiment)

        def is_wanted(state: RunHead) -> bool:
            return (experiment is None or state.experiment == experiment) and (not named or state.group == named)

        if query is None:
            return self._runs_that(is_wanted)
        from runlog.query.parse import parse
        from runlog.query.rows import taken_by
        from runlog.run_list import RunList

        asked = parse(query)  # a fault in it is told before any run is read
        found = self._backend.find_runs(query) if experiment is None and not named else None
        if found is not None:
            return RunList([Run.attach(Experiment._of(self, name), run_id) for run_id, name in found])
        taken = taken_by(asked, self._backend, self._states_that(is_wanted))
        return RunList([self._attach(state) for state in taken])

    def records(
        self,
        search: str = "",
        *,
        runs: Collection[str] | None = None,
        level: int | str | None = None,
        logger: str | None = None,
        after: int | None = None,
        before: int | None = None,
        no_run: bool = False,
    ) -> Iterator[FoundRecord]:
        """Log records of all runs that a search asks for, newest first; read page by page as they are asked for.

        Args:
            search: words, ``"phrases"``, ``begin*``, ``-without``, and ``level:``, ``logger:``, ``run:``, ``after:``,
                ``before:`` with a value (``docs/search.md``).
            runs: ids of the runs to search; None for all.
            level: the lowest level.
            logger: the logger, or one above it.
            after: the earliest moment, UTC nanoseconds since 1970.
            before: the latest moment, likewise.
            no_run: records that were logged outside any run, instead.

        Raises:
            QueryError: the search can't be read; the message points at the column.
            WrongValueError: there is no such level.
            ConfigurationError: the workspace can't be searched.
        """
        from runlog.levels import level_number
        from runlog.store.contract import RecordSearch

        number = None if level is None else level_number(level)
        asked = RecordSearch(search, runs, number, logger, after, before, no_run)
        from runlog.store.pages import all_records

        return all_records(open_store(self._backend), asked)

    def _runs_that(self, wanted: Callable[[RunHead], bool]) -> RunList:
        """The runs that are wanted by what they are, newest first."""
        from runlog.run_list import RunList

        chosen = filter(wanted, self._backend.heads(self._backend.run_ids()))
        return RunList([self._attach(one) for one in sorted(chosen, key=_age, reverse=True)])

    def _states_that(self, wanted: Callable[[RunHead], bool]) -> list[RunState]:
        chosen = [state for state in self._backend.states(self._backend.run_ids()) if wanted(state)]
        return sorted(chosen, key=_age, reverse=True)

    def reindex_children(self) -> int:
        """Find children that their parents do not list, and have them listed; every run is read.

        That a run is a child is kept with the child. The list in its parent's journal, which ``get_children`` goes by,
        may lack some where the disk was full or that journal was damaged.

        Returns:
            how many children were added to a list.
        """
        added = 0
        from runlog.reading.family import missing_children

        for parent, children in missing_children(self._backend):
            run = self._attach(self._backend.state(parent))
            run._recorder().write(ChildrenMade(time=clock.now(), run_ids=children))
            added += len(children)
        return added

    def _attach(self, state: RunHead) -> Run:
        return Run.attach(Experiment._of(self, state.experiment), state.id)

    @property
    def models(self) -> dict[str, Model]:
        """The newest version of each model, by name."""
        from runlog.models import Model

        return {model.name: model for model in Model.list(self, latest=True)}

    @property
    def experiments(self) -> dict[str, Experiment]:
        """The active experiments, by name."""
        return {one.name: one for one in Experiment.list(self)}

    def __repr__(self) -> str:
        shown = self.location if is_server(self.location) else str(around(Path(self.location)))
        return f"Workspace(name={self.name!r}, location={shown!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Workspace) and other.location == self.location

    def __hash__(self) -> int:
        return hash(self.location)


def _age(run: RunHead) -> tuple[int, str]:
    return run.created or 0, run.id


def _named_by_call(location: str | os.PathLike[str], name: str) -> Backend:
    """The backend of a location that a call names: where it is a server, ``RUNLOG_TOKEN`` is for it."""
    backend = open_backend(location, name)
    if is_server(backend.location):
        name_server(backend.location)
    return backend
