"""The journals of a server's runs: fetched as far as they are new, and read together with what is in the outbox."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from runlog.errors import ServerError, ServerUnreachableError
from runlog.remote.api import RemoteWriter, ServerApi
from runlog.remote.cache import Cache
from runlog.remote.journal import RemoteFollower, RemoteJournal
from runlog.remote.note import RUNS
from runlog.remote.outbox import Outbox
from runlog.remote.own_traffic import logger
from runlog.store.folder_journal import FolderFollower

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.journal.crash_file import Crash


class RemoteJournals:
    """Reads journals of runs, and of processes that logged outside any."""

    def __init__(self, api: ServerApi, outbox: Outbox, cache: Cache, backend: Backend) -> None:
        """Nothing is fetched.

        Args:
            api: of the server.
            outbox: has what this machine wrote.
            cache: has what was fetched.
            backend: reads blobs from wherever they are.
        """
        self._api = api
        self._outbox = outbox
        self._cache = cache
        self._backend = backend
        self._at_hand: dict[str, list[RemoteWriter]] = {}
        """Runs whose journals were fetched just now, for whoever reads many of them."""
        self._told_old = False

    def read(self, room: str, run_id: str) -> RemoteJournal:
        """A journal as it stands now: what is new on the server is fetched first."""
        remote = self._fetch(room, run_id)
        own = self._outbox.folder.journal(run_id) if room == RUNS else self._outbox.folder.process_journal(run_id)
        fetched = self._cache.folder.journal(run_id) if room == RUNS else self._cache.folder.process_journal(run_id)
        own._backend = fetched._backend = self._backend
        others = {one.writer_id for one in remote} if room == RUNS else set()
        return RemoteJournal(own, fetched, remote, lambda: self._crashes(run_id, others))

    @contextmanager
    def at_hand(self, run_ids: Collection[str]) -> Iterator[None]:
        """Fetch the small journals of runs together; those that this machine has a part of are left to later."""
        here = self._outbox.among(run_ids)
        fetched: dict[str, list[RemoteWriter]] = {}
        with suppress(ServerError):  # each is asked for by itself then, and tells of it
            fetched = self._cache.refresh_many([one for one in run_ids if one not in here])
        self._at_hand.update(fetched)
        try:
            yield
        finally:
            for run_id in fetched:
                self._at_hand.pop(run_id, None)

    def _fetch(self, room: str, run_id: str) -> list[RemoteWriter]:
        """Bring the copy of what others wrote up to date; of a run of this process it is as good as can be."""
        from runlog.journal.reader import RunJournal

        if room == RUNS and run_id in self._at_hand:
            return self._at_hand[run_id]
        here = {one.writer_id for one in RunJournal(self._outbox.place(room, run_id)).writers}
        try:
            return self._cache.refresh(room, run_id, here)
        except ServerUnreachableError as error:
            if not here:
                raise
            if not self._told_old:
                self._told_old = True
                logger.warning("%s: what other machines wrote to run %s may be missing here", error, run_id)
            return []

    def _crashes(self, run_id: str, writers: set[str]) -> list[Crash]:
        return [one for one in self._api.crashes(run_id) if one.writer in writers] if writers else []

    def follow(self, run_id: str, kinds: Collection[int] | None = None) -> RemoteFollower:
        """A run's records as they come, from the server and from the outbox."""
        own = self._outbox.folder.journal(run_id)
        fetched = self._cache.folder.journal(run_id)
        own._backend = fetched._backend = self._backend
        return RemoteFollower(
            FolderFollower(own, self._outbox.place(RUNS, run_id), kinds),
            FolderFollower(fetched, self._cache.place(RUNS, run_id), kinds),
            lambda: self._fetch(RUNS, run_id),
        )
