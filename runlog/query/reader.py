"""Makes a query of lark's tree: names are looked up, literals fitted to what they are compared with."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lark import Token, Transformer, v_args

from runlog.errors import RunLogError, WrongValueError
from runlog.names import did_you_mean, group_name, normalise
from runlog.query.pointing import fault
from runlog.query.syntax import (
    ALIASES,
    ATTRIBUTES,
    AllOf,
    AnyOf,
    Compare,
    Duration,
    Field,
    IsNull,
    Kind,
    Like,
    Not,
    OneOf,
    Ordering,
    Query,
    Space,
    Value,
)
from runlog.statuses import known_status

MAX_DIGITS = 600
"""Digits of a number: Python may be told to read no more than 640."""
_UNITS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86_400 * 10**9, "w": 604_800 * 10**9}
"""In nanoseconds."""
_SPACES = {
    "metric": Space.METRICS,
    "param": Space.PARAMS,
    "parameter": Space.PARAMS,
    "tag": Space.TAGS,
    "property": Space.PROPERTIES,
    "propertie": Space.PROPERTIES,
    "attribute": Space.ATTRIBUTES,
    "attr": Space.ATTRIBUTES,
    "run": Space.ATTRIBUTES,
}
"""By the first word of a field, less its plural's ending."""


@v_args(inline=True)
class Reader(Transformer[Any, Query]):
    """Makes the parts of a :class:`Query` from lark's tree."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def start(self, condition: Any, order: Any, limit: Any) -> Query:
        return Query(condition, tuple(order or ()), limit)

    def any_of(self, *conditions: Any) -> Any:
        return conditions[0] if len(conditions) == 1 else AnyOf(conditions)

    def all_of(self, *conditions: Any) -> Any:
        return conditions[0] if len(conditions) == 1 else AllOf(conditions)

    def negated(self, condition: Any) -> Any:
        return Not(condition)

    def compare(self, field: Field, operator: Token, value: tuple[Token, Value | Duration]) -> Any:
        plain: Any = {"==": "=", "<>": "!="}.get(operator, str(operator))
        return Compare(field, plain, self._fitting(field, value))

    def one_of(self, field: Field, negated: Token | None, *values: tuple[Token, Value | Duration]) -> Any:
        found = OneOf(field, tuple(self._fitting(field, value) for value in values))
        return Not(found) if negated is not None else found

    def like(self, field: Field, negated: Token | None, like: Token, pattern: Token) -> Any:
        if field.kind not in {None, Kind.TEXT, Kind.STATUS}:
            raise fault(self.text, like.start_pos or 0, f"{field.key} is no text: compare it with < = >")
        text = unicodedata.normalize("NFC", _unquoted(pattern)) if _is_composed(field) else _unquoted(pattern)
        found = Like(field, text, ignore_case=like.lower() == "ilike")
        return Not(found) if negated is not None else found

    def is_null(self, field: Field, negated: Token | None) -> Any:
        return Not(IsNull(field)) if negated is not None else IsNull(field)

    def aggregate(self, function: Token, field: Field) -> Field:
        if field.space is not Space.METRICS:
            raise fault(self.text, function.start_pos or 0, f"{function}(...) takes a metric, such as metrics.loss")
        name: Any = function.lower()
        return Field(Space.METRICS, field.key, name)

    def keyed(self, token: Token) -> Field:
        space, _, key = token.partition(".")
        known = _SPACES[space.strip().lower().removesuffix("s")]
        name = _unquoted_key(key.strip())
        if known is Space.ATTRIBUTES:
            return self._attribute(token, name)
        try:
            return Field(known, normalise(name).name)
        except WrongValueError as error:
            raise fault(self.text, token.start_pos or 0, str(error)) from None

    def attribute(self, token: Token) -> Field:
        return self._attribute(token, str(token))

    def order(self, *orderings: Ordering) -> Sequence[Ordering]:
        return orderings

    def ordering(self, field: Field, direction: Token | None) -> Ordering:
        return Ordering(field, descending=direction is not None and direction.lower() == "desc")

    def limit(self, token: Token) -> int:
        if not token.isdecimal():
            raise fault(self.text, token.start_pos or 0, "limit takes a whole number")
        _, number = self.number(token)
        return int(number)

    def number(self, token: Token) -> tuple[Token, Value]:
        plain = token.replace("_", "")
        if len(plain) > MAX_DIGITS:
            raise fault(self.text, token.start_pos or 0, f"a number has {len(plain)} characters, over {MAX_DIGITS}")
        try:
            return token, int(plain)
        except ValueError:
            return token, float(plain)

    def duration(self, token: Token) -> tuple[Token, Duration]:
        digits = token.rstrip("msdhwMSDHW")
        if len(digits) > MAX_DIGITS:
            raise fault(self.text, token.start_pos or 0, f"a duration has {len(digits)} digits, over {MAX_DIGITS}")
        return token, Duration(round(Fraction(digits) * _UNITS[token[len(digits) :].lower()]))

    def string(self, token: Token) -> tuple[Token, Value]:
        return token, _unquoted(token)

    def boolean(self, token: Token) -> tuple[Token, Value]:
        return token, token.lower() == "true"

    def _attribute(self, token: Token, name: str) -> Field:
        lower = name.lower()
        key = ALIASES.get(lower, lower)
        if key not in ATTRIBUTES:
            near = did_you_mean(lower, [*ATTRIBUTES, *ALIASES])
            raise fault(
                self.text,
                token.start_pos or 0,
                f"a run has no attribute {name!r}: {f'{near} ' if near else ''}What you logged is metrics.{name}, "
                f"params.{name} or tags.{name}; the attributes are {', '.join(ATTRIBUTES)}",
            )
        return Field(Space.ATTRIBUTES, key)

    def _fitting(self, field: Field, value: tuple[Token, Value | Duration]) -> Value | Duration:
        """A literal that the field can be compared with; times become UTC nanoseconds, or durations from now."""
        token, literal = value
        try:
            fitting = _literal_for(field.kind, literal)
            return _spelt(field, fitting) if isinstance(fitting, str) else fitting
        except _UnfitError as error:
            raise fault(self.text, token.start_pos or 0, f"{field.key} {error}") from None
        except RunLogError as error:
            raise fault(self.text, token.start_pos or 0, str(error)) from None


class _UnfitError(Exception):
    """A literal that a field can't be compared with: what the field is, and what to give."""


