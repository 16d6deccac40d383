"""Errors that point at their place in a query."""

from __future__ import annotations

from runlog.errors import QueryError


def fault(text: str, at: int, what: str) -> QueryError:
    """An error that shows the query with a mark beneath the place."""
    start = max(0, at - 60)
    shown = text[start : at + 40].replace("\n", " ").replace("\t", " ")
    mark = " " * (at - start) + "^"
    return QueryError(f"the query can't be read at column {at + 1}: {what}\n  {shown}\n  {mark}", column=at + 1)
