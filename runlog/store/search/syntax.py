"""Reads what is typed into a search. Every error points at its column."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from runlog.errors import QueryError, RunLogError, WrongTypeError
from runlog.levels import typed_level
from runlog.query.pointing import fault
from runlog.reading.moments import nanoseconds_of_text
from runlog.store.search.term import Term
from runlog.store.search.words import fold, words

MAX_CHARACTERS = 10_000
MAX_WORDS = 100
"""A search with more is refused: each is looked up in the index."""

_PIECE = re.compile(
    r'(?P<minus>-?)(?:(?P<field>level|logger|run|after|before):)?(?:"(?P<quoted>[^"]*)(?P<end>"?)(?P<star>\*?)|(?P<plain>\S*))'
)


@dataclass
class SearchText:
    """What a search's text says."""

    terms: list[Term] = field(default_factory=list)
    level: int | None = None
    logger: str | None = None
    runs: list[str] = field(default_factory=list)
    after: int | None = None
    before: int | None = None


def read_search(text: str) -> SearchText:
    """Read a search.

    Args:
        text: words, ``"words one after another"``, ``begin*``, ``-word`` for what may not be there, signs such as an
            emoji (of ASCII in quotes), and ``level:``, ``logger:``, ``run:``, ``after:``, ``before:`` with a value. All
            of it is asked of a record at once.

    Raises:
        QueryError: it can't be read; the message points at the column.
        WrongTypeError: it is no text.
    """
    if not isinstance(text, str):
        raise WrongTypeError(f"a search is a text such as 'timeout level:error', not {type(text).__name__}: {text!r}")
    if len(text) > MAX_CHARACTERS:
        raise QueryError(f"the search has {len(text)} characters, over {MAX_CHARACTERS}: make it shorter")
    said, at = SearchText(), 0
    while (rest := text[at:].lstrip()) != "":
        at = len(text) - len(rest)
        piece = _PIECE.match(text, at)
        assert piece is not None, "every part of the expression may be empty"
        _check(text, piece)
        if piece["field"] is None:
            said.terms.append(_term(text, piece))
        else:
            _take_field(said, text, piece)
        at = piece.end()
    if sum(max(1, len(term.words)) for term in said.terms) > MAX_WORDS:
        raise QueryError(f"the search has more than {MAX_WORDS} words: make it shorter")
    return said


def _check(text: str, piece: re.Match[str]) -> None:
    if piece["quoted"] is not None and not piece["end"]:
        raise fault(text, piece.start("quoted") - 1, "the quote is not closed")
    if piece["field"] is not None and piece["minus"]:
        raise fault(text, piece.start(), f"only words can be excluded, {piece['field']}: can't")
    if piece["field"] is not None and piece["star"]:
        raise fault(text, piece.start("star"), "a space is missing")
    following = text[piece.end() : piece.end() + 1]
    if following and not following.isspace():
        raise fault(text, piece.end(), "a space is missing")


def _term(text: str, piece: re.Match[str]) -> Term:
    plain = piece["plain"]
    found = tuple(words(piece["quoted"] if plain is None else plain))
    at = piece.start() + len(piece["minus"])
    if not found:
        signs = (piece["quoted"] if plain is None else plain.removesuffix("*")).strip()
        if not signs or (plain is not None and signs.isascii()):
            raise fault(text, min(at, len(text)), "expected a word, or signs in quotes")
        return Term((), is_excluded=bool(piece["minus"]), literal=fold(signs))
    is_prefix = bool(piece["star"]) if plain is None else plain.endswith("*")
    return Term(found, is_prefix=is_prefix, is_excluded=bool(piece["minus"]))


def _take_field(said: SearchText, text: str, piece: re.Match[str]) -> None:
    value, at = (
        (piece["quoted"], piece.start("quoted")) if piece["plain"] is None else (piece["plain"], piece.start("plain"))
    )
    if not value:
        raise fault(text, at, f"{piece['field']}: needs a value")
    if piece["field"] == "run":
        said.runs.append(value)
        return
    if getattr(said, piece["field"]) is not None:
        raise fault(text, piece.start("field"), f"{piece['field']}: is there twice")
    read: Callable[[str], int | str] = _READ[piece["field"]]
    try:
        setattr(said, piece["field"], read(value))
    except RunLogError as error:
        raise fault(text, at, str(error)) from None


_READ: dict[str, Callable[[str], int | str]] = {
    "level": typed_level,
    "logger": str,
    "after": nanoseconds_of_text,
    "before": nanoseconds_of_text,
}
