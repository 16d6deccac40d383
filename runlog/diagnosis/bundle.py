"""What helps to find a fault, in one file to hand on: doctor's findings, and how the newest runs stand.

No metric, message, parameter, tag, note or file of a user is in it. Of records only those that runlog itself logged
are, and every text goes through the redactor.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from runlog.diagnosis.run_checks import run_folders
from runlog.errors import JournalError
from runlog.journal.reader import RunJournal
from runlog.log_record import decode_log
from runlog.reading.texts import utc_text
from runlog.records import EventKind, RunOpened, StatusSet, decode
from runlog.redaction import as_utf8
from runlog.redaction import process as redaction
from runlog.redaction.arguments import redact_arguments

NEWEST = 10
"""Runs whose state is told of."""
RECORDS = 500
"""Records of runlog itself, the newest."""
OWN = "runlog"


class Part(NamedTuple):
    """One file of the bundle."""

    name: str
    text: str
    told: str
    """What it is, for whoever is asked whether to write it."""


def contents(doctor: str, findings: Sequence[dict[str, object]], folder: Path) -> list[Part]:
    """Gather the parts; nothing is written.

    Args:
        doctor: what doctor prints.
        findings: the same for programs.
        folder: of the workspace.
    """
    folders = run_folders(folder, NEWEST)
    runs = [_stands(one) for one in folders]
    records = sorted((line for one in folders for line in _own_records(one)), key=lambda line: line["time"])
    return [
        Part("doctor.txt", _hidden(doctor), "what doctor found"),
        Part("doctor.json", _hidden(_json(list(findings))), "the same for programs"),
        Part("runs.json", _hidden(_json(runs)), f"the newest {len(runs)} runs: processes, statuses, damage, losses"),
        Part("runlog.log.json", _hidden(_json(records[-RECORDS:])), "the last records of runlog's own logger"),
    ]


def write_bundle(path: Path, parts: Sequence[Part]) -> None:
    """Write the parts as a zip archive, in the place of one that is there."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(part.name, part.text)


def _json(value: Any) -> str:
    kept = redaction.always().value(value)  # before JSON escapes what it is told by
    return msgspec.json.format(msgspec.json.encode(kept), indent=2).decode()


def _hidden(text: str) -> str:
    return as_utf8(redaction.always().text(text))  # also where it is off: this is handed on to others


def _stands(folder: Path) -> dict[str, Any]:
    """How a run stands: its processes and statuses, without anything that was logged."""
    try:
        journal = RunJournal(folder)
        events = [_event(event.kind, event.payload) for event in journal.events({EventKind.RUN, EventKind.STATUS})]
        writers = [
            {
                "writer": one.writer_id,
                "liveness": one.liveness().value,
                "lost": list(one.lost),
                "files": len(one.segments),
            }
            for one in journal.writers
        ]
        damage = [f"{one.where}: {one.what} ({one.records})" for one in journal.damage]
    except JournalError as error:
        return {"run": folder.name, "error": str(error)}
    return {"run": folder.name, "events": events, "writers": writers, "damage": damage}


def _event(kind: int, payload: bytes) -> dict[str, Any]:
    try:
        if kind == EventKind.STATUS:
            status = decode(StatusSet, payload)
            failed = status.error.type or "failed" if status.error is not None else ""
            return {"kind": "STATUS", "time": utc_text(status.time), "status": status.status, "error": failed}
        opened = decode(RunOpened, payload)
    except JournalError as error:
        return {"kind": int(kind), "unreadable": str(error)}
    return {
        "kind": "RUN",
        "time": utc_text(opened.time),
        "attempt": opened.attempt,
        "owner": opened.owner,
        "host": opened.host,
        "pid": opened.pid,
        "rank": opened.rank,
        "argv": redact_arguments(opened.argv, redaction.always().text),
        "versions": opened.versions,
    }


def _own_records(folder: Path) -> list[dict[str, Any]]:
    """What runlog itself logged in a run."""
    lines = []
    try:
        for event in RunJournal(folder).events({EventKind.LOG}, contains=OWN.encode()):
            record = decode_log(event.payload)
            if record.logger == OWN or record.logger.startswith(f"{OWN}."):
                lines.append(
                    {
                        "run": folder.name,
                        "time": utc_text(record.time_ns),
                        "level": record.level,
                        "logger": record.logger,
                        "message": record.message,
                    }
                )
    except JournalError as error:
        lines.append({"run": folder.name, "time": "", "unreadable": str(error)})
    return list(islice(lines, max(0, len(lines) - RECORDS), None))
