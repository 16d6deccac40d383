"""Many runs of a server by few requests: their states, their journals, their summaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from runlog.checks import names
from runlog.errors import ServerRefusedError, ServerUnreachableError
from runlog.journal.format import Lost
from runlog.journal.liveness import Liveness
from runlog.remote.answers import ODD, msgpack_of
from runlog.remote.api import RemoteWriter, ServerApi, writer_of_listing
from runlog.remote.transport import Body, Limits

if TYPE_CHECKING:
    from runlog.store.contract import RunSummary

T = TypeVar("T")
AT_ONCE = 500
"""Runs in one request."""


class RawEvent(NamedTuple):
    """A state event as the server has it."""

    kind: int
    flags: int
    payload: bytes
    writer: str
    offset: int


class RawState(NamedTuple):
    """What a run's state is folded from; ``fault`` says why that can't be read on the server."""

    run_id: str
    events: list[RawEvent]
    writers: list[RemoteWriter]
    fault: str = ""


class RawJournal(NamedTuple):
    """A run's writers, and the small ones of the files that are not here."""

    run_id: str
    writers: list[RemoteWriter]
    files: dict[str, bytes]


class ManyRuns:
    """Asks a server for many runs at once."""

    def __init__(self, api: ServerApi) -> None:
        """Nothing is asked."""
        self._api = api

    def states(self, run_ids: Sequence[str], limits: Limits | None = None) -> list[RawState]:
        """What the states of runs are folded from; without those that are not there.

        Raises:
            ServerError: the server can't be asked.
        """
        return list(self._all("/run-states", run_ids, lambda ids: {"ids": ids}, _raw_state, limits, _damaged_state))

    def journals(self, has: Mapping[str, Mapping[str, int]]) -> Iterator[RawJournal]:
        """Journals of runs; without those of runs that are not there, or can't be read there.

        Args:
            has: for each run, the files that are here and their sizes.

        Raises:
            ServerError: the server can't be asked.
        """
        ids = list(has)
        for at in range(0, len(ids), AT_ONCE):
            some = ids[at : at + AT_ONCE]
            yield from self._all(
                "/run-journals",
                some,
                lambda ids: {"runs": [{"id": one, "has": dict(has[one])} for one in ids]},
                _journal,
            )

    def summaries(self, run_ids: Sequence[str]) -> dict[str, RunSummary] | None:
        """Runs at a glance, by id; without those that are not there. None: the server has no such thing.

        Raises:
            ServerError: the server can't be asked.
        """
        found: dict[str, RunSummary] = {}
        for at in range(0, len(run_ids), AT_ONCE):
            some = self._summaries({"ids": list(run_ids[at : at + AT_ONCE])})
            if some is None:
                return None
            found |= some
        return found

    def beneath(self, run_id: str, *, recursive: bool) -> dict[str, RunSummary] | None:
        """The runs beneath a run likewise.

        Raises:
            ServerError: the server can't be asked.
        """
        return self._summaries({"beneath": run_id, "recursive": recursive})

    def _summaries(self, question: Any) -> dict[str, RunSummary] | None:
        from runlog.store.index.content import decode_run

        try:
            answer = self._ask("/run-summaries", question, None)
            found = [decode_run(content).summary(at) for at, content in answer["runs"]]
            return {names.run_id(one.id): one for one in found}
        except ServerRefusedError as error:
            if error.status not in {404, 422}:  # a server of an earlier version
                raise
        except ODD:  # one of a later version
            pass
        return None

    def _all(
        self,
        path: str,
        run_ids: Sequence[str],
        question: Callable[[list[str]], Any],
        read: Callable[[Any], T],
        limits: Limits | None = None,
        damaged: Callable[[str, str], T] | None = None,
    ) -> Iterator[T]:
        """Ask until nothing is left for later."""
        asked = list(run_ids)
        while asked:
            answer = self._ask(path, question(asked), limits)
            try:
                wanted, rest = set(asked), set(answer["rest"])
                found = [read(one) for one in answer["runs"] if one["id"] in wanted]
                left = [one for one in asked if one in rest]
                if damaged is not None:
                    faults = dict(answer.get("damaged") or {})
                    found += [damaged(one, str(faults[one])) for one in asked if one in faults]
            except ODD as error:
                raise self._strange(error) from error
            if len(left) >= len(asked):
                raise self._strange(ValueError("it leaves all of them for later"))
            yield from found
            asked = left

    def _ask(self, path: str, question: Any, limits: Limits | None) -> Any:
        answer = self._api.transport.request("POST", path, body=Body.of_json(question), limits=limits)
        try:
            return msgpack_of(answer.body)
        except ODD as error:
            raise self._strange(error) from error

    def _strange(self, error: Exception) -> ServerUnreachableError:
        return self._api.strange("many runs", error)


def _raw_state(one: dict[str, Any]) -> RawState:
    writers = [
        RemoteWriter(names.writer_id(writer[0]), bool(writer[1]), bool(writer[2]), Liveness(writer[3]), Lost(0, 0))
        for writer in one["writers"]
    ]
    return RawState(names.run_id(one["id"]), list(map(_event, one["events"])), writers)


def _damaged_state(run_id: str, fault: str) -> RawState:
    return RawState(run_id, [], [], fault)


def _event(fields: list[Any]) -> RawEvent:
    kind, flags, payload, writer, offset, *_ = fields
    if not (type(kind) is type(flags) is type(offset) is int and isinstance(payload, bytes)):
        raise TypeError("an event is a kind, flags, its payload, its writer and an offset")
    return RawEvent(kind, flags, payload, names.writer_id(writer), offset)


def _journal(one: dict[str, Any]) -> RawJournal:
    writers = [writer_of_listing(each) for each in one["writers"]]
    sizes = {file.name: file.size for writer in writers for file in writer.files}
    files = dict(one["files"])
    if not all(isinstance(data, bytes) for data in files.values()):
        raise TypeError("files that are no bytes")
    if any(len(data) > sizes.get(name, -1) for name, data in files.items()):
        raise ValueError("files that the listing does not have, or larger ones")
    return RawJournal(names.run_id(one["id"]), writers, files)
