"""Which runs of a workspace keep which folder of outputs, and from when to when.

A small file for each run in ``outputs/`` of the workspace, as long as it may matter: until every run has ended that was
open beside it. Nothing tells which process wrote a file; this tells who may have.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from runlog.journal import real_time
from runlog.journal.identity import boot_id, host
from runlog.journal.liveness import HEARTBEAT_LIMIT, Liveness, probe
from runlog.journal.open_file import read_regular
from runlog.outputs_claims import OutputsClaim
from runlog.redaction import as_utf8

FOLDER = "outputs"
_AS_BYTES = ("latin-1", "replace")
"""A path need not be text: each of its bytes is a character."""


class FolderClaims:
    """The claims in a workspace's folder."""

    def __init__(self, folder: Path, make: Callable[[Path], None], write: Callable[[Path, bytes], None]) -> None:
        """Nothing is made here, nor read.

        Args:
            folder: of the workspace.
            make: makes a folder.
            write: writes a file.
        """
        self._workspace = folder
        self._folder = folder / FOLDER
        self._make = make
        self._write = write

    def claim(self, run_id: str, folders: tuple[str, ...]) -> None:
        """Say that a run keeps folders from now on.

        Raises:
            OSError: it can't be written.
        """
        self._make(self._folder)
        self._put(OutputsClaim(run_id, folders, real_time.wall_ns(), 0, _machine()))

    def release(self, run_id: str) -> list[OutputsClaim]:
        """Say that a run keeps its folders no more; returns the claims of those that were open beside it.

        Raises:
            OSError: it can't be written.
        """
        claims = {claim.run_id: claim for claim in self._read()}
        own = claims.pop(run_id, None)
        if own is None:  # it could not be written
            return []
        still_open = [one.begin for one in claims.values() if not one.end]
        first = min(still_open, default=None)
        if first is None:  # nobody is left who would ask
            self._remove(run_id)
        else:
            self._put(replace(own, end=real_time.wall_ns()))
        for one in claims.values():
            if one.end and (first is None or one.end < first):
                self._remove(one.run_id)
        return [one for one in claims.values() if not one.end or one.end >= own.begin]

    def _read(self) -> Iterator[OutputsClaim]:
        """The claims, without those of runs whose process is dead: what it wrote, it will not keep itself."""
        try:
            names = sorted(path.name for path in self._folder.iterdir() if path.suffix == ".json")
        except OSError:
            return
        for name in names:
            try:
                claim = msgspec.json.decode(read_regular(self._folder / name), type=OutputsClaim)
            except (OSError, msgspec.MsgspecError):  # removed meanwhile, or nothing of ours
                continue
            if claim.run_id != name.removesuffix(".json"):
                continue
            if claim.end or self._is_alive(claim):
                yield replace(claim, folders=tuple(os.fsdecode(one.encode(*_AS_BYTES)) for one in claim.folders))
            else:
                self._remove(claim.run_id)

    def _is_alive(self, claim: OutputsClaim) -> bool:
        """Whether a writer of the run holds its lock; on another machine, whether it has renewed it lately.

        The journal's own reader knows this more exactly. It is not loaded, as this may be the exit of a program that
        Ctrl-C has ended, whose exit code Python forgets where so much is imported then.
        """
        run = self._workspace / "runs" / claim.run_id
        try:
            locks = [path for path in run.iterdir() if path.suffix == ".lock"]
        except OSError:
            return False
        if claim.machine == _machine():
            return any(probe(run, path.stem, None) is Liveness.ALIVE for path in locks)
        return any(_age_of(path) < HEARTBEAT_LIMIT for path in locks)

    def _put(self, claim: OutputsClaim) -> None:
        folders = tuple(os.fsencode(one).decode(*_AS_BYTES) for one in claim.folders)
        self._write(self._folder / f"{claim.run_id}.json", msgspec.json.encode(replace(claim, folders=folders)))

    def _remove(self, run_id: str) -> None:
        with suppress(OSError):  # it is another user's: it is out of date, and does no harm
            (self._folder / f"{run_id}.json").unlink(missing_ok=True)


def _age_of(path: Path) -> float:
    """Seconds since a file was written; endless where it is gone."""
    try:
        return real_time.wall() - path.stat().st_mtime
    except OSError:
        return math.inf


def _machine() -> str:
    return f"{as_utf8(host())} {boot_id()}"
