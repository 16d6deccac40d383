"""Log records of all runs, found by their words."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import AfterValidator

from runlog.json_values import plain_json
from runlog.levels import typed_level
from runlog.log_record import Record
from runlog.server import names, shapes
from runlog.server.answers import Cursor, Limit, json_answer
from runlog.server.endpoints import Endpoints
from runlog.server.roles import Role
from runlog.server.service import service_of
from runlog.store.contract import RecordSearch

endpoint = Endpoints("records")
Words = Annotated[str, Query(max_length=10_000, description='Words, "phrases", prefix*; all must be there.')]
RunIds = Annotated[
    list[str],
    Query(max_length=1000, description="Only of these runs; none: of all."),
    AfterValidator(lambda ids: [names.run_id(one) for one in ids]),
]
Level = Annotated[str | None, Query(max_length=100, description="The lowest level, by name or number.")]
Logger = Annotated[str | None, Query(max_length=1000, description="The logger, or one above it.")]
Moment = Annotated[int | None, Query(ge=0, lt=1 << 63, description="UTC nanoseconds since 1970.")]


@endpoint("GET", "/api/v1/records", Role.READER, shape=shapes.Records)
def find_records(
    request: Request,
    run: RunIds = [],  # noqa: B006 - FastAPI copies it
    q: Words = "",
    level: Level = None,
    logger: Logger = None,
    after: Moment = None,
    before: Moment = None,
    no_run: Annotated[bool, Query(description="Only records that belong to no run.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List the log records that are asked for, the newest first. A page may be short; only a null cursor is the end."""
    service = service_of(request)
    lowest = None if level is None else typed_level(level)
    search = RecordSearch(q, run or None, lowest, logger, after, before, no_run)
    page = service.store.records(search, limit=min(limit, service.settings.page), cursor=cursor)
    items = [{"run": found.run_id, **_fields(found.record)} for found in page.items]
    return json_answer({"items": items, "cursor": page.cursor})


def _fields(record: Record) -> dict[str, Any]:
    exception = record.exception
    return {
        **{name: getattr(record, name) for name in shapes.RECORD_FIELDS},
        "args": plain_json(record.args),
        "extra": plain_json(record.extra),
        "exception": None if exception is None else exception.format(),
    }
