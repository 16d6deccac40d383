"""The redactor: what is hidden of a text, and of values with texts in them.

Most texts hold no secret, and are told by looking for literals alone: the known secrets, and what each pattern needs.
Regular expressions run only where one of them was found.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

from runlog.redaction.arguments import redact_urls
from runlog.redaction.clean_texts import CleanTexts
from runlog.redaction.entries import entry_of, is_pair, name_of
from runlog.redaction.looks import hides
from runlog.redaction.named_values import NamedValues
from runlog.redaction.names import HIDDEN, Likely
from runlog.redaction.needles import Needles, Prefixes
from runlog.redaction.patterns import Pattern

MAX_DEPTH = 32
MAX_VALUES = 100_000
"""Mappings and lists within a value that are looked at one by one; the others are looked at as text."""
PIECE = 1 << 14
"""Characters that are looked at in one go."""
PROBE = 16
"""Characters of a secret that are looked for first: so many are found, or not, the quickest."""
SHORTEST_IN_BASE64 = 8
"""Characters of a secret that is looked for in base64, too."""
_ROUNDS = 5
_SIMPLE = r"[A-Za-z0-9_.\-]*"
_MAY_BE_ABROAD = rb"[\xc2-\xef][\x80-\xbf]"
"""How letters that are not ASCII begin in UTF-8. Emoji begin otherwise, and so do nearly all marks of msgpack."""


class Redactor:
    """Hides secrets. It never changes: another set of secrets is another redactor.

    Args:
        names: further names that secrets go under, without regard to case.
        patterns: shapes of secrets.
        values: secrets themselves.
    """

    def __init__(self, names: Iterable[str], patterns: Iterable[Pattern], values: Iterable[str]) -> None:
        self.names = NamedValues(names)
        forms = {form for value in values for form in forms_of(value)}
        self._values = tuple(sorted(forms, key=lambda form: (-len(form), form)))
        self._patterns = tuple(patterns)
        self._searched = tuple(one for one in self._patterns if not one.literals)
        self.searches_all = bool(self._searched)
        """Whether each text has to be searched with an expression: one of the patterns may begin in several ways."""
        self._by_literal = _places(self._patterns)
        self.literals = (*self._values, *sorted(self._by_literal))
        self._starts = Needles(one[:PROBE] for one in self._values)
        long = {literal for one in self._patterns if one.goes_on for literal in one.literals}
        self._prefixes = Prefixes(sorted(long))
        self._of_patterns = Needles(one for one in self._by_literal if one not in long)
        needles = (*(one[:PROBE] for one in self._values), *(one for one in self._by_literal if one not in long))
        self._needles = Needles(needles)
        self._raw_needles = self._needles.in_utf8()
        self._ascii_needles = self._needles.in_ascii()
        self._gate = self.names.gate
        self.clean_texts = CleanTexts(self.text)
        """What was found to have no secret, by this redactor alone."""

    def text(self, text: str) -> str:
        """A text without its secrets; the very object where there are none."""
        if self._needles.any_in(text) or self._prefixes.any_in(text) or ("@" in text and "://" in text):
            return self._hide(text)
        if self._gate.is_passed(text) and (kept := self._without_named(text)) != text:
            return self._hide(kept) if self.searches_all else kept
        if self.searches_all and any(re.search(one.expression, text) for one in self._searched):
            return self._hide(text)
        return text

    def suspects_text(self, text: str) -> bool:
        """Whether a text may hold a secret; names and values need not be neighbours."""
        if self._searched or self._needles.any_in(text) or self._prefixes.any_in(text):
            return True
        return ("@" in text and "://" in text) or self._gate.has_stem(text)

    def suspects_bytes(self, data: bytes) -> bool:
        """Whether bytes with UTF-8 text in them may hold a secret; names and values need not be neighbours."""
        text = data.decode("latin-1")  # each byte a character: looking for bytes in bytes takes five times as long
        is_abroad = re.search(_MAY_BE_ABROAD, data) is not None
        needles = self._raw_needles if is_abroad else self._ascii_needles
        if self._searched or needles.any_in(text) or self._prefixes.any_in(text):
            return True
        if "@" in text and "://" in text:
            return True
        if is_abroad or "\\" in text:
            return self._gate.has_stem(data.decode("utf-8", "ignore"))  # without most marks of msgpack
        return self._gate.has_stem_in_bytes(data)

    def value(self, value: Any) -> Any:
        """A value without the secrets in its texts; the very object where there are none. Numbers stay.

        What holds itself, or lies too deep, is looked at as text.
        """
        if isinstance(value, str):
            return self.text(value)
        return self._contents(value, {})

    def _contents(self, value: Any, seen: dict[int, Any]) -> Any:
        """The same of a mapping or list.

        Args:
            value: any.
            seen: what came of those that were met before, by their ids; of those that it stands in, a text.
        """
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes | bytearray):
            return self._bytes(value)
        if not isinstance(value, Mapping | list | tuple):
            return value
        known = seen.get(id(value), seen)
        if known is not seen:
            return known
        if len(seen) > MAX_VALUES:
            return self._as_text(value)
        seen[id(value)] = "[itself]"
        try:
            kept = self._mapping(value, seen) if isinstance(value, Mapping) else self._items(value, seen)
        except Exception:  # too deep, or something that raises when it is asked for its items
            kept = self._as_text(value)
        seen[id(value)] = kept
        return kept

    def _as_text(self, value: Any) -> Any:
        """A value whose parts can't be looked at; its text where that holds a secret."""
        try:
            text = repr(value)
        except Exception:
            return value
        kept = self.text(text)
        return value if kept is text else kept

    def content(self, data: bytes) -> bytes:
        """Text in UTF-8 without its secrets, looked at in pieces, so that other threads get their turns."""
        text = data.decode("utf-8", "surrogateescape")
        kept = [self.text(piece) for piece in _pieces(text)]
        return "".join(kept).encode("utf-8", "surrogateescape")

    def _hide(self, text: str) -> str:
        kept = self._without_values(text) if self._starts.any_in(text) else text
        literals = self._of_patterns.found_in(kept) + self._prefixes.found_in(kept)
        places = {place for literal in literals for place in self._by_literal[literal]}
        if self.searches_all:
            places.update(place for place, one in enumerate(self._patterns) if not one.literals)
        for place in sorted(places):
            kept = self._patterns[place].hide(kept)
        kept = self._without_named(kept)
        return text if kept == text else kept

    def _without_named(self, kept: str) -> str:
        if "://" in kept:
            kept = redact_urls(kept)
        return self.names.hide(kept) if self._gate.is_passed(kept) else kept

    def _without_values(self, kept: str) -> str:
        for _ in range(_ROUNDS):  # what stands around a secret may make another one with what takes its place
            before = kept
            for value in self._values:
                if value in kept:
                    kept = kept.replace(value, HIDDEN)
            if kept == before:
                break
        return kept

    def _bytes(self, value: bytes | bytearray) -> Any:
        text = value.decode("utf-8", "surrogateescape")
        kept = self.text(text)
        return value if kept is text else kept.encode("utf-8", "surrogateescape")

    def _mapping(self, value: Mapping[Any, Any], seen: dict[int, Any]) -> Any:
        kept: dict[Any, Any] = {}
        changed = False
        named = entry_of(value)
        for key, one in value.items():
            new_key = self.value(key) if isinstance(key, str | bytes) else key
            name = named[0] if named is not None and key == named[1] else key
            new = self._named(name, self._contents(one, seen))
            changed = changed or new_key is not key or new is not one
            kept[new_key] = new
        return kept if changed else value

    def _named(self, name: Any, value: Any) -> Any:
        text = name_of(name)
        if text is not None and (likely := self.names.likely(text)):
            return self.under_name(likely, value, name=text)
        return value

    def _items(self, value: list[Any] | tuple[Any, ...], seen: dict[int, Any]) -> Any:
        kept = [self._contents(one, seen) for one in value]
        if len(value) == 2 and is_pair(value):
            kept[1] = self._named(value[0], kept[1])
        if all(new is one for new, one in zip(kept, value, strict=True)):
            return value
        return kept if isinstance(value, list) else tuple(kept)

    def under_name(self, likely: Likely, value: Any, depth: int = 0, name: str = "") -> Any:
        """What is kept of a value that stands under a name that secrets go under.

        Args:
            likely: how likely that is.
            value: of any kind.
            depth: of the value.
            name: its name, as far as it tells more.
        """
        if isinstance(value, str):
            return HIDDEN if hides(likely, value) or (name and self.names.hides(name, value)) else value
        if isinstance(value, bytes | bytearray):
            return HIDDEN if self.under_name(likely, value.decode("utf-8", "replace"), depth, name) is HIDDEN else value
        if depth > MAX_DEPTH:
            return HIDDEN if isinstance(value, Mapping | list | tuple) else value
        if isinstance(value, Mapping) and "$" not in value:  # a cell with "$" is an exact number or a date
            kept: Any = {key: self.under_name(likely, one, depth + 1, name) for key, one in value.items()}
            return value if all(kept[key] is one for key, one in value.items()) else kept
        if isinstance(value, list | tuple):
            kept = [self.under_name(likely, one, depth + 1, name) for one in value]
            return value if all(new is one for new, one in zip(kept, value, strict=True)) else kept
        return value


