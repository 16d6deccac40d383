"""Which runs there are, and who may begin one or its next attempt: the server says it, else the outbox does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from runlog.errors import ServerError
from runlog.journal import real_time
from runlog.remote.api import RemoteWriter, ServerApi
from runlog.remote.note import RUNS, read_note
from runlog.remote.outbox import Outbox
from runlog.remote.own_traffic import logger
from runlog.remote.shipper import Shipper
from runlog.remote.transport import START_PATIENCE, Limits, within

SILENCE = 10.0
"""Seconds for which a server that did not answer a starting run is not asked again by one."""
T = TypeVar("T")


class Claims:
    """Asks the server for a moment, and goes by the outbox where it does not answer."""

    def __init__(self, api: ServerApi, outbox: Outbox, shipper: Shipper) -> None:
        """Nothing is asked.

        Args:
            api: of the server.
            outbox: has what this machine wrote.
            shipper: is told of runs that the server was seen to have.
        """
        self._api = api
        self._outbox = outbox
        self._shipper = shipper
        self.made_here: set[str] = set()
        """Runs that this process made: nobody else can have written to them before."""
        self._silent_until = 0.0

    def first_writer(self, run_id: str) -> str:
        """The first of a run's writers."""
        own = self._outbox.folder.first_writer(run_id)
        if run_id in self.made_here:
            return own
        none: list[RemoteWriter] = []
        listed = self._ask(run_id, lambda limits: self._api.listing(RUNS, run_id, limits), none)
        return min(filter(None, [own, *(one.writer_id for one in listed)]), default="")

    def has_run(self, run_id: str) -> bool:
        """Whether the server has a run, or it is still here only: one that it had, and has no more, was deleted there.

        Raises:
            ServerError: the server can't be asked, and there is nothing of the run here.
        """
        here = self._outbox.folder.has_run(run_id)
        if here and (run_id in self.made_here or not self._outbox.was_there(run_id)):
            return not read_note(self._outbox.path, RUNS, run_id).gone
        try:
            return self._is_there(run_id)
        except ServerError:
            if here:
                return True
            raise

    def _is_there(self, run_id: str) -> bool:
        limits = Limits.within(START_PATIENCE)
        there = within(START_PATIENCE, lambda: self._api.has_run(run_id, limits), self._api.address)
        if there:
            self._shipper.seen_there.add(run_id)
        return there

    def claim_new(self, run_id: str) -> bool:
        """Make the place of a run whose id nobody else can have.

        Raises:
            OSError: it can't be made.
        """
        self._outbox.prepare()
        if made := self._outbox.folder.claim_run(run_id):
            self.made_here.add(run_id)
        return made

    def claim(self, run_id: str) -> bool:
        """Make a run's place; False where there is one. What is here of one that was deleted there is set aside.

        Raises:
            OSError: it can't be made.
        """
        self._outbox.prepare()
        if self._outbox.folder.has_run(run_id) and not self.has_run(run_id):
            self._outbox.set_aside(run_id)
            self._shipper.drop(run_id)
        made = self._outbox.folder.claim_run(run_id)
        return self._ask(run_id, lambda limits: self._api.claim(RUNS, run_id, limits), made)

    @contextmanager
    def taking_up(self, run_id: str) -> Iterator[bool]:
        """Hold the right to open a run's next attempt."""
        with self._outbox.folder.taking_up(run_id) as free:
            yield free and self._ask(run_id, lambda limits: self._api.take_attempt(run_id, limits), otherwise=True)

    def _ask(self, run_id: str, question: Callable[[Limits], T], otherwise: T) -> T:
        """Ask the server, for a moment; where it can't be asked, go by what is known here."""
        if real_time.monotonic() < self._silent_until:
            return otherwise
        try:
            return within(START_PATIENCE, lambda: question(Limits.within(START_PATIENCE)), self._api.address)
        except ServerError as error:
            self._silent_until = real_time.monotonic() + SILENCE
            logger.warning(
                "run %s: the server can't be asked for it now (%s), so it goes by what is known here; should another "
                "machine write a run of this id, both are kept in it",
                run_id,
                error,
            )
            return otherwise
