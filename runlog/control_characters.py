r"""Text from elsewhere on its way to a terminal: what a terminal would obey, or nobody would see, is written out.

Written out, as ``\x1b`` or ``\u202e``, are control characters (ESC, BEL, CR, C1...), marks and overrides of the writing
direction, line and paragraph separators, lone surrogates, and characters without any look. The joiners U+200C and
U+200D stay: emoji and many scripts need them, and no terminal does anything because of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

INDENT = "    "
"""How a line begins that goes on with somebody's text, so that it does not pass for a record."""

# `re` compiles each when a text has something to look for, and most have not.
_OF_HARM = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f"
)
_HARMFUL = f"[{_OF_HARM}]"
_HARMFUL_IN_A_LINE = f"[\t\n{_OF_HARM}]"
_COLOURS_AND_HARMFUL = f"(\x1b\\[[\\d;:]*m)|{_HARMFUL}"


def in_one_line(text: str) -> str:
    """A text with its line feeds and tabs written out, too."""
    return text if text.isprintable() else re.sub(_HARMFUL_IN_A_LINE, _written_out, text)


def in_lines(text: str) -> str:
    r"""A text that keeps its tabs and lines; ``\r\n`` ends one as ``\n`` does."""
    return text if text.isprintable() else re.sub(_HARMFUL, _written_out, text.replace("\r\n", "\n"))


def indented(text: str) -> str:
    """A text whose lines but the first are indented, so that none of them passes for another record."""
    return re.sub(r"\n(?=[^\n])", f"\n{INDENT}", text) if "\n" in text else text


def in_a_traceback(text: str, messages: Iterable[str], notes: Iterable[str]) -> str:
    """A traceback that looks as Python prints it, but for what others said in it: of that, no line begins at the edge.

    Args:
        text: the traceback.
        messages: of its exceptions.
        notes: on its exceptions.
    """
    said = {f"\n{note}": f"\n{INDENT}{indented(note)}" for note in notes if note}
    said.update((message, indented(message)) for message in messages if "\n" in message)
    if said:
        # At once, the longest first: one text may be a part of another.
        found = "|".join(map(re.escape, sorted(said, key=len, reverse=True)))
        text = re.sub(found, lambda one: said[one[0]], text)
    return in_lines(text)


def but_colours(text: str) -> str:
    """As :func:`in_lines`, but with the escape sequences that set colours left as they are."""
    return re.sub(_COLOURS_AND_HARMFUL, lambda found: found[1] or _written_out(found), text)


def in_json(text: str) -> str:
    """JSON with such characters escaped as JSON does it: the same value. It may have several lines."""
    return text if text.isprintable() else re.sub(_HARMFUL, _escaped, text)


def is_harmless(text: str) -> bool:
    """Whether a text is one line of what a terminal only shows. (Tabs may be in it.)"""
    return text.isprintable() or ("\n" not in text and re.search(_HARMFUL, text) is None)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _written_out(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
