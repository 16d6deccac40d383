"""The part of a run that deals with it from outside: removing it for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runlog.run import Run


class RunControl:
    """What is done with a run as a whole, often by another process than its own."""

    def _this(self) -> Run:
        raise NotImplementedError

    def delete(self, recursive: bool = False, *, force: bool = False) -> None:
        """Delete the run with its journal and its files. It can't be undone. (Azure ML keeps every run.)

        Pictures and versions of models are kept by their content, and stay.

        Args:
            recursive: delete the runs beneath it, too.
            force: also a run of another host whose end can't be proven.

        Raises:
            RunStateError: a living process writes it, or it has children.
            OSError: it can't be removed.
        """
        from runlog.lifecycle.deleting import delete

        delete(self._this(), recursive=recursive, force=force)
