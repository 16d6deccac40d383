"""``name=value`` in texts: values that stand beside names that secrets go under."""

from __future__ import annotations

import re
from collections.abc import Iterable

from runlog.redaction.names import HIDDEN, Likely, hides, likely_secret

STEMS = ("pass", "pwd", "secret", "key", "token", "auth", "cred", "cookie", "sig")
"""Lower-case pieces of names, one of which is in every name that is found."""

# Compiled, and kept by `re`, when a text has what they need.
_PAIR = (
    r"""(?<![\w.\-])(?P<name>[\w.\-]+)\\*["']?\]?"""  # name, "name", 'name', config["name"]
    r"""\s{0,3}(?::\s{0,3}[A-Za-z_][\w.\[\]|, ]{0,40}?\s{0,3}=(?=\s{0,3}[bBrRuUfF]{0,2}["'])|=>|:=|={1,2}|:)\s{0,3}"""
)
_FLAG = r"(?P<name>--[\w.\-]+)\s+(?!--)"
# A value in quotes may have quotes in it, escaped once more than those around it; so JSON within JSON stays whole.
_VALUE = (
    r"(?is)(?:(?:bearer|basic|token|digest|negotiate)\s+(?=\S))?"
    r"""(?:[bBrRuUfF]{0,2}(?P<quote>\\*["'])(?P<quoted>(?:(?!(?P=quote))(?:\\.|[^\\]))*)(?P=quote)"""
    r"""|\\*["']?(?P<bare>(?:\\.|[^\s"'\\,;&}\])])+))"""
)


class NamedValues:
    """Hides values by their names.

    Args:
        names: further names; what goes under them is always hidden.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.own = tuple(sorted({name.lower() for name in names}))
        self._known: dict[str, Likely] = {}

    def likely(self, name: str) -> Likely:
        """How likely a secret goes under a name."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= 4096:
                self._known.clear()
            own = any(map(name.lower().__contains__, self.own))
            known = self._known[name] = Likely.YES if own else likely_secret(name)
        return known

    def hide(self, text: str) -> str:
        """The text without the values beside such names."""
        if "=" in text or ":" in text:
            text = self._hide_after(_PAIR, text)
        if "--" in text:
            text = self._hide_after(_FLAG, text)
        return text

    def _hide_after(self, pattern: str, text: str) -> str:
        name, value_after = re.compile(pattern), re.compile(_VALUE)
        pieces: list[str] = []
        kept_to = at = 0
        while (found := name.search(text, at)) is not None:
            at = found.end()
            if not (likely := self.likely(found["name"])):
                continue
            value = value_after.match(text, at)
            if value is None:
                continue
            group = "bare" if value["quote"] is None else "quoted"
            if hides(likely, value[group]) and not text.startswith(HIDDEN, value.start(group)):
                pieces += [text[kept_to : value.start(group)], HIDDEN]
                kept_to = value.end(group)
                at = value.end()
        return "".join([*pieces, text[kept_to:]]) if pieces else text
