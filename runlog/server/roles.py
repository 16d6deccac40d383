"""What a caller may do."""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """Each role may do what those below it may."""

    READER = 1
    WRITER = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """What it is called outside of the code."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Role:
        """The role of that name.

        Raises:
            KeyError: there is none.
        """
        return cls[word.upper()]
