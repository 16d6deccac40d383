"""Names whose spellings merge: blanks at the ends and the composition of letters don't count."""

from __future__ import annotations

from runlog.writing.said_once import say_once


class Spellings:
    """The first spelling that came of each name."""

    def __init__(self, what: str) -> None:
        """Begin empty.

        Args:
            what: is named ("metric name").
        """
        self.what = what
        self._first: dict[str, str] = {}

    def note(self, kept: str, given: str) -> None:
        """Take a name in; say it where another spelling of it came before.

        Args:
            kept: the one spelling that is kept.
            given: the spelling that came.
        """
        first = self._first.setdefault(kept, given)
        if first != given:
            say_once(
                f"the {self.what}s {first!r} and {given!r} are one, {kept!r}: blanks at the ends and the composition "
                "of letters don't count"
            )
