"""The part of a run that says how it stands, in the words of Azure ML SDK v1."""

from __future__ import annotations

from typing import Any

from runlog.run.base import RunBase


class RunStatus(RunBase):
    """What is asked of a run about itself; of a run of another process, an open or a crashed one, too."""

    def get_status(self) -> str:
        """The same as :attr:`~runlog.Run.status`, which is never a copy of some earlier moment."""
        return self.status

    def get_detailed_status(self) -> dict[str, str]:
        """``status``, and ``details``: one sentence on why it is so, empty where there is no more to say."""
        from runlog.reading.details import detail_of

        state = self.state()
        return {"status": self.status, "details": detail_of(state)}

    def get_details(self) -> dict[str, Any]:
        """What is known of the run, under Azure ML's keys, all of which are always there.

        Returns:
            ``runId``; ``target`` ("local"); ``status``; ``startTimeUtc`` and ``endTimeUtc`` (RFC 3339, or None);
            ``error`` (None, or a mapping with ``error``: ``code``, ``message``, ``debugInfo``); ``warnings`` (what
            could not be kept or read); ``properties``; ``inputDatasets`` and ``outputDatasets`` (empty: a run here has
            none); ``runDefinition`` (``script``, ``arguments``, ``target``, ``sourceDirectory``); ``logFiles`` (the
            files that :meth:`~runlog.Run.get_all_logs` writes, each with the run's address); ``submittedBy`` (None:
            nobody submits a run here).
        """
        from runlog.reading.details import read_details

        return {**read_details(self._backend, self.id), "status": self.status}

    def get_details_with_logs(self) -> dict[str, Any]:
        """As :meth:`get_details`, with the text of each log file in ``logFiles`` in place of an address."""
        from runlog.reading.log_files import log_texts

        texts = {name: "".join(lines) for name, lines in log_texts(self._backend, self.id)}
        return {**self.get_details(), "logFiles": texts}

    def get_portal_url(self) -> str:
        """The address that shows the run: of a local workspace the ``file:`` URI of its folder."""
        return self._backend.run_uri(self.id)
