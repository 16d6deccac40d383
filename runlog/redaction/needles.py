"""Many texts that are looked for in another one at once, most of which are not in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

RARE = "QKAGBJZX~'-_SVWYUHOFNLDRMCPTIEk/=+:zqjw"
"""Characters that few messages have: the earlier, the better as a gate."""
FLAG = " -"
"""What needles of command lines begin with: a second gate, as many texts have a hyphen and few a flag."""
_BEFORE_LONG = r"[_\-](?=[\w\-]{16})"


class Needles:
    """Texts to look for.

    To look for a single character costs a fraction of looking for a word. So each needle stands under the rarest of
    its characters, as its gate, and is looked for only where that one is met.

    Args:
        needles: none of them empty; one without a rare character is looked for in every text.
    """

    __slots__ = ("_abroad", "_flags", "_groups", "_plain")

    def __init__(self, needles: Iterable[str]) -> None:
        plain: list[str] = []
        abroad: list[str] = []
        flags: list[str] = []
        under: dict[str, list[str]] = {}
        for needle in dict.fromkeys(needles):
            if not needle.isascii() or needle.startswith(FLAG):
                (flags if needle.isascii() else abroad).append(needle)
                continue
            for gate in RARE:
                if gate in needle:
                    under.setdefault(gate, []).append(needle)
                    break
            else:
                plain.append(needle)
        self._plain, self._abroad, self._flags = tuple(plain), tuple(abroad), tuple(flags)
        self._groups = tuple((gate, tuple(ones)) for gate, ones in under.items())

    def in_utf8(self) -> Needles:
        """The same for UTF-8 of which each byte is taken for a character."""
        raw = Needles(one.encode("utf-8", "surrogatepass").decode("latin-1") for one in self._abroad)
        raw._plain, raw._flags, raw._groups = self._plain, self._flags, self._groups
        return raw

    def in_ascii(self) -> Needles:
        """The same without those that only a text with other letters can have."""
        plain = Needles(())
        plain._plain, plain._flags, plain._groups = self._plain, self._flags, self._groups
        return plain

    def any_in(self, text: str) -> bool:
        """Whether one of them is in a text."""
        for one in self._plain:
            if one in text:
                return True
        for gate, ones in self._groups:
            if gate in text:
                for one in ones:
                    if one in text:
                        return True
        if self._flags and "-" in text and FLAG in text and any(one in text for one in self._flags):
            return True
        return bool(self._abroad) and not text.isascii() and any(one in text for one in self._abroad)

    def found_in(self, text: str) -> list[str]:
        """All that are in a text."""
        found = [one for one in (*self._plain, *self._flags, *self._abroad) if one in text]
        for gate, ones in self._groups:
            if gate in text:
                found += [one for one in ones if one in text]
        return found


class Prefixes:
    """What tokens begin with that go on, behind a hyphen or underscore, for 16 characters of tokens at least.

    Few texts have such a long word, so that a hundred prefixes cost no more than to look for it.

    Args:
        prefixes: each ends with a hyphen or underscore.
    """

    __slots__ = ("_ends",)

    def __init__(self, prefixes: Iterable[str]) -> None:
        self._ends = tuple(dict.fromkeys(prefixes))

    def any_in(self, text: str) -> bool:
        """Whether a text has such a token."""
        if "_" not in text and "-" not in text:
            return False
        search = _before_long().search
        found = search(text)
        while found is not None:
            if text.endswith(self._ends, 0, found.end()):
                return True
            found = search(text, found.end())
        return False

    def found_in(self, text: str) -> list[str]:
        """All prefixes that are in a text."""
        return [one for one in self._ends if one in text] if self.any_in(text) else []


@cache
def _before_long() -> re.Pattern[str]:
    return re.compile(_BEFORE_LONG)
