"""The part of an experiment that is kept beside its runs: tags, and whether it is archived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from runlog.catalogue import experiments
from runlog.errors import ExperimentNotFoundError, RunStateError, WrongValueError
from runlog.journal import clock
from runlog.writing.tags import tag_keys, tags_as_text

if TYPE_CHECKING:
    from datetime import datetime

    from runlog.experiment import Experiment
    from runlog.reading.run_filter import Wanted
    from runlog.workspace import Workspace


class ViewType(str, Enum):
    """Which experiments a list has."""

    ActiveOnly = "ActiveOnly"
    ArchivedOnly = "ArchivedOnly"
    All = "All"


class ExperimentRecord:
    """Tags, archiving and lists of experiments. Properties are read anew each time they are asked for."""

    workspace: Workspace
    name: str

    @property
    def id(self) -> str:
        """The experiment's id. It follows from the name."""
        return experiments.experiment_id(self.name)

    @property
    def tags(self) -> dict[str, str | None]:
        """The experiment's tags."""
        return dict(self._record().get("tags", {}))

    @property
    def archived_time(self) -> datetime | None:
        """When it was archived: aware, UTC; None while it is active."""
        from runlog.reading.moments import time_of

        return time_of(self._record().get("archived"))

    def _record(self) -> dict[str, Any]:
        return experiments.read_experiment(self.workspace.backend, self.name)

    def _change(self, field: str, change: Any) -> None:
        experiments.change_experiment(
            self.workspace.backend, self.name, lambda record: record.update({field: change(record.get(field))})
        )

    def tag(self, key: str, value: Any = None) -> None:
        """Set a tag.

        Args:
            key: of the tag.
            value: kept as text; None for a tag that needs none.

        Raises:
            OSError: it can't be written.
        """
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set several tags; others stay.

        Raises:
            WrongTypeError: it is no mapping.
            OSError: they can't be written.
        """
        new = tags_as_text(tags)
        self._change("tags", lambda old: {**(old or {}), **new})

    def remove_tags(self, tags: Iterable[str]) -> None:
        """Remove tags; keys that it does not have are passed over.

        Args:
            tags: their keys.

        Raises:
            WrongTypeError: it is one text instead of a list.
            OSError: they can't be written.
        """
        gone = set(tag_keys(tags))
        self._change("tags", lambda old: {key: value for key, value in (old or {}).items() if key not in gone})

    def archive(self) -> None:
        """Leave the experiment out of lists of active ones. Its runs stay as they are; a new run makes it active again.

        Raises:
            OSError: it can't be written.
        """
        self._change("archived", lambda old: clock.now() if old is None else old)

    def reactivate(self, new_name: str | None = None) -> None:
        """Make an archived experiment active again.

        Args:
            new_name: None: an experiment can't be renamed, as in Azure ML.

        Raises:
            WrongValueError: a new name was given.
            OSError: it can't be written.
        """
        if new_name is not None:
            raise WrongValueError(f"new_name={new_name!r}: an experiment keeps its name; start runs under the new one")
        self._change("archived", lambda old: None)

    def refresh(self) -> None:
        """Nothing to do: what is asked of an experiment is read when it is asked. Azure ML keeps a copy."""

    @staticmethod
    def list(
        workspace: Workspace,
        experiment_name: str | None = None,
        view_type: ViewType | str = ViewType.ActiveOnly,
        tags: Wanted = None,
    ) -> list[Experiment]:
        """The experiments of a workspace, by name.

        Args:
            workspace: where they are kept.
            experiment_name: only the one of this name.
            view_type: "ActiveOnly", "ArchivedOnly" or "All".
            tags: only those with this tag (``"key"``), these (``["key", ...]``), or these values
                (``{"key": "value"}``).

        Raises:
            WrongValueError: there is no such view type.
            WrongTypeError: tags are none of these.
        """
        from runlog.experiment import Experiment
        from runlog.reading.run_filter import has_all, wanted_pairs

        try:
            view = ViewType(view_type)
        except ValueError as error:
            raise WrongValueError(f"view_type={view_type!r} is none of {', '.join(ViewType.__members__)}") from error
        wanted = wanted_pairs(tags, "tags")
        return [
            Experiment(workspace, record["name"])
            for record in experiments.read_experiments(workspace.backend)
            if experiment_name in {None, record["name"]}
            and (view is ViewType.All or (record.get("archived") is None) is (view is ViewType.ActiveOnly))
            and has_all(record.get("tags", {}), wanted)
        ]

    @staticmethod
    def delete(workspace: Workspace, experiment_id: str) -> None:
        """Delete an experiment that has no runs.

        Args:
            workspace: where it is kept.
            experiment_id: its id or name.

        Raises:
            ExperimentNotFoundError: there is none.
            RunStateError: it has runs.
            OSError: it can't be removed.
        """
        known = {str(record["name"]) for record in experiments.read_experiments(workspace.backend)}
        name = next((one for one in known if experiment_id in {one, experiments.experiment_id(one)}), None)
        if name is None:
            shown = ", ".join(map(repr, sorted(known)[:8])) or "none"
            raise ExperimentNotFoundError(
                f"there is no experiment {experiment_id!r} in {workspace.location}; it has {shown}"
            )
        count = len(workspace.runs(experiment=name))
        if count:
            raise RunStateError(
                f"the experiment {name} has {count} runs: delete them first, by run.delete() or `runlog delete`, or "
                "archive() the experiment, which keeps them"
            )
        experiments.delete_experiment(workspace.backend, name)
