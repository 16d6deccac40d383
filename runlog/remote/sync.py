"""Sending what processes that have ended left in this machine's outboxes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from runlog.errors import JournalError, RunLogError, ServerError, ServerRefusedError
from runlog.journal import clock
from runlog.journal.reader import WriterFiles
from runlog.remote.api import ServerApi
from runlog.remote.encoding import best_encoding
from runlog.remote.note import RUNS, Note, content_of, write_note
from runlog.remote.outbox import Outbox, Sending, addresses_named, known_outboxes
from runlog.remote.own_traffic import tell
from runlog.remote.postponed import register_postponed
from runlog.remote.refused import Refused
from runlog.remote.shipment import DELETED, Progress, Shipment
from runlog.remote.transport import Transport
from runlog.remote.troubles import is_of_content, is_of_the_server

TRIES = 20
"""Looks at a run whose files are sealed or packed meanwhile."""


class Left(NamedTuple):
    """A run that the server does not have whole."""

    run_id: str
    why: str
    is_going_on: bool = False
    """A living process writes it, which sends it itself."""


class Synced(NamedTuple):
    """What came of sending one server's runs."""

    address: str
    sent: list[str]
    """Ids of runs, and of processes that logged outside any, that the server has whole now."""
    left: list[Left]
    bytes: int
    """Of journals that were sent."""
    deleted: list[str]
    """Ids of runs that were deleted on the server: what is here of them is not sent."""
    models: list[str]
    """Models that were registered while the server was away, and have their versions now, as ``name:version``."""
    fault: str
    """Why some of these are not registered yet; empty where all are."""


def sync_outboxes(
    addresses: list[str] | None = None, told: Callable[[Sending, int, int], None] = lambda _run, _sent, _left: None
) -> list[Synced]:
    """Send all that is unsent on this machine, server after server.

    It may be broken off and called again at any time: the server knows what it has. Writers of living processes are
    left to these.

    Args:
        addresses: only to these servers; None: to all.
        told: takes what is being sent, and how many bytes of its journal were sent and are left.
    """
    named = addresses if addresses is not None else addresses_named()
    found = [one for one in known_outboxes(named) if addresses is None or one.address in addresses]
    return [_sync(outbox, told) for outbox in found]


def _sync(outbox: Outbox, told: Callable[[Sending, int, int], None]) -> Synced:
    api = ServerApi(Transport(outbox.address))
    waiting = [*outbox.unsent(), *outbox.refused()]
    sent: list[str] = []
    left: list[Left] = []
    deleted: list[str] = []
    total = 0
    encoding = ""
    listed: set[str] = set()
    for place, one in enumerate(waiting):
        try:
            encoding = encoding or best_encoding(api.encodings())
            progress, size, refused = _send(api, outbox, one, encoding, told, listed)
        except (ServerError, JournalError, OSError) as error:
            if isinstance(error, ServerRefusedError) and error.code == DELETED:
                outbox.note_gone(one.room, one.id)
                deleted.append(one.id)
                continue
            _note(outbox, one, str(error))
            left.append(Left(one.id, str(error)))
            if isinstance(error, ServerError) and is_of_the_server(error):
                left += [Left(rest.id, "not tried, as the server can't be asked") for rest in waiting[place + 1 :]]
                break
            continue
        total += size
        if refused:
            left.append(Left(one.id, f"the server refuses {', '.join(map(str, refused))}"))
        elif progress.is_complete:
            sent.append(one.id)
        else:
            left.append(Left(one.id, "a process still writes it, and sends it itself", is_going_on=True))
    models, fault = _register(outbox)
    outbox.trim()
    return Synced(outbox.address, sent, left, total, deleted, models, fault)


def _register(outbox: Outbox) -> tuple[list[str], str]:
    from runlog.remote.backend import RemoteBackend

    models: list[str] = []
    try:
        backend = RemoteBackend(outbox.address, outbox=outbox)
        register_postponed(backend, outbox.path, lambda one: models.append(f"{one.name}:{one.version}"))
    except (RunLogError, OSError, msgspec.MsgspecError) as error:
        return models, str(error)
    return models, ""


def _send(
    api: ServerApi,
    outbox: Outbox,
    one: Sending,
    encoding: str,
    told: Callable[[Sending, int, int], None],
    listed: set[str],
) -> tuple[Progress, int, list[Refused]]:
    total = 0

    def count(size: int) -> None:
        nonlocal total
        total += size
        told(one, total, shipment.pending())

    shipment = Shipment(api, outbox, one.room, one.id, lambda: encoding, count, was_there=one.note.was_there)
    for _ in range(TRIES):
        progress = shipment.send(leave=_is_going_on)
        if not progress.missing:
            break
        time.sleep(0.05)
    if one.room == RUNS:
        _list_experiment(outbox, one.id, listed)
    refused: list[Refused] = []
    if progress.is_complete:  # else the process that writes it may note more just now
        refused = shipment.contents.retry_refused()
        content = content_of(outbox.place(one.room, one.id))
        write_note(outbox.path, one.room, one.id, Note(True, content, clock.now(), known=True))
    return progress, total, refused


def _is_going_on(files: WriterFiles) -> bool:
    return files.liveness().may_write


def _list_experiment(outbox: Outbox, run_id: str, listed: set[str]) -> None:
    """Have the run's experiment listed on the server, where it is not yet."""
    from runlog.catalogue.experiments import note_experiment
    from runlog.remote.backend import RemoteBackend

    experiment = outbox.folder.state(run_id).experiment
    if experiment and experiment not in listed:
        listed.add(experiment)
        try:
            note_experiment(RemoteBackend(outbox.address, outbox=outbox), experiment)
        except ServerRefusedError as error:
            if not is_of_content(error):
                raise
            tell("the experiment %s can't be listed: %s", experiment, error)  # its runs say that they are of it


def _note(outbox: Outbox, one: Sending, error: str) -> None:
    write_note(outbox.path, one.room, one.id, Note(time=clock.now(), error=error, known=one.note.was_there))
