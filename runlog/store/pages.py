"""All that a store answers, page after page."""

from __future__ import annotations

from collections.abc import Iterator

from runlog.store.contract import FoundRecord, Page, RecordSearch, RecordStore

AT_ONCE = 100
"""Records that are read at once."""


def all_records(store: RecordStore, search: RecordSearch) -> Iterator[FoundRecord]:
    """The records that a search asks for, newest first; pages are read as they are asked for, the first at once.

    Raises:
        QueryError: the search's text can't be read.
    """
    return _pages(store, search, store.records(search, limit=AT_ONCE))


def _pages(store: RecordStore, search: RecordSearch, page: Page[FoundRecord]) -> Iterator[FoundRecord]:
    yield from page.items
    while page.cursor is not None:
        page = store.records(search, limit=AT_ONCE, cursor=page.cursor)
        yield from page.items