def _literal_for(kind: Kind | None, literal: Value | Duration) -> Value | Duration:
    if kind is Kind.TIME:
        return _moment(literal)
    if kind is Kind.DURATION:
        if isinstance(literal, Duration):
            return literal
        if isinstance(literal, int) and not isinstance(literal, bool):
            return Duration(literal * 1_000_000_000)
        if isinstance(literal, float) and math.isfinite(literal):
            return Duration(round(Fraction(literal) * 1_000_000_000))
        raise _UnfitError("is a length of time: give 90s, 2h or a number of seconds")
    if isinstance(literal, Duration):
        raise _UnfitError("is no time: give a number or a text in quotes")
    if kind in {Kind.TEXT, Kind.STATUS} and not isinstance(literal, str):
        raise _UnfitError("is a text: put it in quotes")
    return literal


def _is_composed(field: Field) -> bool:
    """Whether a field's texts are names that are kept in NFC."""
    return field.space is Space.ATTRIBUTES and field.key in {"experiment", "group"}


def _spelt(field: Field, literal: str) -> str:
    """A text in the one spelling that the field's values have.

    Raises:
        WrongValueError: there is no such status.
    """
    if field.kind is Kind.STATUS:
        return known_status(literal)
    if field.space is Space.ATTRIBUTES and field.key == "group" and literal.strip():
        return group_name(literal)
    return unicodedata.normalize("NFC", literal) if _is_composed(field) else literal


def _moment(literal: Value | Duration) -> int | Duration:
    """A moment as UTC nanoseconds: of ISO 8601 (local where it names no zone), or milliseconds since 1970, MLflow's."""
    from datetime import datetime

    if isinstance(literal, Duration):
        return literal
    if isinstance(literal, str):
        try:
            when = datetime.fromisoformat(literal.replace("Z", "+00:00") if literal.endswith("Z") else literal)
            return int(when.timestamp() * 1_000_000) * 1000
        except (ValueError, OverflowError, OSError):
            raise _UnfitError("is a time: give '2026-01-31T13:05', or how long ago: -2h, -7d") from None
    if isinstance(literal, bool):
        raise _UnfitError("is a time, neither true nor false")
    try:
        return int(literal * 1_000_000)
    except (ValueError, OverflowError):
        raise _UnfitError("is a time: give '2026-01-31T13:05', or how long ago: -2h, -7d") from None


def _unquoted(token: str) -> str:
    """The text of a literal in quotes; a backslash keeps the quote after it, and means itself before anything else."""
    quote = token[0]
    return token[1:-1].replace(f"\\{quote}", quote).replace("\\\\", "\\")


def _unquoted_key(key: str) -> str:
    if key.startswith("`"):
        return key[1:-1]
    return _unquoted(key) if key.startswith('"') else key
