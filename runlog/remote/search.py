"""Log records that a server finds by their words."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from runlog.log_record import Record
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_records import read_records
from runlog.remote.answers import ODD
from runlog.store.contract import FoundRecord, Page, RecordSearch

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.remote.api import ServerApi

_FIELDS = {one.name for one in fields(Record)} - {"args", "extra", "exception"}
MOST_EMPTY = 200
"""Pages in a row without a record; each stands for half a million that were looked at."""


class RemoteSearch:
    """Asks a server; of a record with an exception, the journal is read, too, which has its frames."""

    def __init__(self, api: ServerApi, backend: Backend) -> None:
        """Nothing is asked yet.

        Args:
            api: of the server.
            backend: reads its runs.
        """
        self._api = api
        self._backend = backend
        self._empty = 0

    def records(self, search: RecordSearch, *, limit: int = 100, cursor: str | None = None) -> Page[FoundRecord]:
        """Records that a search asks for, newest first: see :meth:`runlog.store.contract.Store.records`."""
        page = self._api.records(asdict(search), limit, cursor)
        try:
            found, following = [self._found(one) for one in page["items"]], page.get("cursor") or None
            self._check_cursor(found, cursor, following)
        except ODD as error:
            raise self._api.strange("log records", error) from error
        return Page(found, following)

    def _check_cursor(self, found: list[FoundRecord], cursor: str | None, following: Any) -> None:
        """See whether pages come to an end.

        Raises:
            TypeError: a cursor is no text.
            ValueError: the same page follows, or too many in a row had nothing.
        """
        self._empty = 0 if found or following is None else self._empty + 1
        if following is not None and not isinstance(following, str):
            raise TypeError("a cursor is no text")
        if following is not None and (following == cursor or self._empty > MOST_EMPTY):
            raise ValueError("its pages have no end")

    def _found(self, item: dict[str, Any]) -> FoundRecord:
        known = {name: item[name] for name in _FIELDS & item.keys()}
        record = Record(**known, args=item["args"], extra=dict(item["extra"] or {}))
        texts = (record.message, record.level, record.logger)
        if not all(isinstance(one, str) for one in texts) or not isinstance(item["run"], str | None):
            raise TypeError("a record's message, level, logger and run are texts")
        if type(record.time_ns) is not int or not isinstance(record.levelno, int):
            raise TypeError("a record's time and level are numbers")
        if item["exception"] is not None:
            record = replace(record, exception=self._exception(item["run"], record))
        return FoundRecord(item["run"], record)

    def _exception(self, run_id: str | None, record: Record) -> Any:
        if run_id is None:
            return None
        at_that_moment = LogFilter(after=record.time_ns, before=record.time_ns)
        for one in read_records(self._backend.journal(run_id), at_that_moment):
            if one.writer == record.writer and one.message == record.message:
                return one.exception
        return None
