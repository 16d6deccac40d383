"""Whose the files of an outputs folder are, where several runs of several processes keep one.

Which process wrote a file can't be known. What can: which folders each run keeps, when it was open, and when the file
changed. The run that keeps the nearest folder has a file; runs that keep the same one all have it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from runlog import own_log
from runlog.backend import Backend
from runlog.current_folder import absolute
from runlog.outputs_claims import OutputsClaim

BLUR_NS = 1_000_000_000
"""By so much a file's time may differ from the clock's: file systems take theirs from the last tick, or a server."""


class Shares:
    """What a run keeps, and those who were open beside it."""

    def __init__(self, own: Sequence[str], beside: Sequence[OutputsClaim]) -> None:
        """Compare folders.

        Args:
            own: absolute paths of the folders that the run keeps.
            beside: the claims of others.
        """
        self._own = own
        self._beside = beside

    def is_of_another(self, path: Path) -> bool:
        """Whether another run keeps a folder nearer to a file."""
        own = _nearness(self._own, path)
        return any(_nearness(claim.folders, path) > own for claim in self._beside)

    def sharers(self, path: Path, changed: int) -> set[str]:
        """The runs that may have written a file as well.

        Args:
            path: of the file.
            changed: when, in nanoseconds since 1970.
        """
        own = _nearness(self._own, path)
        return {
            claim.run_id
            for claim in self._beside
            if _nearness(claim.folders, path) == own
            and claim.begin - BLUR_NS <= changed
            and (not claim.end or changed <= claim.end + BLUR_NS)
        }


class Claim:
    """A run's claim, from its start to its end."""

    def __init__(self, backend: Backend, run_id: str, folder: Path) -> None:
        """Let others know.

        Args:
            backend: keeps the run.
            run_id: of the run.
            folder: that it keeps.
        """
        job = job_folder()
        self._claims = backend.outputs_claims
        self._run_id = run_id
        self._folders = (str(folder), *([str(job)] if job is not None and folder in job.parents else []))
        try:
            self._claims.claim(run_id, self._folders)
        except OSError as error:  # the workspace can't be written: the run itself will say so
            own_log.tell_in_particular("run %s: others can't be told that it keeps %s (%s)", run_id, folder, error)

    def release(self) -> Shares:
        """The run ends."""
        try:
            beside = self._claims.release(self._run_id)
        except OSError as error:
            own_log.tell_in_particular("run %s: who keeps the same folder can't be told (%s)", self._run_id, error)
            beside = []
        return Shares(self._folders, beside)


def job_folder() -> Path | None:
    """The folder that Hydra made for this process; None where it did not."""
    hydra = sys.modules.get("hydra.core.hydra_config")
    if hydra is None:
        return None
    try:
        configuration = hydra.HydraConfig
        return absolute(configuration.get().runtime.output_dir) if configuration.initialized() else None
    except Exception as error:  # another library, of any version
        own_log.tell_in_particular("the folder of Hydra's job can't be told: %s", error)
        return None


def _nearness(folders: Sequence[str], path: Path) -> int:
    """How near the nearest of the folders is that a path is in: longer names are nearer; 0 where it is in none."""
    return max((len(folder) for folder in folders if str(path).startswith(os.path.join(folder, ""))), default=0)  # noqa: PTH118
