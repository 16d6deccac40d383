"""The states of runs, folded from what the server has of them and what is in the outbox."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from runlog.errors import JournalError, RunFileNotFoundError, ServerError, ServerUnreachableError
from runlog.journal.format import EventFlag
from runlog.remote.journal import StateEvent
from runlog.remote.many_runs import ManyRuns, RawState
from runlog.remote.outbox import Outbox
from runlog.remote.own_traffic import logger
from runlog.remote.shipper import Shipper
from runlog.remote.transport import START_PATIENCE, Limits

if TYPE_CHECKING:
    from runlog.state import RunState, WriterView

AT_ONCE = 200


class RemoteStates:
    """Reads the states of a server's runs."""

    def __init__(
        self,
        runs: ManyRuns,
        outbox: Outbox,
        shipper: Shipper,
        made_here: Collection[str],
        read_blob: Callable[[str, int], bytes],
    ) -> None:
        """Nothing is read.

        Args:
            runs: of the server.
            outbox: has what this machine wrote.
            shipper: knows what this process writes.
            made_here: runs that this process made.
            read_blob: reads content by its hash.
        """
        self._runs = runs
        self._outbox = outbox
        self._shipper = shipper
        self._made_here = made_here
        self._read_blob = read_blob
        self._told_old = False

    def read(self, run_ids: Iterable[str]) -> Iterator[RunState]:
        """The states of runs in their order; of a run that is nowhere, an empty one."""
        asked = list(run_ids)
        for at in range(0, len(asked), AT_ONCE):
            some = asked[at : at + AT_ONCE]
            here = self._outbox.among(some)
            known = self._ask(some, here)
            for run_id in some:
                is_deleted = run_id in known and known[run_id] is None and self._outbox.was_there(run_id)
                state = self._fold(run_id, known.get(run_id), is_here=run_id in here and not is_deleted)
                state.is_partial = run_id not in known
                yield state

    def _ask(self, run_ids: list[str], here: Collection[str]) -> dict[str, RawState | None]:
        """What the server has of runs: None where it has nothing; one that it could not be asked for is left out."""
        written = [one for one in run_ids if one in self._made_here or self._shipper.is_sending(one)]
        others = [one for one in run_ids if one not in written]
        known: dict[str, RawState | None] = {}
        if others:
            known |= self._of_others(others, here)
        if written:  # what this process wrote is here; what others added is not worth an exception in training
            with suppress(ServerError):
                known |= self._found(written, Limits.within(START_PATIENCE))
        self._shipper.seen_there.update(one for one, raw in known.items() if raw is not None)
        return known

    def _of_others(self, run_ids: list[str], here: Collection[str]) -> dict[str, RawState | None]:
        try:
            return self._found(run_ids, None)
        except ServerUnreachableError as error:
            if not set(run_ids) <= set(here):
                raise
            if not self._told_old:
                self._told_old = True
                logger.warning("%s: what other machines wrote to run %s may be missing here", error, run_ids[0])
            return {}

    def _found(self, run_ids: list[str], limits: Limits | None) -> dict[str, RawState | None]:
        found = {one.run_id: one for one in self._runs.states(run_ids, limits)}
        return {one: found.get(one) for one in run_ids}

    def _fold(self, run_id: str, raw: RawState | None, *, is_here: bool) -> RunState:
        from runlog.state import fold, kinds_of_state, unreadable

        if raw is not None and raw.fault and not is_here:
            return unreadable(run_id, f"the server can't read it: {raw.fault}")
        own_events, own_writers = [], []
        if is_here:
            own = self._outbox.folder.journal(run_id)
            own_events, own_writers = list(own.events(kinds_of_state(), state=True)), list(own.reader.writers)
        here = {one.writer_id for one in own_writers}
        events = [] if raw is None else [one for one in raw.events if one.writer not in here]
        whole = [self._read_in(one.kind, one.payload, one.flags, one.writer) for one in events]
        others: list[WriterView] = [] if raw is None else [one for one in raw.writers if one.writer_id not in here]
        writers = sorted([*own_writers, *others], key=lambda one: one.writer_id)
        return fold(run_id, [*own_events, *whole], writers)

    def _read_in(self, kind: int, payload: bytes, flags: int, writer: str) -> StateEvent:
        if flags & EventFlag.BLOB:
            from runlog.records import decode_blob_pointer

            with suppress(RunFileNotFoundError, JournalError):  # the pointer is left, which counts as unreadable
                pointer = decode_blob_pointer(payload)
                payload = self._read_blob(pointer.sha256, pointer.size)
        return StateEvent(kind, payload, writer)
