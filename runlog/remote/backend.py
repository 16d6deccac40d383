"""Runs kept by a server: written to the outbox as to any folder, sent in the background, read from both."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO, cast

from runlog.backend import Blob, Entry, Kept, RunWriter
from runlog.errors import (
    JournalError,
    RunFileNotFoundError,
    RunNotFoundError,
    ServerRefusedError,
)
from runlog.journal import fork
from runlog.journal.writer import JournalWriter
from runlog.records import FileKept
from runlog.remote.answers import moment_of
from runlog.remote.api import ServerApi
from runlog.remote.cache import GONE, Cache
from runlog.remote.claims import Claims
from runlog.remote.contents import Content
from runlog.remote.journal import RemoteFollower, RemoteJournal
from runlog.remote.journals import RemoteJournals
from runlog.remote.many_runs import ManyRuns
from runlog.remote.note import PROCESSES, RUNS
from runlog.remote.outbox import Outbox
from runlog.remote.own_traffic import logger
from runlog.remote.places import cache_of
from runlog.remote.postponed import postpone, register_postponed
from runlog.remote.requests_of_runs import RequestsOfRuns, is_request
from runlog.remote.shipper import shipper_of
from runlog.remote.states import RemoteStates
from runlog.remote.transport import Transport
from runlog.server_address import host_of, server_address

if TYPE_CHECKING:
    from runlog.catalogue.models import ModelRecord
    from runlog.run_head import RunHead
    from runlog.state import RunState
    from runlog.store.contract import RunSummary


class RemoteBackend:
    """Keeps runs on a server."""

    keeps = True

    def __init__(self, address: str, name: str = "", outbox: Outbox | None = None) -> None:
        """Nothing is made, read or asked.

        Args:
            address: of the server.
            name: what to call the workspace.
            outbox: of the server; by default the one that it has on this machine.

        Raises:
            ConfigurationError: that is no address of a server.
        """
        self.location = server_address(address)
        self.name = name or host_of(self.location)
        self.api = ServerApi(Transport(self.location))
        self.outbox = outbox or Outbox(self.location)
        self.outputs_claims = self.outbox.folder.outputs_claims
        self.shipper = shipper_of(self.api, self.outbox, self)
        self._cache = Cache(self.api, cache_of(self.location))
        self._requests = RequestsOfRuns(self.api)
        self._claims = Claims(self.api, self.outbox, self.shipper)
        self._runs = ManyRuns(self.api)
        self._journals = RemoteJournals(self.api, self.outbox, self._cache, self)
        self._states = RemoteStates(self._runs, self.outbox, self.shipper, self._claims.made_here, self.read_blob)
        fork.watch(self)

    def forget(self) -> None:
        """In a forked child: locks may have been held by other threads of the parent."""
        self._cache.forget()

    def is_there(self) -> bool:
        """A server is there, as far as can be said without asking it."""
        return True

    def prepare(self) -> None:
        """Have the outbox."""
        self.outbox.prepare()

    # -- runs --------------------------------------------------------------------------------------------------------

    def run_ids(self) -> list[str]:
        """Ids of the runs that the server has, and of those that are still here only."""
        there = dict.fromkeys(self.api.ids("run-ids"))
        return [
            *there,
            *(one for one in self.outbox.folder.run_ids() if one not in there and not self.outbox.was_there(one)),
        ]

    def find_runs(self, query: str) -> list[tuple[str, str]] | None:
        """By the server's index; None where runs are here that the server may not know whole."""
        if not all(map(self.outbox.is_whole, self.outbox.folder.run_ids())):
            return None
        try:
            return [(str(one["id"]), str(one["experiment"])) for one in self.api.find_runs(query)]
        except ServerRefusedError as error:
            if error.status != GONE:
                raise
            return None  # a server without an index

    def newest_first(self) -> Iterator[str] | None:
        """By the server's index, page by page, together with the runs of which this machine may have more."""
        import heapq

        more_here = [one for one in self.outbox.folder.run_ids() if not self.outbox.is_whole(one)]
        here = sorted(((one.created or 0, one.id) for one in self.states(more_here)), reverse=True)
        there = ((moment_of(one.get("created")), str(one["id"])) for one in self.api.find_runs(""))
        try:
            first = list(islice(there, 1))
        except ServerRefusedError as error:
            if error.status != GONE:
                raise
            return None  # a server without an index
        known = {run_id for _, run_id in here}
        others = (one for one in chain(first, there) if one[1] not in known)
        return (run_id for _, run_id in heapq.merge(others, here, reverse=True))

    def summaries(self, run_ids: Collection[str]) -> Mapping[str, RunSummary | None] | None:
        """By the server's index, but for runs of which this machine may have more."""
        more_here = {one for one in self.outbox.among(run_ids) if not self.outbox.is_whole(one)}
        found = self._runs.summaries([one for one in run_ids if one not in more_here])
        return None if found is None else {**found, **dict.fromkeys(more_here)}

    def first_writer(self, run_id: str) -> str:
        """The first of the run's writers."""
        return self._claims.first_writer(run_id)

    def has_run(self, run_id: str) -> bool:
        """Whether the server has the run, or it is still here only.

        Raises:
            ServerError: the server can't be asked.
        """
        return self._claims.has_run(run_id)

    def claim_new_run(self, run_id: str) -> bool:
        """Make the place of a run whose id nobody else can have: the server hears of it later."""
        return self._claims.claim_new(run_id)

    def claim_run(self, run_id: str) -> bool:
        """Make a run's place: the server lets one process be first, and where it can't be asked, the outbox does."""
        return self._claims.claim(run_id)

    def taking_up(self, run_id: str) -> AbstractContextManager[bool]:
        """Hold the right to open the run's next attempt: here, and of a run that others may have, on the server."""
        return self._claims.taking_up(run_id)

    def delete_run(self, run_id: str) -> None:
        """Delete the run on the server, and what of it is here."""
        here = self.outbox.folder.has_run(run_id)
        try:
            self.api.delete_run(run_id)
        except ServerRefusedError as error:
            if error.status != GONE or not error.code:
                raise
            if not here:
                raise RunNotFoundError(f"there is no run {run_id} in {self.location} to delete") from error
        self.outbox.folder.forget_run(run_id)
        if here:
            self.outbox.delete_run(run_id)
        self.shipper.drop(run_id)

    def postpone_model(self, record: ModelRecord) -> ModelRecord:
        """Keep it in the outbox."""
        self.outbox.prepare()
        return postpone(self.outbox.path, record)

    def describe_run(self, run_id: str) -> str:
        """The run's address."""
        return self.run_uri(run_id)

    def run_uri(self, run_id: str) -> str:
        """The address at which the server shows the run."""
        return f"{self.location}/runs/{run_id}"

    # -- state -------------------------------------------------------------------------------------------------------

    def state(self, run_id: str) -> RunState:
        """Fold the run's state events, of the server and of the outbox."""
        state = next(self.states([run_id]))
        if state.fault:
            raise JournalError(state.fault)
        return state

    def states(self, run_ids: Iterable[str]) -> Iterator[RunState]:
        """The states of several runs, with one request for many."""
        return self._states.read(run_ids)

    def heads(self, run_ids: Iterable[str]) -> Iterator[RunHead]:
        """By the server's index; of runs of which this machine may have more, their states."""
        asked = list(run_ids)
        known = self.summaries(asked)
        if known is None:
            yield from self.states(asked)
            return
        states = {one.id: one for one in self.states([one for one in asked if known.get(one, known) is None])}
        for run_id in asked:
            one = states.get(run_id) or known.get(run_id)
            if one is not None:
                yield one

    def heads_beneath(self, run_id: str, *, recursive: bool) -> list[RunHead] | None:
        """By the server's index; None where this machine may have more."""
        if not all(map(self.outbox.is_whole, self.outbox.folder.run_ids())):
            return None
        found = self._runs.beneath(run_id, recursive=recursive)
        return None if found is None else list(found.values())

    # -- writing -----------------------------------------------------------------------------------------------------

    def open_writer(
        self, run_id: str, *, guest: bool, late: bool, on_begin: Callable[[RunWriter], None]
    ) -> JournalWriter:
        """A writer into the outbox; what it writes is sent from its first record on."""
        return self.outbox.folder.open_writer(
            run_id, guest=guest, late=late, on_begin=self._and_ask(RUNS, run_id, on_begin)
        )

    def open_process_writer(self, process_id: str, on_begin: Callable[[RunWriter], None]) -> JournalWriter:
        """A writer into the outbox, likewise."""
        return self.outbox.folder.open_process_writer(process_id, self._and_ask(PROCESSES, process_id, on_begin))

    def _and_ask(self, room: str, run_id: str, on_begin: Callable[[RunWriter], None]) -> Callable[[RunWriter], None]:
        def begin(writer: RunWriter) -> None:
            with suppress(OSError):  # a full disk, of which the writer tells by itself
                self.outbox.prepare()  # else nobody would know later which server the run is for
            self.shipper.ask(room, run_id, writer.writer_id)
            if room == RUNS:
                self._requests.watch(run_id)
            on_begin(writer)

        return begin

    def wait_until_kept(self, run_id: str, timeout: float, *, patient: bool) -> Kept:
        """Wait until the server has what was written to a run."""
        from runlog.remote.waiting import wait_with_bar

        return wait_with_bar(self.shipper, run_id, timeout, patient=patient)

    def run_arrived(self, run_id: str) -> None:
        """In the shipper's thread: what goes with a run that the server knows from now on."""
        from runlog.catalogue.experiments import note_experiment

        own = self.outbox.folder.state(run_id)
        if own.experiment:
            note_experiment(self, own.experiment)
        if run_id not in self._claims.made_here:
            with suppress(ServerRefusedError):  # it had none
                self.api.give_attempt_back(run_id)

    def between_rounds(self) -> None:
        """In the shipper's thread: see what is asked of this process's runs, and register what waits for it."""
        register_postponed(self, self.outbox.path, _tell_registered)
        self._requests.look()

    def list_experiment(self, name: str) -> None:
        """Nothing now: an experiment is listed when the first records of its run arrive."""

    # -- journals ----------------------------------------------------------------------------------------------------

    def process_ids(self) -> list[str]:
        """Ids of the processes that left records without a run."""
        return sorted({*self.api.ids("process-ids"), *self.outbox.folder.process_ids()})

    def journal(self, run_id: str) -> RemoteJournal:
        """The run's journal as it stands now: what is new on the server is fetched first."""
        return self._journals.read(RUNS, run_id)

    def at_hand(self, run_ids: Collection[str]) -> AbstractContextManager[None]:
        """Fetch the small journals of runs together; those that this machine has a part of are left to later."""
        return self._journals.at_hand(run_ids)

    def process_journal(self, process_id: str) -> RemoteJournal:
        """The journal of records that belong to no run, likewise."""
        return self._journals.read(PROCESSES, process_id)

    def follow(self, run_id: str, kinds: Collection[int] | None = None) -> RemoteFollower:
        """The run's records as they come, from the server and from the outbox."""
        return self._journals.follow(run_id, kinds)

    # -- small records -----------------------------------------------------------------------------------------------

    def entry_names(self, folder: str) -> list[str]:
        """Names of the server's entries."""
        return self.api.entries(folder)[0]

    def entry_folders(self, folder: str) -> list[str]:
        """Names of the server's folders of entries."""
        return self.api.entries(folder)[1]

    def read_entry(self, name: str) -> Entry | None:
        """An entry of the server; what is asked of a run of this process is looked for in the background."""
        if is_request(name) and self._requests.is_watched(name):
            return self._requests.newest(name)
        return self.api.read_entry(name)

    def put_entry(self, name: str, data: bytes, expected: str | None) -> bool:
        """Write an entry of the server."""
        return self.api.put_entry(name, data, expected)

    def delete_entry(self, name: str) -> bool:
        """Remove an entry of the server."""
        return self.api.delete_entry(name)

    # -- content -----------------------------------------------------------------------------------------------------

    def open_crash_file(self, run_id: str, writer_id: str) -> BinaryIO:
        """A file in the outbox; what is in it is sent by whoever sends the run next."""
        return self.outbox.folder.open_crash_file(run_id, writer_id)

    def put_blob(self, data: bytes) -> Blob:
        """Keep content in the outbox; it is sent before the records that name it."""
        return self.outbox.folder.put_blob(data)

    def read_blob(self, sha256: str, size: int | None = None) -> bytes:
        """Content from the outbox, else from the server."""
        with self.open_blob(sha256, size) as file:
            return file.read()

    def open_blob(self, sha256: str, size: int | None = None) -> BinaryIO:
        """Content from the outbox, else from the server."""
        try:
            return self.outbox.folder.open_blob(sha256, size)
        except RunFileNotFoundError:
            return self._cache.blob(sha256, size)

    def pin_file(self, run_id: str, name: str, sha256: str) -> None:
        """Keep the content of a run's file under its hash, on the server."""
        with suppress(RunFileNotFoundError):
            self.outbox.folder.pin_file(run_id, name, sha256)
        if not self.api.missing_blobs([sha256]):
            return
        with self.open_file(run_id, name) as source:
            self.api.put_blob(sha256, Content(source, lambda: None))

    def put_file(self, run_id: str, name: str, source: BinaryIO, time: int) -> FileKept:
        """Keep a file in the outbox; it is sent before the record that names it."""
        return self.outbox.folder.put_file(run_id, name, source, time)

    def open_file(self, run_id: str, name: str) -> BinaryIO:
        """A file from the outbox, else from the server."""
        with suppress(RunFileNotFoundError):
            return self.outbox.folder.open_file(run_id, name)
        target = cast("BinaryIO", tempfile.TemporaryFile(prefix="runlog-"))  # noqa: SIM115 - the caller closes it
        try:
            self.api.fetch_file(run_id, name, target)
        except ServerRefusedError as error:
            target.close()
            if error.status != GONE:
                raise
            raise RunFileNotFoundError(f"run {run_id} has no file {name!r} on {self.location}") from error
        target.seek(0)
        return target


def _tell_registered(record: ModelRecord) -> None:
    logger.info("the model %s, registered while the server was away, is version %d", record.name, record.version)
