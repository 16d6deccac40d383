"""What a word is: the one definition that the index, the check of a record and the reading of a search go by.

A word is a run of letters, digits and underscores, whatever their case. Chinese and Japanese characters, which are
written without spaces, are a word each. So ``torch.cuda`` and ``data-loader`` are two words that follow one another,
and so are the characters of a Chinese word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LETTER = rf"[^\W{_IDEOGRAPHS}]"
"""A character, as a regular expression, that makes a word together with its neighbours of this kind."""
_WORD = re.compile(rf"(?=\w)[{_IDEOGRAPHS}]|{LETTER}+")
_LETTER = re.compile(LETTER)


def fold(text: str) -> str:
    """A text as it is compared: without case, and with accents composed."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())


def words(text: str) -> list[str]:
    """The words of a text, folded, in their order."""
    return _WORD.findall(fold(text))


def split(folded: str) -> list[str]:
    """The words of a text that is folded already."""
    return _WORD.findall(folded)


def is_letter(character: str) -> bool:
    """Whether a character makes a word together with its neighbours."""
    return _LETTER.match(character) is not None


def index_text(texts: Iterable[str]) -> str:
    """What the index is given of texts: it splits at every ASCII character that is in no word, and nowhere else.

    The index folds ASCII by itself, so that a text of ASCII needs nothing done to it.
    """
    joined = "\n".join(texts)
    return joined if joined.isascii() else " ".join(_WORD.findall(fold(joined)))
