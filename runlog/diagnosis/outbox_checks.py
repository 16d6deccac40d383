"""What this machine has not sent to servers yet, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import TYPE_CHECKING

from runlog.diagnosis.findings import Finding
from runlog.reading.texts import local_time

if TYPE_CHECKING:
    from runlog.remote.outbox import Outbox
    from runlog.remote.refused import Refused

SHOWN = 3


def outbox_findings() -> Iterator[Finding]:
    """What there is for each server that runs were written for on this machine, of the tokens, and of the place."""
    from runlog.remote.credentials import is_readable_by_others
    from runlog.remote.outbox import addresses_named, known_outboxes, nameless_outboxes
    from runlog.remote.places import credentials_file

    named = addresses_named()
    for outbox in known_outboxes(named):
        yield from _of_outbox(outbox)
    for path in nameless_outboxes():
        if path not in {one.path for one in known_outboxes(named)}:
            text = f"{path} has runs, and does not say for which server"
            yield Finding("outbox", text, "`runlog sync ADDRESS`, with the server's address, sends them")
    if is_readable_by_others():
        tokens = credentials_file()
        yield Finding("tokens", f"{tokens} can be read by other users of this machine", f"chmod 600 {tokens}")


def place_of_outboxes() -> Iterator[Finding]:
    """Where runs wait to be sent, if that is no place to rely on."""
    from runlog.remote.places import OUTBOX, outboxes

    place = outboxes()
    if place.instead_of:
        text = f"{place.path}, since {place.instead_of}: what is there may vanish with the machine or the container"
        yield Finding("outbox", text, f"set {OUTBOX} to a folder that stays")


def _of_outbox(outbox: Outbox) -> Iterator[Finding]:
    from runlog.remote.postponed import postponed
    from runlog.remote.troubles import read_server_note

    subject, note, unsent = f"server {outbox.address}", read_server_note(outbox.path), list(outbox.unsent())
    refused, models = _refused(outbox), postponed(outbox.path)
    trouble = f"; it can't be reached since {local_time(note.since)}: {note.error}" if note.error else ""
    if unsent:
        shown = ", ".join(f"{one.id} ({one.note.error})" if one.note.error else one.id for one in unsent[:SHOWN])
        more = f" and {len(unsent) - SHOWN} more" if len(unsent) > SHOWN else ""
        yield Finding(subject, f"{_are(unsent, 'run')} not sent whole: {shown}{more}{trouble}", "runlog sync")
    elif not (refused or models):
        yield Finding(subject, f"it has everything that was logged here{trouble}")
    if models:
        yield Finding(subject, f"{_are(models, 'model')} not registered there yet{trouble}", "runlog sync")
    if refused:
        contents = [what for some in refused.values() for what in some]
        text = f"it refuses {_counted(contents, 'content')} of {_counted(refused, 'run')}, and nothing else of them"
        yield Finding(subject, text, "the lines below tell why; then `runlog sync`")
    for owner, some in refused.items():
        for what in some:
            remedy = "the content stays on this machine: let the server take it (its limits), then `runlog sync`"
            yield Finding(f"run {owner}", f"the server refuses {what}", remedy)


def _counted(some: Sized, what: str) -> str:
    return f"1 {what}" if len(some) == 1 else f"{len(some)} {what}s"


def _are(some: Sized, what: str) -> str:
    return f"{_counted(some, what)} {'is' if len(some) == 1 else 'are'}"


def _refused(outbox: Outbox) -> dict[str, list[Refused]]:
    from runlog.remote.note import PROCESSES, RUNS
    from runlog.remote.refused import refused_contents

    rooms = ((RUNS, outbox.folder.run_ids()), (PROCESSES, outbox.folder.process_ids()))
    found = {one: refused_contents(outbox.path, room, one) for room, ids in rooms for one in ids}
    return {owner: contents for owner, contents in found.items() if contents}
