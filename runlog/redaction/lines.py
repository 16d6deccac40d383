"""Secrets of texts that come line by line, each of which becomes a record: no line alone tells of them."""

from __future__ import annotations

import re

from runlog.redaction import process
from runlog.redaction.names import HIDDEN

MOST = 500
"""Lines that a private key has at most."""
_OF_KEY = r"\s*(?:[A-Za-z0-9+/=]{1,90}|[A-Za-z][A-Za-z\-]*: .*)\s*"


class LineSecrets:
    """Hides what lines hold together: private keys, and values whose name stands in the line before.

    Lines of several threads may come in any order: one that is none of a key stays.
    """

    def __init__(self) -> None:
        self._left_of_key = 0
        self._before = ""

    def hide(self, line: str) -> str:
        """A line without what it has of a secret; what it has alone is for the redactor to find."""
        if process.current is None:
            return line
        before, self._before = self._before, line
        if self._left_of_key:
            return self._of_key(line)
        if "-----BEGIN " in line and "PRIVATE KEY" in line and "-----END " not in line:
            self._left_of_key = MOST
        elif before and ("value" in line or before.rstrip()[-1:] in (":", "=")):
            return _behind(before, line)
        return line

    def _of_key(self, line: str) -> str:
        self._left_of_key -= 1
        if "-----END " in line:
            self._left_of_key = 0
        return HIDDEN if re.fullmatch(_OF_KEY, line) else line


def _behind(before: str, line: str) -> str:
    kept = process.text(f"{before}\n{line}")
    beginning, _, rest = kept.partition("\n")
    return rest if beginning == before and rest else line
