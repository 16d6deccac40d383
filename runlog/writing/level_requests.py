"""Levels of loggers that somebody asks a running process for, from outside.

What is wanted stands in an entry beside the run. Each process that writes to the run looks there each second, by the
thread that syncs its writer, and changes what is not yet so.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from runlog.backend import Backend
from runlog.handlers import level_overrides
from runlog.handlers.level_overrides import Override
from runlog.handlers.record_payload import LOG_EVENT
from runlog.journal import background, clock

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder

_logger = logging.getLogger("runlog")


class LevelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A level that a logger is to have."""

    level: int
    seconds: float
    time: int
    """When it was asked for, in UTC nanoseconds: what tells one request for a logger from the next."""
    author: str = ""

    @property
    def seconds_left(self) -> float:
        """How long it still holds."""
        return min(self.seconds, self.seconds + (self.time - clock.now()) / 1e9)


Requests = dict[str, LevelRequest]
"""What is wanted, by the name of the logger."""
_decode = msgspec.json.Decoder(Requests).decode


def entry_of(run_id: str) -> str:
    """The entry that has a run's requests."""
    return f"runs/{run_id}/requests/levels.json"


def wanted(backend: Backend, run_id: str) -> Requests:
    """What is wanted of a run's processes, less what is over."""
    entry = backend.read_entry(entry_of(run_id))
    if entry is None:
        return {}
    return {name: one for name, one in _decode(entry.data).items() if one.seconds_left > 0}


def change(backend: Backend, run_id: str, new: Requests, without: frozenset[str] = frozenset()) -> Requests:
    """Ask for levels, and no more for others; where another process asks at the same moment, both are heard.

    Raises:
        OSError: it can't be written.
    """
    name = entry_of(run_id)
    while True:
        entry = backend.read_entry(name)
        before = {} if entry is None else _decode(entry.data)
        after = {
            logger: one for logger, one in {**before, **new}.items() if logger not in without and one.seconds_left > 0
        }
        if backend.put_entry(name, msgspec.json.encode(after), None if entry is None else entry.revision):
            return after


class LevelRequests:
    """Follows what is asked of this process.

    Args:
        recorder: of the run that it is asked through.
    """

    def __init__(self, recorder: RunRecorder) -> None:
        self._recorder = recorder
        self._revision: str | None = None
        self._held: dict[str, tuple[LevelRequest, Override]] = {}

    def begin(self) -> None:
        """Look each second from now on."""
        if self._recorder.backend.keeps:
            background.watch(self)
            level_overrides.watch()

    def end(self) -> None:
        """Look no more; what holds is put back when its time is over."""
        background.unwatch(self)

    def tick(self) -> None:
        """Look, and do what is asked."""
        entry = self._recorder.backend.read_entry(entry_of(self._recorder.run_id))
        revision = None if entry is None else entry.revision
        if revision == self._revision:
            return
        self._revision = revision
        try:
            requests = {} if entry is None else _decode(entry.data)
        except (msgspec.MsgspecError, ValueError) as error:
            _logger.warning("run %s: a request for levels can't be read: %s", self._recorder.run_id, error)
            return
        for name in self._held.keys() - requests.keys():
            _, override = self._held.pop(name)
            level_overrides.put_back(name, "asked for by `runlog level --reset`", override)
        for name, request in requests.items():
            if (name not in self._held or self._held[name][0] != request) and request.seconds_left > 0:
                why = f"asked for by {request.author or 'somebody'}, `runlog level`"
                override = level_overrides.apply(name, request.level, request.seconds_left, self._tell, why)
                self._held[name] = (request, override)

    def _tell(self, sentence: str) -> None:
        self._recorder.write_event(LOG_EVENT, level_overrides.as_record(sentence))
