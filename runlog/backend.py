"""What a run asks of the place where it is kept: to be read, written, given files and judged.

:mod:`runlog.run` and everything beneath it talk to this protocol only; :mod:`runlog.workspace` alone chooses who
implements it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, BinaryIO, Protocol

from msgspec import Struct

from runlog.backend_journals import Follower, JournalView, RunWriter, WriterSeen
from runlog.records import FileKept

if TYPE_CHECKING:
    from runlog.catalogue.models import ModelRecord
    from runlog.outputs_claims import OutputsClaims
    from runlog.run_head import RunHead
    from runlog.state import RunState
    from runlog.store.contract import RunSummary

__all__ = ["Backend", "Blob", "Entry", "Follower", "JournalView", "Kept", "RunWriter", "WriterSeen"]


class Blob(Struct, frozen=True):
    """Content kept under its own hash."""

    sha256: str
    size: int


class Entry(Struct, frozen=True):
    """A small named record beside the runs."""

    data: bytes
    revision: str
    """Differs whenever the data do: what a change is based on."""


class Kept(Struct, frozen=True):
    """What came of waiting for what was written to be where it is kept."""

    everything: bool
    why_not: str = ""


class Backend(Protocol):
    """A place that keeps runs."""

    @property
    def outputs_claims(self) -> OutputsClaims:
        """Which runs keep which folders."""

    @property
    def keeps(self) -> bool:
        """False where nothing that is written stays: content need not be made for it."""

    @property
    def location(self) -> str:
        """What :func:`runlog.backend_choice.open_backend` makes the same backend from: a folder or a URI."""

    @property
    def name(self) -> str:
        """What the place is called."""

    def is_there(self) -> bool:
        """Whether there is such a place, as far as can be said without asking another machine."""

    def prepare(self) -> None:
        """Have the place ready to be written to.

        Raises:
            OSError: it can't be made.
        """

    def run_ids(self) -> list[str]:
        """Ids of all runs, in no order."""

    def find_runs(self, query: str) -> list[tuple[str, str]] | None:
        """Id and experiment of each run that a query takes, in its order; None where to read the journals is as quick.

        Raises:
            QueryError: the query can't be read.
            MissingExtraError: lark is not installed.
        """

    def newest_first(self) -> Iterator[str] | None:
        """Ids of all runs, newest first, as far as they are asked for. None: to look at each of them is as quick."""

    def summaries(self, run_ids: Collection[str]) -> Mapping[str, RunSummary | None] | None:
        """Runs at a glance, by id; those that are not there are left out. None: to read the journals is as quick.

        A run's own None says that its journal is to be read, which may have more than the index.

        Args:
            run_ids: of the runs.
        """

    def first_writer(self, run_id: str) -> str:
        """The id of the run's first writer: ids sort by time. Empty where nothing is written yet."""

    def has_run(self, run_id: str) -> bool:
        """Whether a run of this id is kept here."""

    def claim_new_run(self, run_id: str) -> bool:
        """Make the place of a run whose id was just made up, so that no other machine need be asked for it.

        Raises:
            OSError: it can't be made.
        """

    def claim_run(self, run_id: str) -> bool:
        """Make a new run's place; False where another was first.

        Raises:
            OSError: it can't be made.
        """

    def taking_up(self, run_id: str) -> AbstractContextManager[bool]:
        """Hold the right to open the run's next attempt; False where another process holds it. Nobody waits for it."""

    def delete_run(self, run_id: str) -> None:
        """Remove a run with its journal and files; blobs stay, as other runs may have the same content.

        Raises:
            RunNotFoundError: there is none.
            OSError: it can't be removed.
        """

    def open_writer(self, run_id: str, *, guest: bool, late: bool, on_begin: Callable[[RunWriter], None]) -> RunWriter:
        """A writer for this process. Nothing is made before its first record."""

    def open_process_writer(self, process_id: str, on_begin: Callable[[RunWriter], None]) -> RunWriter:
        """A writer for records that belong to no run."""

    def process_ids(self) -> list[str]:
        """Ids of the processes that left records without a run, oldest first."""

    def journal(self, run_id: str) -> JournalView:
        """The run's journal as it stands now."""

    def at_hand(self, run_ids: Collection[str]) -> AbstractContextManager[None]:
        """For whoever reads the journals of many runs within the block, one after the other: they are fetched together.

        Args:
            run_ids: of the runs.
        """

    def follow(self, run_id: str, kinds: Collection[int] | None = None) -> Follower:
        """The run's records as they come, from the first on.

        Args:
            run_id: of the run.
            kinds: only events of these kinds.
        """

    def process_journal(self, process_id: str) -> JournalView:
        """The journal of records that belong to no run."""

    def state(self, run_id: str) -> RunState:
        """What is known of the run without reading its bulk."""

    def states(self, run_ids: Iterable[str]) -> Iterator[RunState]:
        """The same of several runs, in their order."""

    def heads(self, run_ids: Iterable[str]) -> Iterator[RunHead]:
        """What lists ask of several runs, in their order: what is quicker of their states and an index."""

    def heads_beneath(self, run_id: str, *, recursive: bool) -> list[RunHead] | None:
        """The same of the runs beneath a run, by an index; None where to go from run to run is as quick.

        Args:
            run_id: of the run.
            recursive: also those beneath these, and so on.
        """

    def wait_until_kept(self, run_id: str, timeout: float, *, patient: bool) -> Kept:
        """Wait until what was written to a run before is where runs are kept; never raises.

        Args:
            run_id: of the run.
            timeout: seconds to wait at the most.
            patient: wait that long also where nobody answers there; else one more try must do.
        """

    def list_experiment(self, name: str) -> None:
        """A run of this experiment begins here: have the experiment listed, without waiting for another machine."""

    def open_crash_file(self, run_id: str, writer_id: str) -> BinaryIO:
        """A file with a descriptor of its own, for what a writer's process says when it dies of a signal.

        Closed empty, it is removed.

        Raises:
            OSError: it can't be made.
        """

    def put_blob(self, data: bytes) -> Blob:
        """Keep content under its hash; content that is kept already is not written again.

        Raises:
            OSError: it can't be written.
        """

    def read_blob(self, sha256: str, size: int | None = None) -> bytes:
        """Content by its hash.

        Args:
            sha256: the hash.
            size: that was announced for it: no more is read. None: nobody did.

        Raises:
            WrongValueError: that is no hash.
            RunFileNotFoundError: there is none, or of another size.
        """

    def open_blob(self, sha256: str, size: int | None = None) -> BinaryIO:
        """Content by its hash, to be read piece by piece; as :meth:`read_blob`."""

    def pin_file(self, run_id: str, name: str, sha256: str) -> None:
        """Keep the content of a run's file under its hash, so that it outlives the file.

        Raises:
            RunFileNotFoundError: there is no such file, or it has another content by now.
            OSError: it can't be written.
        """

    def put_file(self, run_id: str, name: str, source: BinaryIO, time: int) -> FileKept:
        """Keep a file of the run; one of the same name is replaced as a whole.

        Raises:
            WrongValueError: the name is that of a folder of the run, or goes through a file as if it were one.
            OSError: it can't be written.
        """

    def open_file(self, run_id: str, name: str) -> BinaryIO:
        """A file of the run, to be read.

        Raises:
            RunFileNotFoundError: there is none of this name.
        """

    def entry_names(self, folder: str) -> list[str]:
        """Names of the entries in a folder (``experiments``), without those that begin with a dot, by name."""

    def entry_folders(self, folder: str) -> list[str]:
        """Names of the folders of entries in a folder (``models``), by name."""

    def read_entry(self, name: str) -> Entry | None:
        """A small record by its name (``experiments/sweep.json``); None where there is none."""

    def put_entry(self, name: str, data: bytes, expected: str | None) -> bool:
        """Write a small record, unless another process wrote it meanwhile.

        Args:
            name: of the entry.
            data: its new content.
            expected: the revision that was read; None: there must be no entry of this name.

        Returns:
            False where it is not as expected: read it again.

        Raises:
            OSError: it can't be written.
        """

    def delete_entry(self, name: str) -> bool:
        """Remove a small record; False where there is none.

        Raises:
            OSError: it can't be removed.
        """

    def postpone_model(self, record: ModelRecord) -> ModelRecord:
        """Keep a version of a model that could not be registered now, for whoever reaches the server next.

        Raises:
            OSError: it can't be written.
        """

    def describe_run(self, run_id: str) -> str:
        """Where a person finds the run: a folder or an address."""

    def run_uri(self, run_id: str) -> str:
        """The address that shows the run, for a browser."""
