"""The ``./outputs`` folder: what a run wrote there is kept with it at its end."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from runlog.current_folder import absolute
from runlog.errors import WrongTypeError
from runlog.journal import reserve
from runlog.lifecycle.outputs_shares import Claim, Shares
from runlog.writing.files import keep_under
from runlog.writing.folders import LINK_ELSEWHERE, name_under, regular_files

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.writing.recorder import RunRecorder

DEFAULT = "outputs"
NAMED = 5
"""Entries that a warning names; it counts all."""
_logger = logging.getLogger("runlog")


class _Mark(Struct, frozen=True):
    """What tells that a file changed."""

    inode: int
    size: int
    modified: int


class _File(Struct, frozen=True):
    """A file that can be kept."""

    mark: _Mark
    changed: int
    """When, in nanoseconds since 1970."""


class _Other(Struct, frozen=True):
    """Something else."""

    mark: _Mark | None
    why: str
    """It can't be kept."""


class _Seen(Struct, frozen=True):
    """What a folder holds at a moment."""

    files: dict[Path, _File]
    others: dict[Path, _Other]


def folder_for(outputs: object) -> Path | None:
    """The folder whose files a run keeps.

    Args:
        outputs: what ``start_logging`` was given: a path, True (``./outputs``), both made if missing; None
            (``./outputs``, if it is there at the end); False for none.

    Raises:
        WrongTypeError: it is none of these.
    """
    if outputs is False:
        return None
    if outputs is None:
        return absolute(DEFAULT)
    if not isinstance(outputs, bool | str | os.PathLike):
        raise WrongTypeError(f"outputs is a path, True, False or None, not {type(outputs).__name__}: {outputs!r}")
    folder = absolute(DEFAULT if isinstance(outputs, bool) else outputs)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _logger.warning("the outputs folder %s can't be made (%s): make it, or there is nothing to keep", folder, error)
    return folder


class OutputsFolder:
    """Remembers what a folder held when the run began."""

    def __init__(self, folder: Path, backend: Backend, run_id: str) -> None:
        """Look into the folder, and tell other runs that this one keeps it.

        Args:
            folder: absolute; it need not be there.
            backend: keeps the run.
            run_id: of the run.
        """
        self._folder = folder
        self._not_kept = backend.location
        self._claim = Claim(backend, run_id, folder)
        self._shares: Shares | None = None
        self._kept: dict[Path, _Mark] = {}
        self._before = self._look()
        self.is_broken_off = False
        """Whether keeping the files was begun and has not come to its end."""

    def keep_changed(self, recorder: RunRecorder) -> None:
        """Take every file that is new or changed, by content, under ``outputs/`` (or the folder's own name).

        What is no file, and what another run keeps or may have written too, is told of. Where this was broken off, what
        was kept already is not copied again.
        """
        self.is_broken_off = True
        self._shares = shares = self._shares or self._claim.release()
        now = self._look()
        taken: dict[str, Path] = {}
        sharers: set[str] = set()
        for path, file in sorted(now.files.items()):
            before = self._before.files.get(path)
            if (before is not None and before.mark == file.mark) or shares.is_of_another(path):
                continue
            sharers |= shares.sharers(path, file.changed)
            if self._kept.get(path) != file.mark:
                keep_under(recorder, name_under(self._folder.name, self._folder, path), path, taken)
                self._kept[path] = file.mark
        self.is_broken_off = False
        self._tell_left_out(recorder, now)
        if sharers:
            _logger.warning(
                "run %s: files under %s changed while other runs kept that folder, too (%s). Nobody can tell which run "
                'wrote a file, so each of them keeps it. Give each run a folder of its own: outputs="outputs/NAME".',
                recorder.run_id,
                self._folder,
                _listed(sorted(sharers)),
            )

    def tell_broken_off(self, recorder: RunRecorder) -> None:
        """Say that the files are not kept whole, as somebody would not wait for them."""
        recorder.leave_out()
        _logger.warning(
            "run %s: keeping the changed files of %s was broken off: %d of them are kept",
            recorder.run_id,
            self._folder,
            len(self._kept),
        )

    def _look(self) -> _Seen:
        others: dict[Path, _Other] = {}

        def left_out(path: Path, why: str) -> None:
            # os.path's isdir says no of a folder that may not be looked into, where Path's raises
            if path != self._folder or os.path.isdir(path):  # noqa: PTH112
                others[path] = _Other(_link_mark(path), why)

        with reserve.lent():
            found = list(regular_files(self._folder, left_out, skip=self._not_kept))
        return _Seen({path: _File(_mark(status), _changed(status)) for path, status in found}, others)

    def _tell_left_out(self, recorder: RunRecorder, now: _Seen) -> None:
        """Count what can't be kept. What a link leads to may have changed in any case, unlike the link itself."""
        left_out = [
            f"{path.relative_to(self._folder).as_posix()!r} ({other.why})"
            for path, other in sorted(now.others.items())
            if other.why == LINK_ELSEWHERE or self._before.others.get(path) != other
        ]
        if left_out:
            for _ in left_out:
                recorder.leave_out()
            _logger.warning(
                "run %s: %s is not kept whole. Left out: %s", recorder.run_id, self._folder, _listed(left_out)
            )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _mark(status: os.stat_result) -> _Mark:
    return _Mark(status.st_ino, status.st_size, status.st_mtime_ns)


def _link_mark(path: Path) -> _Mark | None:
    try:
        return _mark(path.lstat())
    except OSError:
        return None


def _changed(status: os.stat_result) -> int:
    """When a file was changed last. A copy may keep the time of its content, so that of the inode counts."""
    return status.st_mtime_ns if os.name == "nt" else status.st_ctime_ns
