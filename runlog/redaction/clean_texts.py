"""Texts that come again and again, and were found to have no secret: paths, functions, loggers, names of threads.

The frames of a traceback are most of a record with an exception, and the same from one record to the next. To look
them up costs a twentieth of searching them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

MOST = 4_000
"""Texts and groups that are remembered."""
LONGEST = 1_000
"""Characters of one that is remembered."""

_plain = frozenset({str, int, type(None)}).issuperset


class CleanTexts:
    """What is known of such texts under one redactor. Any thread may ask; a change by another costs a second look.

    Args:
        text: hides the secrets of a text; the very object where there are none.
    """

    def __init__(self, text: Callable[[str], str]) -> None:
        self._text = text
        self._known: set[Any] = set()

    def has_all(self, ones: Sequence[Any]) -> bool:
        """Whether none of these has a secret. False is no verdict: somebody has to look closer.

        Args:
            ones: texts, and tuples of texts and whole numbers, each of which is searched apart.
        """
        known = self._known
        try:
            return known.issuperset(ones) or all(one in known or self._is_clean(one) for one in ones)
        except TypeError:  # something in it that has no hash
            return False

    def _is_clean(self, one: Any) -> bool:
        parts = one if type(one) is tuple else (one,)
        if not _plain(map(type, parts)):
            return False
        texts = [part for part in parts if type(part) is str]
        if any(self._text(text) is not text for text in texts):
            return False
        if sum(map(len, texts)) <= LONGEST:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known.add(one)
        return True
