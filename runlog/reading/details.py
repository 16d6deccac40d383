"""``run.get_details``: what is known of a run, under the keys of Azure ML SDK v1."""

from __future__ import annotations

from typing import Any

from runlog.backend import Backend, JournalView
from runlog.reading.log_files import log_names
from runlog.reading.moments import moment
from runlog.records import RunError, RunOpened
from runlog.state import CRASHED, NOT_RESPONDING, NOT_STARTED, RUNNING, RunState

TARGET = "local"
"""Where runs run that a script started itself, as Azure ML calls it."""


def read_details(backend: Backend, run_id: str) -> dict[str, Any]:
    """The details of a run; every key is there, with None or an empty value where nothing is known."""
    state = backend.state(run_id)
    uri = backend.run_uri(run_id)
    return {
        "runId": run_id,
        "target": TARGET,
        "status": state.status,
        "startTimeUtc": _text(state.created),
        "endTimeUtc": _text(state.ended),
        "error": None if state.error is None else _error(state.error),
        "warnings": _warnings(backend.journal(run_id), state),
        "properties": state.properties,
        "inputDatasets": [],
        "outputDatasets": [],
        "runDefinition": _definition(owner_of(state)),
        "logFiles": dict.fromkeys(log_names(backend, run_id), uri),
        "submittedBy": None,
    }


def detail_of(state: RunState) -> str:
    """One sentence on why a run has its status; empty where the status says all."""
    if state.error is not None:
        return f"{state.error.type}: {state.error.message}" if state.error.type else state.error.message
    opened = owner_of(state)
    process = "its process" if opened is None else f"process {opened.pid} on {opened.host}"
    return {
        NOT_STARTED: "it was made for a process that has not started it",
        RUNNING: f"{process} is at work",
        CRASHED: f"{process} died without ending the run",
        NOT_RESPONDING: f"{process} gives no sign of life, and whether it lives can't be told from here",
    }.get(state.status, "")


def owner_of(state: RunState) -> RunOpened | None:
    """The process that owns the run's status; of several attempts the newest."""
    owners = [opened for opened in state.writers.values() if opened.owner]
    return max(owners, key=lambda opened: opened.time, default=None)


def _text(time_ns: int | None) -> str | None:
    """RFC 3339 with microseconds, as Azure ML has it."""
    return None if time_ns is None else moment(time_ns).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _error(error: RunError) -> dict[str, Any]:
    debug = {"type": error.type, "message": error.message, "stackTrace": error.traceback}
    return {"error": {"code": error.code, "message": error.message, "debugInfo": debug}}


def _definition(opened: RunOpened | None) -> dict[str, Any] | None:
    if opened is None:
        return None
    script, *arguments = opened.argv or [""]
    return {"script": script, "arguments": arguments, "target": TARGET, "sourceDirectory": opened.folder}


def _warnings(journal: JournalView, state: RunState) -> list[dict[str, str]]:
    """What is missing from the run, as far as it is known without reading its bulk."""
    lost = list(journal.lost().values())
    points, events = sum(one[0] for one in lost), sum(one[1] for one in lost)
    messages = [f"{points} points and {events} events could not be kept"] if points or events else []
    if state.unreadable:
        messages.append(f"{state.unreadable} events can't be read: another version wrote them")
    return [{"source": "runlog", "message": message} for message in messages]
