"""Levels of loggers that somebody asks a running process for, from outside.

What is wanted stands in an entry beside the run. Each process that writes to the run looks there each second, by the
thread that syncs its writer, and changes what is not yet so.

Whoever may write to the workspace may ask. So nothing may be asked for that hides errors or holds for ever, and a
process takes nobody's word for it that this was checked before.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated

import msgspec

from runlog.backend import Backend
from runlog.errors import WrongValueError
from runlog.handlers import level_overrides
from runlog.handlers.level_overrides import Override
from runlog.handlers.record_payload import LOG_EVENT
from runlog.journal import background, clock
from runlog.switches import is_switched_on

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder

_logger = logging.getLogger("runlog")

SWITCH = "RUNLOG_LEVEL_REQUESTS"
"""Whether this process does what is asked of it; it does, by default."""
LOWEST, HIGHEST = 1, logging.WARNING
"""Of the levels. Over it errors would be hidden; and ``NOTSET`` takes what may be any level from the logger above."""
LONGEST = 86_400.0
"""Seconds that a level may be asked for."""
MOST = 100
"""Loggers of which levels may be asked for at once: each is made where there is none, and none ever goes."""
LONGEST_NAME = 255

_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class LevelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A level that a logger is to have."""

    level: _Int64
    seconds: float
    time: _Int64
    """When it was asked for, in UTC nanoseconds: what tells one request for a logger from the next."""
    author: str = ""

    @property
    def seconds_left(self) -> float:
        """How long it still holds."""
        return min(self.seconds, self.seconds + (self.time - clock.now()) / 1e9)


Requests = dict[str, LevelRequest]
"""What is wanted, by the name of the logger."""
_decoder = msgspec.json.Decoder(Requests)


def decode(data: bytes) -> Requests:
    """What an entry asks for, as it was written.

    Raises:
        WrongValueError: it is no such entry.
    """
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, OverflowError, RecursionError) as error:
        raise WrongValueError(
            f"levels.json is no list of requests for levels ({error}): ask for one by `runlog level`, which replaces it"
        ) from error


def refusal(name: str, request: LevelRequest) -> str:
    """Why nobody may ask for this, and what may be asked for; empty where one may.

    Args:
        name: of the logger.
        request: what it is to have.
    """
    if not LOWEST <= request.level <= HIGHEST:
        return f"{name[:80]}={request.level}: give a level from 1 to {HIGHEST} (WARNING), so that errors are logged"
    if not 0 < request.seconds <= LONGEST:
        return f"{name[:80]} for {request.seconds:.0f} s: give a time of up to a day ({LONGEST:.0f} s)"
    if len(name) > LONGEST_NAME:
        return f"a logger's name of {len(name)} characters: give one of up to {LONGEST_NAME}"
    return ""


def allowed(requests: Requests) -> Requests:
    """Those that may be asked for, and no more than some."""
    taken = [(name, one) for name, one in requests.items() if not refusal(name, one)]
    return dict(taken[:MOST])


def entry_of(run_id: str) -> str:
    """The entry that has a run's requests."""
    return f"runs/{run_id}/requests/levels.json"


def wanted(backend: Backend, run_id: str) -> Requests:
    """What is wanted of a run's processes, less what is over."""
    entry = backend.read_entry(entry_of(run_id))
    if entry is None:
        return {}
    return {name: one for name, one in allowed(decode(entry.data)).items() if one.seconds_left > 0}


def change(backend: Backend, run_id: str, new: Requests, without: frozenset[str] = frozenset()) -> Requests:
    """Ask for levels, and no more for others; where another process asks at the same moment, both are heard.

    Raises:
        OSError: it can't be written.
    """
    name = entry_of(run_id)
    while True:
        entry = backend.read_entry(name)
        before = {} if entry is None else _known(entry.data)
        after = {
            logger: one for logger, one in {**before, **new}.items() if logger not in without and one.seconds_left > 0
        }
        if backend.put_entry(name, msgspec.json.encode(after), None if entry is None else entry.revision):
            return after


def _known(data: bytes) -> Requests:
    try:
        return allowed(decode(data))
    except WrongValueError:  # nobody's processes go by it: what is asked for now takes its place
        return {}


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
        """Look each second from now on, unless this process is told not to."""
        if self._recorder.backend.keeps and is_switched_on(SWITCH, default=True):
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
        requests = {} if entry is None else self._read(entry.data)
        if requests is not None:
            self._do(requests)

    def _read(self, data: bytes) -> Requests | None:
        """What is asked, less what nobody may ask for; None where that can't be read."""
        from runlog.writing.said_once import say_once

        run_id = self._recorder.run_id
        try:
            requests = decode(data)
        except ValueError as error:
            say_once(f"run {run_id}: a request for levels can't be read: {error}")
            return None
        faults = [fault for name, one in requests.items() if (fault := refusal(name, one))]
        for fault in faults[:MOST]:
            say_once(f"run {run_id}: a request for a level is refused: {fault}")
        if len(requests) > MOST:
            say_once(f"run {run_id}: levels are asked for {len(requests)} loggers: the first {MOST} get theirs")
        return allowed(requests)

    def _do(self, requests: Requests) -> None:
        for name in self._held.keys() - requests.keys():
            _, override = self._held.pop(name)
            level_overrides.put_back(name, "asked for by `runlog level --reset`", override)
        for name, request in requests.items():
            if (name not in self._held or self._held[name][0] != request) and request.seconds_left > 0:
                why = f"asked for by {request.author[:LONGEST_NAME] or 'somebody'}, `runlog level`"
                override = level_overrides.apply(name, request.level, request.seconds_left, self._tell, why)
                self._held[name] = (request, override)

    def _tell(self, sentence: str) -> None:
        self._recorder.write_event(LOG_EVENT, level_overrides.as_record(sentence))
