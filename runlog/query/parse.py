"""Reads a query. Every error names the column, and what is expected there."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NoReturn

from runlog.errors import MissingExtraError, QueryError, WrongTypeError
from runlog.query.pointing import fault
from runlog.query.syntax import Query

if TYPE_CHECKING:
    from lark import Lark

MAX_CHARACTERS = 10_000
"""A longer query is refused: nobody types it, and nesting is bounded by it."""
MAX_DEPTH = 100
_EXPECTED = {
    "FIELD": "metrics.NAME, params.NAME or tags.NAME",
    "WORD": "an attribute",
    "FUNCTION": "min(...)",
    "OPERATOR": "a comparison",
    "NUMBER": "a number",
    "STRING": "a text in quotes",
    "DURATION": "a duration such as 2h",
    "BOOLEAN": "true or false",
    "LIKE": "like",
    "NOT": "not",
    "DIRECTION": "asc or desc",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "$END": "the end",
}
"""What a terminal of the grammar is called in a message; one that is not here is a word, named as it is typed."""


def parse(text: str) -> Query:
    """Read a query.

    Args:
        text: such as ``metrics.loss < 0.1 and tags.team = "x" order by metrics.loss``; blank for all runs.

    Raises:
        QueryError: it can't be read; the message points at the column.
        WrongTypeError: it is no text.
        MissingExtraError: lark is not installed.
    """
    if not isinstance(text, str):
        raise WrongTypeError(f"a query is a text such as 'metrics.loss < 0.1', not {type(text).__name__}: {text!r}")
    if len(text) > MAX_CHARACTERS:
        raise QueryError(f"the query has {len(text)} characters, over {MAX_CHARACTERS}: make it shorter")
    _check_depth(text)
    return _parsed(text)


def _parsed(text: str) -> Query:
    parser = _parser()
    from lark.exceptions import UnexpectedInput, VisitError

    from runlog.query.reader import Reader

    try:
        tree = parser.parse(text)
    except UnexpectedInput as error:
        _refuse(text, error)
    try:
        query: Query = Reader(text).transform(tree)
    except VisitError as error:
        if isinstance(error.orig_exc, QueryError):
            raise error.orig_exc from None
        raise
    return query


def _check_depth(text: str) -> None:
    """Refuse what is nested so deeply that answering it would exhaust the interpreter's stack."""
    depth = 0
    for at, one in enumerate(text):
        depth += (one == "(") - (one == ")")
        if depth > MAX_DEPTH:
            raise fault(text, at, f"more than {MAX_DEPTH} parentheses are open")
    if text.lower().count("not") > 3 * MAX_DEPTH:
        raise QueryError(f"the query has more than {3 * MAX_DEPTH} times 'not': make it simpler")


@functools.cache
def _parser() -> Lark:
    try:
        from lark import Lark
    except ImportError as error:
        raise MissingExtraError(
            "queries need lark, which belongs to runlog: pip install --force-reinstall runlog-ml"
        ) from error
    grammar = files("runlog.query").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=True, propagate_positions=False)


def _refuse(text: str, error: Any) -> NoReturn:
    at = min(max(error.pos_in_stream if error.pos_in_stream is not None else len(text), 0), len(text))
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        at = len(text)
    allowed = getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", None)
    what = f"expected {_listed(allowed)}" if allowed else "unexpected text"
    raise fault(text, at, what) from None


def _listed(terminals: Iterable[str]) -> str:
    words = sorted({_EXPECTED.get(one, one.strip("_").lower()) for one in terminals})
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
