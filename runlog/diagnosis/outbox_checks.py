"""What this machine has not sent to servers yet, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runlog.diagnosis.findings import Finding
from runlog.reading.texts import local_time

if TYPE_CHECKING:
    from runlog.remote.outbox import Outbox

SHOWN = 3


def outbox_findings() -> Iterator[Finding]:
    """One line for each server that runs were written for on this machine, and one for the tokens."""
    from runlog.remote.credentials import is_readable_by_others
    from runlog.remote.outbox import known_outboxes
    from runlog.remote.places import credentials_file

    for outbox in known_outboxes():
        yield _unsent(outbox)
        yield from _unsendable(outbox)
    if is_readable_by_others():
        path = credentials_file()
        yield Finding("tokens", f"{path} can be read by other users of this machine", f"chmod 600 {path}")


def _unsent(outbox: Outbox) -> Finding:
    from runlog.remote.troubles import read_server_note

    subject, note, unsent = f"server {outbox.address}", read_server_note(outbox.path), list(outbox.unsent())
    trouble = f"; it can't be reached since {local_time(note.since)}: {note.error}" if note.error else ""
    if not unsent:
        return Finding(subject, f"it has everything that was logged here{trouble}")
    shown = ", ".join(f"{one.id} ({one.note.error})" if one.note.error else one.id for one in unsent[:SHOWN])
    more = f" and {len(unsent) - SHOWN} more" if len(unsent) > SHOWN else ""
    return Finding(subject, f"{len(unsent)} runs are not sent whole: {shown}{more}{trouble}", "runlog sync")


def _unsendable(outbox: Outbox) -> Iterator[Finding]:
    from runlog.remote.note import RUNS
    from runlog.remote.refused import refused_contents

    for run_id in outbox.folder.run_ids():
        for what in refused_contents(outbox.path, RUNS, run_id):
            remedy = "the content stays on this machine: let the server take it (its limits), then `runlog sync`"
            yield Finding(f"run {run_id}", f"the server refuses {what}", remedy)
