"""Many runs in one answer: states, summaries, small journals. Asked for one by one they would take long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from fastapi import Request, Response

from runlog.errors import JournalError
from runlog.journal.open_file import opened_regular
from runlog.server import names, shapes
from runlog.server.endpoints import Endpoints, raw_answer
from runlog.server.journal_places import Kind, listing, steadily
from runlog.server.roles import Role
from runlog.server.service import service_of
from runlog.state import kinds_of_state
from runlog.store.folder import FolderBackend

endpoint = Endpoints("many runs")
ANSWER_BYTES = 8 << 20
"""Bytes of one answer, about; the ids that are left are to be asked for again."""
FILE_BYTES = 1 << 18
"""Bytes of a file that is sent together with others."""
MSGPACK = "application/msgpack"
One = dict[str, Any]


@endpoint("POST", "/api/v1/run-states", Role.READER, responses={200: raw_answer("States, as msgpack.", MSGPACK)})
def run_states(request: Request, asked: shapes.IdsAsked) -> Response:
    """Send the events that runs' states are folded from.

    A msgpack map: `runs` has for each run its `id`, its `events` as [kind, flags, payload, writer, offset, stream], and
    its `writers` as [id, guest, late, liveness]; `missing` has the ids that are not here, `damaged` those that can't be
    read with the reason, and `rest` those that there was no room for: ask for them again.
    """
    backend = service_of(request).backend
    return _answer(backend, asked.ids, lambda run_id: _state(backend, run_id), _size_of_state)


@endpoint("POST", "/api/v1/run-journals", Role.READER, responses={200: raw_answer("Journals, as msgpack.", MSGPACK)})
def run_journals(request: Request, asked: shapes.JournalsAsked) -> Response:
    """Send the small files of runs' journals that the caller lacks.

    A msgpack map as that of `run-states`, with each run's `id`, its `writers` as its listing has them, and its `files`:
    a map of names to bytes, without those that the caller has in this size, and those of over 256 KiB.
    """
    backend = service_of(request).backend
    known = {one.id: one.has for one in asked.runs}
    return _answer(backend, list(known), lambda run_id: _journal(backend, run_id, known[run_id]), _size_of_files)


@endpoint("POST", "/api/v1/run-summaries", Role.READER, responses={200: raw_answer("Summaries, as msgpack.", MSGPACK)})
def run_summaries(request: Request, asked: shapes.SummariesAsked) -> Response:
    """Send runs at a glance, with every value exactly as it was logged: those of some ids, or those beneath a run.

    A msgpack map: `runs` has for each run that is here a list of its revision and its summary, a msgpack map with the
    fields that `/api/v1/runs` has; parameters and last values are cells as the journal has them, a metric is a list.
    """
    store = service_of(request).store
    ids = [names.run_id(one) for one in asked.ids]
    if asked.beneath is not None:
        ids += store.ids_beneath(names.run_id(asked.beneath), recursive=asked.recursive)
    found = store.stored_summaries(ids)
    return Response(msgspec.msgpack.encode({"runs": found}), media_type=MSGPACK)


def _answer(
    backend: FolderBackend, ids: Sequence[str], look: Callable[[str], One], size: Callable[[One], int]
) -> Response:
    answer: dict[str, Any] = {"runs": [], "missing": [], "damaged": {}, "rest": []}
    room = ANSWER_BYTES
    for place, run_id in enumerate(map(names.run_id, ids)):
        if room <= 0:
            answer["rest"] = list(ids[place:])
            break
        if not backend.has_run(run_id):
            answer["missing"].append(run_id)
            continue
        try:
            one = steadily(lambda run_id=run_id: look(run_id))  # type: ignore[misc]
        except JournalError as error:
            answer["damaged"][run_id] = str(error)
            continue
        room -= size(one)
        answer["runs"].append(one)
    return Response(msgspec.msgpack.encode(answer), media_type=MSGPACK)


def _state(backend: FolderBackend, run_id: str) -> One:
    journal = backend.journal(run_id)
    events = journal.events(kinds_of_state(), state=True)
    return {
        "id": run_id,
        "events": [(one.kind, one.flags, one.payload, one.writer, one.offset, int(one.stream)) for one in events],
        "writers": [(one.writer_id, one.guest, one.late, one.liveness().value) for one in journal.reader.writers],
    }


def _size_of_state(state: One) -> int:
    return 128 + sum(len(event[2]) + 32 for event in state["events"])


def _journal(backend: FolderBackend, run_id: str, has: dict[str, int]) -> One:
    folder = backend.folder / Kind.RUN.value / run_id
    writers = listing(folder)["writers"]
    return {"id": run_id, "writers": writers, "files": dict(_lacking(folder, writers, has))}


def _lacking(folder: Path, writers: list[One], has: dict[str, int]) -> Iterator[tuple[str, bytes]]:
    for file in (one for writer in writers for one in writer["files"]):
        if has.get(file["name"]) != file["size"] and file["size"] <= FILE_BYTES:
            with opened_regular(folder / file["name"]) as source:
                yield file["name"], source.read(file["size"])


def _size_of_files(journal: One) -> int:
    return 512 + sum(map(len, journal["files"].values()))
