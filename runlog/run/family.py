"""The part of a run that knows its relatives: the run it was started beneath, and those beneath it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runlog.run.base import RunBase

if TYPE_CHECKING:
    from runlog.experiment import Experiment
    from runlog.reading.run_filter import Wanted
    from runlog.run import Run
    from runlog.run_list import RunList

_UNREAD = object()


class RunFamily(RunBase):
    """Parents and children. A child is a run like any other; its status does not depend on its parent's."""

    _parent: Any = _UNREAD

    @property
    def experiment(self) -> Experiment:
        """The experiment it belongs to."""
        raise NotImplementedError

    def _this(self) -> Run:
        raise NotImplementedError

    @property
    def parent(self) -> Run | None:
        """The run that this one is a child of; None where it has none, or that was deleted.

        It is looked up once, so that ``run.parent.log(...)`` costs what ``run.log`` does. (Azure ML asks its service,
        and its documents advise against the call.) In a process that did not start the parent, it is logged to as a
        guest.
        """
        if self._parent is _UNREAD:
            self._parent = self._find_parent()
        found: Run | None = self._parent
        return found

    def _find_parent(self) -> Run | None:
        from runlog.lifecycle.open_runs import started_run
        from runlog.run import Run

        parent = self.state().parent
        if parent is None or not self._backend.has_run(parent):
            return None
        return started_run(self._backend.location, parent) or Run.attach(self.experiment, parent)

    @property
    def type(self) -> str | None:
        """What kind of run it is, as ``run_type`` said when it was started; None where nothing was said."""
        return self.state().type or None

    def child_run(
        self,
        name: str | None = None,
        run_id: str | None = None,
        outputs: str | os.PathLike[str] | bool | None = None,
        *,
        tags: Mapping[str, Any] | None = None,
        run_type: str = "",
    ) -> Run:
        """Start a run beneath this one, in the same experiment.

        This process owns the child's status, also where another process runs the parent. Log records go to a child
        within ``with child:`` and :func:`runlog.use`; elsewhere they stay with the current run. A child that is still
        open when the process ends, ends as its other runs do.

        Args:
            name: the child's display name; Azure ML puts the parent's name before it.
            run_id: 1 to 128 letters, digits, ``-`` and ``_``; by default a new one.
            outputs: a folder whose new and changed files the child keeps at its end, or True for ``./outputs``. None
                for none: children of one process would each take the same files.
            tags: first tags.
            run_type: what kind of run it is, for lists of one kind.

        Raises:
            RunExistsError: there is a run of this id.
            WrongValueError: an argument can't be used.
        """
        from runlog.lifecycle.children import start_child

        return start_child(self._this(), name, run_id, outputs, tags, run_type)

    def create_children(
        self, count: int | None = None, tag_key: str | None = None, tag_values: Sequence[Any] | None = None
    ) -> list[Run]:
        """Make several children without starting them: their status is NotStarted.

        Whoever takes one up, in this process or another, calls its :meth:`start`, or enters it by ``with child:``; only
        one process can. Azure ML makes 100 at most.

        Args:
            count: how many; each has its number, from 0, in the tag ``azureml.batch_child_number``.
            tag_key: instead of a count: a tag that each child has.
            tag_values: the tag's value for each child.

        Returns:
            the children, in order.

        Raises:
            WrongTypeError: an argument is of a wrong type.
            WrongValueError: neither or both ways were given.
        """
        from runlog.lifecycle.children import make_children, tags_of_children
        from runlog.run import Run

        ids = make_children(self._this(), tags_of_children(count, tag_key, tag_values))
        return [Run.attach(self.experiment, run_id) for run_id in ids]

    def start(self) -> None:
        """Start a child that :meth:`create_children` made: this process owns its status from now on.

        Raises:
            RunStateError: it is started already.
        """
        from runlog.lifecycle.begin import start_made

        start_made(self._this())

    def get_children(
        self,
        recursive: bool = False,
        tags: Wanted = None,
        properties: Wanted = None,
        type: str | None = None,  # noqa: A002 - Azure ML's name
        status: str | None = None,
        _rehydrate_runs: bool = True,
    ) -> RunList:
        """The runs beneath this one, newest first. Only these are read, however many the workspace has.

        Args:
            recursive: with their children, and so on.
            tags: only runs with this tag (``"key"``), these (``["key", ...]``), or these values (``{"key": "value"}``).
            properties: likewise.
            type: only runs of this type.
            status: only runs of this status; "Failed" includes Crashed.
            _rehydrate_runs: no meaning here; Azure ML's argument.

        Raises:
            WrongTypeError: tags or properties are none of these.
        """
        from runlog.reading.family import read_children
        from runlog.reading.run_filter import make_run_filter
        from runlog.run import Run
        from runlog.run_list import RunList

        wanted = make_run_filter(type, tags, properties, status)
        states = filter(wanted.takes, read_children(self._backend, self.id, recursive=recursive))
        ordered = sorted(states, key=lambda state: (state.created or 0, state.id), reverse=True)
        return RunList([Run.attach(self.experiment, state.id) for state in ordered])
