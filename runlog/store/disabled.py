"""Runs that are not kept: everything can be called, arguments are checked as always, and nothing is written.

What is in the folder already is read as always. What a run is (its name, status, tags, parameters) is remembered while
the process lives, as programs ask for it; metrics, records, pictures and files are not.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from runlog.backend import Blob, Kept
from runlog.errors import RunNotFoundError
from runlog.journal.files import new_writer_id
from runlog.journal.format import EventFlag, Lost
from runlog.journal.liveness import Liveness
from runlog.journal.points import as_method
from runlog.limits import INT64_MAX, INT64_MIN
from runlog.records import EventKind, FileKept
from runlog.state import RunState, fold
from runlog.whole_files import PIECE

if TYPE_CHECKING:
    from runlog.backend import Backend, Entry, Follower, JournalView, RunWriter
    from runlog.catalogue.models import ModelRecord
    from runlog.run_head import RunHead

_STATE = EventFlag.STATE
_CONTENT = frozenset({int(EventKind.IMAGE), int(EventKind.FILE)})
"""Kinds of state that tell of content, which is not kept."""


class _Remembered(NamedTuple):
    """A state event."""

    kind: int
    payload: bytes
    writer: str


@dataclass
class _Memory:
    """What is remembered of one run."""

    events: list[_Remembered] = field(default_factory=list)
    writers: list[DiscardingWriter] = field(default_factory=list)


_memories: dict[tuple[str, str], _Memory] = {}
"""By location and run: a workspace may be opened more than once."""


class DiscardingWriter:
    """Takes what a run writes, and drops it."""

    problem: OSError | None = None
    lost = Lost(0, 0)

    def __init__(self, memory: _Memory, on_begin: Callable[[RunWriter], None], *, guest: bool, late: bool) -> None:
        """Begin; as with a journal, ``on_begin`` is called before the first record."""
        self.closed = False
        self.writer_id = new_writer_id()
        self.guest, self.late = guest, late
        self.newest_step: int | None = None
        self._memory = memory
        self._on_begin: Callable[[RunWriter], None] | None = on_begin
        self._names: set[str] = set()

    def liveness(self) -> Liveness:
        """Whether it still writes."""
        return Liveness.CLOSED if self.closed else Liveness.ALIVE

    def make_log(self, slow: Callable[..., None]) -> Callable[..., None]:
        """The closure behind ``run.log``: it hands on what a journal's would, so that the same is checked."""
        names = self._names

        def log(name: str, value: Any, description: str = "", step: int | None = None) -> None:
            try:
                known = name in names
            except TypeError:
                known = False
            number = type(value) is float or (type(value) is int and INT64_MIN <= value <= INT64_MAX)
            if not known or not number or description or not (step is None or _is_step(step)):
                slow(name, value, description, step)
            elif step is not None:
                self.newest_step = step

        return as_method(log)

    def make_log_metrics(self, slow: Callable[..., None]) -> Callable[..., None]:
        """The closure behind ``run.log_metrics``, likewise."""
        known, floats = self._names, {float}

        def log_metrics(metrics: Mapping[str, Any], step: int | None = None) -> None:
            if (
                type(metrics) is not dict
                or set(map(type, metrics.values())) != floats
                or not metrics.keys() <= known
                or not (step is None or _is_step(step))
            ):
                slow(metrics, step)
            elif step is not None:
                self.newest_step = step

        return as_method(log_metrics)

    def make_append(self, kind: int, flags: int = 0) -> Callable[[bytes], bool]:
        """A closure that drops events of one kind."""
        return lambda payload: self.event(kind, payload, flags)

    def point(self, name: str, kind: int, value: float | None, step: int | None, *, alias: str | None = None) -> bool:
        """Drop a scalar; its name is known from now on."""
        self._begin()
        self._names.add(name)
        if alias is not None:
            self._names.add(alias)
        if step is not None:
            self.newest_step = step
        return True

    def event(self, kind: int, payload: bytes, flags: int = 0) -> bool:
        """Drop an event, or remember it where it tells what the run is."""
        self._begin()
        if flags & _STATE and kind not in _CONTENT:
            self._memory.events.append(_Remembered(kind, payload, self.writer_id))
        return True

    def _begin(self) -> None:
        on_begin, self._on_begin = self._on_begin, None
        if on_begin is not None:
            self._memory.writers.append(self)
            on_begin(self)

    def count_lost(self, points: int = 0, events: int = 0) -> None:
        """Nothing: what is not to be kept can't be lost."""

    def sync(self) -> None:
        """Nothing is on its way to a disk."""

    def close(self) -> None:
        """Take nothing more."""
        self.closed = True


