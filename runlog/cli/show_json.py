"""A run as ``runlog show --json`` has it: everything that the page says, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runlog.reading.counts import RecordCounts
from runlog.reading.texts import SECOND, duration, utc_text
from runlog.values import decode_cell

if TYPE_CHECKING:
    from runlog.backend import JournalView
    from runlog.reading.system_facts import SystemFacts
    from runlog.records import RunError
    from runlog.state import RunState


def run_json(
    state: RunState,
    place: str,
    system: SystemFacts,
    journal: JournalView,
    records: RecordCounts,
    metrics: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    """The object that is printed.

    Args:
        state: of the run.
        place: where it is kept.
        system: what it ran on.
        journal: of the run.
        records: its log records, counted.
        metrics: by name, what is known of each.
    """
    took = duration(state)
    return {
        "id": state.id,
        "name": state.name,
        "experiment": state.experiment,
        "description": state.description,
        "type": state.type or None,
        "group": state.group or None,
        "parent": state.parent,
        "children": state.children,
        "status": state.status,
        "error": None if state.error is None else _error(state.error),
        "created": _time(state.created),
        "ended": _time(state.ended),
        "seconds": None if took is None else took / SECOND,
        "attempts": [_attempt(one) for one in state.history],
        "kept_in": place,
        "params": {name: decode_cell(value) for name, value in state.params.items()},
        "tags": state.tags,
        "properties": state.properties,
        "records": _records(records),
        "metrics": metrics,
        "files": [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in state.files.values()],
        "notes": [{"time": utc_text(one.time), "author": one.author, "text": one.text} for one in state.notes],
        "system": {name: dict(facts) for name, facts in system.items() if name != "packages"},
        "missing": _missing(journal, state),
    }


def _time(time_ns: int | None) -> str | None:
    return None if time_ns is None else utc_text(time_ns)


def _error(error: RunError) -> dict[str, str]:
    return {"type": error.type, "message": error.message, "code": error.code, "traceback": error.traceback}


def _attempt(one: Any) -> dict[str, Any]:
    begin, end = utc_text(one.start_ns), _time(one.end_ns)
    return {"number": one.number, "status": one.status, "created": begin, "ended": end, "host": one.host}


def _records(records: RecordCounts) -> dict[str, Any]:
    last = records.last_error
    error = None if last is None else {"time": utc_text(last.time_ns), **last._asdict()}
    if error is not None:
        del error["time_ns"]
    return {"total": records.total, "is_all": records.is_all, "levels": records.levels, "last_error": error}


def _missing(journal: JournalView, state: RunState) -> dict[str, Any]:
    lost = list(journal.lost().values())
    return {
        "points": sum(one[0] for one in lost),
        "events": sum(one[1] for one in lost),
        "unreadable": state.unreadable,
        "crashes": [crash.text for crash in journal.crashes()],
        "damage": [{"where": one.where, "what": one.what, "count": one.count} for one in journal.damage],
    }
