"""What the parts of a run have in common: who it is, where it is kept, and who writes for it in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.state import RunState
    from runlog.writing.recorder import RunRecorder


class RunBase:
    """What :class:`runlog.Run` gives its parts, each of which is a family of calls in a module of its own."""

    _held: RunRecorder | None
    """The recorder of this process for the run, once it has written."""

    @property
    def id(self) -> str:
        """The run's id."""
        raise NotImplementedError

    @property
    def status(self) -> str:
        """How it stands."""
        raise NotImplementedError

    def state(self) -> RunState:
        """What is known of the run without reading its bulk."""
        raise NotImplementedError

    @property
    def _is_guest(self) -> bool:
        """Whether another process owns the run (for handlers); a forked child is a guest, too."""
        return self._held is not None and not self._held.is_owner

    def take_back_loss(self) -> None:
        """Count an event less as lost (for handlers): the run had just ended, and it went elsewhere."""
        self._recorder().take_back_loss()

    @property
    def _backend(self) -> Backend:
        """What keeps the run."""
        raise NotImplementedError

    def _recorder(self) -> RunRecorder:
        """The recorder of this process for the run, made where there is none."""
        raise NotImplementedError