def _is_step(step: Any) -> bool:
    return type(step) is int and INT64_MIN <= step <= INT64_MAX


class DisabledBackend:
    """Reads the runs of another backend, and writes none."""

    keeps = False

    def __init__(self, backend: Backend) -> None:
        """Nothing is made."""
        self._kept = backend
        self.outputs_claims = backend.outputs_claims

    def _memory(self, run_id: str) -> _Memory | None:
        return _memories.get((self.location, run_id))

    @property
    def location(self) -> str:
        """Where runs would be kept."""
        return self._kept.location

    @property
    def name(self) -> str:
        """The workspace's name."""
        return self._kept.name

    def is_there(self) -> bool:
        """Whether the place is there."""
        return self._kept.is_there()

    def prepare(self) -> None:
        """Make nothing."""

    # -- runs --------------------------------------------------------------------------------------------------------

    def run_ids(self) -> list[str]:
        """Ids of the runs that are kept, and of those that this process began."""
        begun = [run_id for location, run_id in _memories if location == self.location]
        return [*self._kept.run_ids(), *begun]

    def find_runs(self, query: str) -> list[tuple[str, str]] | None:
        """None: runs that this process began are in no index."""
        return None

    def newest_first(self) -> None:
        """None: likewise."""

    def summaries(self, run_ids: Collection[str]) -> None:
        """None: likewise."""

    def first_writer(self, run_id: str) -> str:
        """The first writer of a run that is kept."""
        return self._kept.first_writer(run_id)

    def has_run(self, run_id: str) -> bool:
        """Whether the run is kept, or was begun by this process."""
        return self._memory(run_id) is not None or self._kept.has_run(run_id)

    def claim_new_run(self, run_id: str) -> bool:
        """Remember a new run."""
        return self.claim_run(run_id)

    def claim_run(self, run_id: str) -> bool:
        """Remember a new run."""
        if self.has_run(run_id):
            return False
        _memories[self.location, run_id] = _Memory()
        return True

    def taking_up(self, run_id: str) -> AbstractContextManager[bool]:
        """No other process knows of the run."""
        return nullcontext(enter_result=True)

    def delete_run(self, run_id: str) -> None:
        """Forget a run of this process; a run that is kept stays."""
        if not self.has_run(run_id):
            raise RunNotFoundError(f"there is no run {run_id} in {self.location} to delete")
        _memories.pop((self.location, run_id), None)

    def at_hand(self, run_ids: Collection[str]) -> AbstractContextManager[None]:
        """Those that are kept are fetched as they would be."""
        return self._kept.at_hand(run_ids)

    def state(self, run_id: str) -> RunState:
        """What is remembered of a run, else the state of one that is kept."""
        memory = self._memory(run_id)
        return self._kept.state(run_id) if memory is None else fold(run_id, memory.events, memory.writers)

    def states(self, run_ids: Iterable[str]) -> Iterator[RunState]:
        """The states of several runs."""
        return map(self.state, run_ids)

    def heads(self, run_ids: Iterable[str]) -> Iterator[RunHead]:
        """Their states."""
        return self.states(run_ids)

    def heads_beneath(self, run_id: str, *, recursive: bool) -> None:
        """None: their states are at hand."""

    def wait_until_kept(self, run_id: str, timeout: float, *, patient: bool) -> Kept:
        """Nothing is to be kept."""
        return Kept(everything=True)

    def list_experiment(self, name: str) -> None:
        """List nothing."""

    def postpone_model(self, record: ModelRecord) -> ModelRecord:
        """It is kept nowhere."""
        return record

    def describe_run(self, run_id: str) -> str:
        """Where the run would be."""
        return self._kept.describe_run(run_id)

    def run_uri(self, run_id: str) -> str:
        """The address that the run would have."""
        return self._kept.run_uri(run_id)

    # -- journals ----------------------------------------------------------------------------------------------------

    def open_writer(
        self, run_id: str, *, guest: bool, late: bool, on_begin: Callable[[RunWriter], None]
    ) -> DiscardingWriter:
        """A writer that drops what it gets."""
        return DiscardingWriter(self._memory(run_id) or _Memory(), on_begin, guest=guest, late=late)

    def open_process_writer(self, process_id: str, on_begin: Callable[[RunWriter], None]) -> DiscardingWriter:
        """A writer that drops what it gets."""
        return DiscardingWriter(_Memory(), on_begin, guest=False, late=False)

    def process_ids(self) -> list[str]:
        """Ids of the processes whose records are kept."""
        return self._kept.process_ids()

    def journal(self, run_id: str) -> JournalView:
        """The journal of a run that is kept; of another, an empty one."""
        return self._kept.journal(run_id)

    def follow(self, run_id: str, kinds: Collection[int] | None = None) -> Follower:
        """The events of a run that is kept."""
        return self._kept.follow(run_id, kinds)

    def process_journal(self, process_id: str) -> JournalView:
        """A journal that is kept."""
        return self._kept.process_journal(process_id)

    # -- small records -------------------------------------------------------------------------------------------------

    def entry_names(self, folder: str) -> list[str]:
        """Names of the entries that are kept."""
        return self._kept.entry_names(folder)

    def entry_folders(self, folder: str) -> list[str]:
        """Names of the folders that are kept."""
        return self._kept.entry_folders(folder)

    def read_entry(self, name: str) -> Entry | None:
        """An entry that is kept."""
        return self._kept.read_entry(name)

    def put_entry(self, name: str, data: bytes, expected: str | None) -> bool:
        """Write nothing."""
        return True

    def delete_entry(self, name: str) -> bool:
        """Remove nothing."""
        return self._kept.read_entry(name) is not None

    # -- content -----------------------------------------------------------------------------------------------------

    def open_crash_file(self, run_id: str, writer_id: str) -> BinaryIO:
        """A file that keeps nothing."""
        return Path(os.devnull).open("ab")

    def put_blob(self, data: bytes) -> Blob:
        """Name content without keeping it."""
        return Blob(hashlib.sha256(data).hexdigest(), len(data))

    def read_blob(self, sha256: str, size: int | None = None) -> bytes:
        """Content that is kept."""
        return self._kept.read_blob(sha256, size)

    def open_blob(self, sha256: str, size: int | None = None) -> BinaryIO:
        """Content that is kept."""
        return self._kept.open_blob(sha256, size)

    def pin_file(self, run_id: str, name: str, sha256: str) -> None:
        """Keep nothing."""

    def put_file(self, run_id: str, name: str, source: BinaryIO, time: int) -> FileKept:
        """Read a file for what the caller is told of it: its size and hash."""
        digest, size = hashlib.sha256(), 0
        while piece := source.read(PIECE):
            digest.update(piece)
            size += len(piece)
        return FileKept(time=time, name=name, size=size, sha256=digest.hexdigest())

    def open_file(self, run_id: str, name: str) -> BinaryIO:
        """A file that is kept."""
        return self._kept.open_file(run_id, name)