def forms_of(value: str) -> set[str]:
    """A secret as it may be written: as it is, in JSON, a repr, a URL, base64, in UTF-8 that has no room for it."""
    forms = {value}
    if re.fullmatch(_SIMPLE, value) is None:
        import json

        raw = value.encode("utf-8", "surrogatepass")
        forms |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
        forms |= {quote(raw, safe=""), quote(raw), quote_plus(raw)}
        forms.add(value.encode("utf-8", "backslashreplace").decode())
    if len(value) >= SHORTEST_IN_BASE64:
        forms |= _in_base64(value.encode("utf-8", "surrogatepass"))
    return {form for form in forms if form not in HIDDEN}


def _in_base64(raw: bytes) -> set[str]:
    """What is found of bytes in base64, wherever they begin in what was encoded."""
    forms = set()
    for before, first in enumerate((0, 2, 3)):
        text = b2a_base64(b"\0" * before + raw).decode()
        forms.add(text[first : (before + len(raw)) * 8 // 6])
    return forms | {form.replace("+", "-").replace("/", "_") for form in forms}


def _places(patterns: Sequence[Pattern]) -> dict[str, list[int]]:
    """Which patterns each literal belongs to."""
    places: dict[str, list[int]] = {}
    for place, pattern in enumerate(patterns):
        for literal in pattern.literals:
            places.setdefault(literal, []).append(place)
    return places


def _pieces(text: str) -> Iterable[str]:
    """Lines together, so many as are looked at within a millisecond or two; a private key stays in one piece."""
    piece: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True):
        piece.append(line)
        size += len(line)
        if size >= PIECE:
            joined = "".join(piece)
            if joined.count("-----BEGIN ") <= joined.count("-----END ") or size > 16 * PIECE:
                yield joined
                piece, size = [], 0
    yield "".join(piece)
