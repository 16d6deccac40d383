"""What is asked of records: in full, for the check of each, and in part, for the index and for a look at raw bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from runlog.reading.log_filter import LogFilter
from runlog.records import UNREADABLE
from runlog.store.search.record_text import SearchedRecord, decode_searched, texts_of
from runlog.store.search.term import Term
from runlog.store.search.words import fold

_OUTSIDE_WORDS = re.compile(r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]")
_LOGGER = "\ue000"
"""Begins a logger's entry in the index: a character that is in no word."""
_JOINT = "\ue001"


def logger_entry(logger: str) -> str:
    """What the index has of a logger and of each one above it, as one word."""
    return _LOGGER + _OUTSIDE_WORDS.sub(_JOINT, logger)


def logger_entries(logger: str) -> Iterator[str]:
    """The entries of a logger and of those above it."""
    parts = logger.split(".")
    for count in range(1, len(parts) + 1):
        yield logger_entry(".".join(parts[:count]))


@dataclass(frozen=True)
class Asked:
    """What every found record fulfils.

    Args:
        terms: words it must have, or must not have.
        fields: its level, logger and time.
    """

    terms: tuple[Term, ...]
    fields: LogFilter

    @cached_property
    def _required(self) -> list[Term]:
        return [term for term in self.terms if not term.is_excluded]

    def takes(self, payload: bytes) -> SearchedRecord | None:
        """The record of a payload; None where it is not asked for, or is none."""
        try:
            record = decode_searched(payload)
            if not self.fields.takes(record):
                return None
        except UNREADABLE:  # another version's form, which can't be read either
            return None
        if self.terms:
            texts = [fold(text) for text in texts_of(record)]
            for term in self.terms:
                if any(map(term.is_in, texts)) is term.is_excluded:
                    return None
        return record

    @cached_property
    def index_expression(self) -> str | None:
        """What the index is asked, in the language of FTS5; None where it can't tell blocks apart.

        Words hold letters, digits and underscores only, and stand in quotes: nothing in them is an operator.
        """
        entries = [
            f'"{word}" *' if term.is_prefix and place == len(term.words) - 1 else f'"{word}"'
            for term in self._required
            for place, word in enumerate(term.words)
        ]
        if self.fields.logger:
            entries.append(f'"{logger_entry(self.fields.logger)}"')
        return " AND ".join(dict.fromkeys(entries)) or None

    def needles(self, *, with_values: bool) -> list[bytes]:
        """Bytes that a record's payload has, in lower case, if all of its texts are ASCII; the longest first.

        Args:
            with_values: the payload may hold numbers, which are not kept as text.
        """
        found = {
            word.encode()
            for term in self._required
            for place, word in enumerate(term.words)
            if word.isascii() and not (with_values and term.may_be_number(place))
        }
        return sorted(found, key=len, reverse=True)
