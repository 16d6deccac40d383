"""Log records that a server finds by their words."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from runlog.log_record import Record
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_records import read_records
from runlog.store.contract import FoundRecord, Page, RecordSearch

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.remote.api import ServerApi

_OTHERS = frozenset({"run", "args", "extra", "exception"})


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

    def records(self, search: RecordSearch, *, limit: int = 100, cursor: str | None = None) -> Page[FoundRecord]:
        """Records that a search asks for, newest first: see :meth:`runlog.store.contract.Store.records`."""
        page = self._api.records(asdict(search), limit, cursor)
        return Page([self._found(one) for one in page["items"]], page.get("cursor") or None)

    def _found(self, item: dict[str, Any]) -> FoundRecord:
        fields = {name: value for name, value in item.items() if name not in _OTHERS}
        record = Record(**fields, args=item["args"], extra=item["extra"] or {})
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
