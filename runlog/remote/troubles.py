"""What goes wrong with a server: when it is tried again, said once, and noted for ``runlog doctor``."""

from __future__ import annotations

from pathlib import Path

import msgspec

from runlog.errors import ServerError, ServerRefusedError, ServerUnreachableError
from runlog.journal import clock, real_time
from runlog.remote.backoff import Backoff
from runlog.remote.own_traffic import logger
from runlog.whole_files import write_whole

TOLD_AT = 3
"""Failures in a row of a server that does not answer after which it is said: one may be a restart."""
OF_THE_SERVER = frozenset({401, 407, 421, 429})
"""Refusals that meet every run, beside the server's own faults (5xx)."""
PASSING = frozenset({408, 425})
"""Refusals of a moment, as of a connection that was too slow."""
NOT_OF_CONTENT = frozenset({"forbidden", "wrong_origin", "run_not_found", "process_not_found"})
"""What a runlog server says of a token or a run, whatever was sent."""


class ServerNote(msgspec.Struct, omit_defaults=True):
    """What is known of a server, as a small file in its outbox."""

    error: str = ""
    """What went wrong last; empty where nothing does."""
    since: int = 0
    """Since when, in UTC nanoseconds since 1970."""
    time: int = 0
    """When it was tried last, likewise."""


def server_note_path(outbox: Path) -> Path:
    """Where the note stands."""
    return outbox / "sending" / "server.json"


def read_server_note(outbox: Path) -> ServerNote:
    """The note; an empty one where there is none that can be read."""
    try:
        return msgspec.json.decode(server_note_path(outbox).read_bytes(), type=ServerNote)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return ServerNote()


def is_of_the_server(error: ServerError) -> bool:
    """Whether an error stands in the way of all runs, not of one."""
    return not isinstance(error, ServerRefusedError) or error.status in OF_THE_SERVER or error.status >= 500


def is_of_content(error: ServerRefusedError) -> bool:
    """Whether what was sent is refused for what it is: too large, of a name that can't be, or not liked by a proxy.

    A refusal without a word of ours may come from whatever stands before the server. It counts as one of the content:
    where it was not, the content is tried again later.
    """
    if is_of_the_server(error) or error.status in PASSING:
        return False
    return error.code not in NOT_OF_CONTENT


def retry_after(error: ServerError) -> float:
    """Seconds for which the server asks to be left alone; 0 where it does not say."""
    return error.retry_after if isinstance(error, ServerRefusedError | ServerUnreachableError) else 0.0


class Trouble:
    """A server, or one run on it, that fails again and again."""

    def __init__(self, what: str, outbox: Path | None = None) -> None:
        """All is well so far.

        Args:
            what: is in trouble, for messages.
            outbox: where it is noted; None: nowhere.
        """
        self.newest = ""
        """What went wrong last; empty where all is well."""
        self._what = what
        self._outbox = outbox
        self._backoff = Backoff()
        self._again_at = 0.0
        self._began = 0.0
        self._since = 0
        self._told = False

    @property
    def pause(self) -> float:
        """Seconds until it may be tried again."""
        return max(0.0, self._again_at - real_time.monotonic()) if self.newest else 0.0

    def try_at_once(self) -> None:
        """Wait no more."""
        self._again_at = 0.0

    def failed(self, error: Exception) -> None:
        """Note a failure, and say so where it is no passing one."""
        if not self.newest:
            self._began, self._since = real_time.monotonic(), clock.now()
        self.newest = str(error)
        wait = retry_after(error) if isinstance(error, ServerError) else 0.0
        self._again_at = real_time.monotonic() + self._backoff.failed(wait)
        self._note()
        is_passing = isinstance(error, ServerError) and error.is_passing
        if not self._told and (not is_passing or self._backoff.failures >= TOLD_AT):
            self._told = True
            logger.warning(
                "%s: %s. What is logged is kept here and sent as soon as that is possible, at the latest by "
                "`runlog sync`; `runlog doctor` tells how it stands",
                self._what,
                error,
            )

    def succeeded(self) -> None:
        """All is well again."""
        if self._told:
            logger.info("%s: sending goes on, after %.0f s", self._what, real_time.monotonic() - self._began)
        was = self.newest
        self.newest, self._told = "", False
        self._backoff.succeeded()
        if was:
            self._note()

    def _note(self) -> None:
        if self._outbox is None:
            return
        try:
            path = server_note_path(self._outbox)
            path.parent.mkdir(parents=True, exist_ok=True)
            note = ServerNote(self.newest, self._since, clock.now()) if self.newest else ServerNote(time=clock.now())
            write_whole(path, msgspec.json.encode(note) + b"\n")
        except OSError as error:  # a full disk, of which the runs' own writers tell
            logger.debug("the note of %s can't be written: %s", self._outbox, error, extra={"_runlog_written": True})
