"""The part of a run that deals with it from outside: waiting for its end, and removing it for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runlog.run import Run


class RunControl:
    """What is done with a run as a whole, often by another process than its own."""

    def _this(self) -> Run:
        raise NotImplementedError

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> dict[str, Any]:
        """Wait for a run of another process: until it has ended, has died, or gives no sign of life any more.

        The end is noticed within half a second, and waiting costs next to no time of the processor. Ctrl-C ends the
        waiting only: the run goes on, which a line on stderr says.

        Args:
            show_output: print the run's log records as they come. What this process has printed of the run is not
                printed again by a later call, which goes on from there.
            wait_post_processing: no meaning here, as nothing follows a run's end; Azure ML's argument.
            raise_on_error: raise where the run is Failed or Crashed.

        Returns:
            what :meth:`~runlog.Run.get_details` gives, with the status that was waited for.

        Raises:
            RunFailedError: it failed, with its error and traceback; a canceled run raises nothing.
            RunStateError: this process itself is to end the run.
        """
        from runlog.lifecycle.waiting import raise_failure, wait

        run = self._this()
        state = wait(run, show_output=show_output)
        if raise_on_error:
            raise_failure(state)
        return {**run.get_details(), "status": state.status}

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
