"""The redactor: what is hidden of a text, and of values with texts in them.

Most texts hold no secret, and are told by looking for literals alone: the known secrets, and what each pattern needs.
Regular expressions run only where one of them was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from runlog.redaction.arguments import redact_urls
from runlog.redaction.clean_texts import CleanTexts
from runlog.redaction.named_values import STEMS, NamedValues
from runlog.redaction.names import HIDDEN, Likely, hides
from runlog.redaction.patterns import Pattern

MAX_DEPTH = 32
MAX_VALUES = 100_000
"""Mappings and lists within a value that are looked at one by one; the others are looked at as text."""
PIECE = 1 << 14
"""Characters that are looked at in one go."""
PROBE = 16
"""Characters of a secret that are looked for first: so many are found, or not, the quickest."""
_ROUNDS = 5
_SIMPLE = r"[A-Za-z0-9_.\-]*"
_GATES = "_-/"
"""Characters that few messages have and many literals: a literal with one is looked for where it is met."""


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
        literals = {literal for one in self._patterns for literal in one.literals}
        self._underscored, self._hyphened, self._slashed = (
            tuple(sorted(one for one in literals if gate in one)) for gate in _GATES
        )
        plain = {one for one in literals if not any(gate in one for gate in _GATES)}
        self.literals = (*self._values, *sorted(literals))
        self._plain = (*dict.fromkeys(one[:PROBE] for one in self._values), *sorted(plain))
        self._stems = (*STEMS, *self.names.own)
        self._raw = tuple(map(_raw, self._plain))
        self._raw_gated = tuple((gate, tuple(_raw(one) for one in sorted(literals) if gate in one)) for gate in _GATES)
        self._ascii_stems = all(map(str.isascii, self._stems))
        self.clean_texts = CleanTexts(self.text)
        """What was found to have no secret, by this redactor alone."""

    def text(self, text: str) -> str:
        """A text without its secrets; the very object where there are none."""
        # Comprehensions: the quickest way to look for twenty literals, before and since Python 3.12.
        if [one for one in self._plain if one in text]:
            return self._hide(text)
        if "_" in text and [one for one in self._underscored if one in text]:
            return self._hide(text)
        if "-" in text and [one for one in self._hyphened if one in text]:
            return self._hide(text)
        if "/" in text and ([one for one in self._slashed if one in text] or ("@" in text and "://" in text)):
            return self._hide(text)
        if ":" in text or "=" in text or "--" in text:
            lower = text.lower()
            if [one for one in self._stems if one in lower]:
                return self._hide(text)
        if self.searches_all and any(re.search(one.expression, text) for one in self._searched):
            return self._hide(text)
        return text

    def suspects_bytes(self, data: bytes) -> bool:
        """Whether bytes with UTF-8 text in them may hold a secret; names and values need not be neighbours."""
        text = data.decode("latin-1")  # each byte a character: looking for bytes in bytes takes five times as long
        if self._searched or [one for one in self._raw if one in text] or ("://" in text and "@" in text):
            return True
        for gate, literals in self._raw_gated:
            if gate in text and [one for one in literals if one in text]:
                return True
        lower = data.lower().decode("latin-1") if self._ascii_stems else data.decode("utf-8", "replace").lower()
        return bool([one for one in self._stems if one in lower])

    def value(self, value: Any) -> Any:
        """A value without the secrets in its texts; the very object where there are none. Numbers stay.

        What holds itself, or lies too deep, is looked at as text.
        """
        if isinstance(value, str):
            return self.text(value)
        return self._contents(value, {}) if isinstance(value, dict | list | tuple) else value

    def _contents(self, value: Any, seen: dict[int, Any]) -> Any:
        """The same of a mapping or list.

        Args:
            value: any.
            seen: what came of those that were met before, by their ids; of those that it stands in, a text.
        """
        if isinstance(value, str):
            return self.text(value)
        if not isinstance(value, dict | list | tuple):
            return value
        known = seen.get(id(value), seen)
        if known is not seen:
            return known
        if len(seen) > MAX_VALUES:
            return self._as_text(value)
        seen[id(value)] = "[itself]"
        try:
            kept = self._mapping(value, seen) if isinstance(value, dict) else self._items(value, seen)
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
        kept = text
        for _ in range(_ROUNDS):  # what stands around a secret may make another one with what takes its place
            before = kept
            for value in self._values:
                if value in kept:
                    kept = kept.replace(value, HIDDEN)
            if kept == before:
                break
        for pattern in self._patterns:
            if not pattern.literals or any(map(kept.__contains__, pattern.literals)):
                kept = pattern.hide(kept)
        if "://" in kept:
            kept = redact_urls(kept)
        kept = self.names.hide(kept)
        return text if kept == text else kept

    def _mapping(self, value: dict[Any, Any], seen: dict[int, Any]) -> Any:
        kept: dict[Any, Any] = {}
        changed = False
        for key, one in value.items():
            new_key = self.text(key) if isinstance(key, str) else key
            likely = self.names.likely(key) if isinstance(key, str) else Likely.NO
            new = self._contents(one, seen)
            if likely:
                new = self.under_name(likely, new)
            changed = changed or new_key is not key or new is not one
            kept[new_key] = new
        return kept if changed else value

    def _items(self, value: list[Any] | tuple[Any, ...], seen: dict[int, Any]) -> Any:
        kept = [self._contents(one, seen) for one in value]
        if all(new is one for new, one in zip(kept, value, strict=True)):
            return value
        return kept if isinstance(value, list) else tuple(kept)

    def under_name(self, likely: Likely, value: Any, depth: int = 0) -> Any:
        """What is kept of a value that stands under a name that secrets go under."""
        if isinstance(value, str):
            return HIDDEN if hides(likely, value) else value
        if depth > MAX_DEPTH:
            return value
        if isinstance(value, Mapping) and "$" not in value:  # a cell with "$" is an exact number or a date
            kept: Any = {key: self.under_name(likely, one, depth + 1) for key, one in value.items()}
            return value if all(kept[key] is one for key, one in value.items()) else kept
        if isinstance(value, list | tuple):
            kept = [self.under_name(likely, one, depth + 1) for one in value]
            return value if all(new is one for new, one in zip(kept, value, strict=True)) else kept
        return value


def forms_of(value: str) -> set[str]:
    """A secret as it may be written: as it is, in JSON, in a repr, in a URL, in UTF-8 that has no room for it."""
    forms = {value}
    if re.fullmatch(_SIMPLE, value) is None:
        import json
        from urllib.parse import quote, quote_plus

        raw = value.encode("utf-8", "surrogatepass")
        forms |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
        forms |= {quote(raw, safe=""), quote(raw), quote_plus(raw)}
        forms.add(value.encode("utf-8", "backslashreplace").decode())
    return {form for form in forms if form not in HIDDEN}


def _raw(text: str) -> str:
    """A text as its bytes in UTF-8 look where each is taken for a character."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


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
