"""Answers a query over runs that are looked at one by one.

A comparison with something that a run does not have is false, its negation true: ``not metrics.loss < 1`` takes runs
without a loss, ``metrics.loss >= 1`` does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from operator import eq, ge, gt, itemgetter, le, lt, ne
from typing import Any, Protocol, TypeVar

from runlog.query.deadline import Deadline
from runlog.query.like import like
from runlog.query.syntax import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Duration,
    Field,
    IsNull,
    Kind,
    Like,
    Not,
    OneOf,
    Ordering,
    Query,
    Value,
)


class Row(Protocol):
    """What a query asks of one run."""

    def value(self, field: Field) -> Any:
        """The run's value of a field, None where it has none. Times and durations are integers of nanoseconds."""


R = TypeVar("R", bound=Row)
Test = Callable[[Row], bool]
Check = Callable[[], None]
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_FAILED = {"failed": {"failed", "crashed"}}
"""Statuses that another one includes: a run that crashed has failed."""


def answer(query: Query, rows: Iterable[R], now: int, deadline: Deadline | None = None) -> list[R]:
    """The rows that a query takes, in its order; without one, in theirs.

    Args:
        query: the query.
        rows: all that are asked.
        now: UTC nanoseconds, from which durations count.
        deadline: when to give up; None: never.

    Raises:
        QueryError: it took longer.
    """
    check = _nothing if deadline is None else deadline.check
    test = (lambda _: True) if query.condition is None else _test(query.condition, now, check)
    found = []
    for row in rows:
        if test(row):
            found.append(row)
            if not query.order and query.limit is not None and len(found) >= query.limit:
                break
    for ordering in reversed(query.order):
        check()
        found = _sorted(found, ordering)
    return found[: query.limit]


def _nothing() -> None:
    return


def _test(condition: Condition, now: int, check: Check) -> Test:
    if isinstance(condition, AllOf):
        tests = [_test(one, now, check) for one in condition.conditions]
        return lambda row: all(test(row) for test in tests)
    if isinstance(condition, AnyOf):
        tests = [_test(one, now, check) for one in condition.conditions]
        return lambda row: any(test(row) for test in tests)
    if isinstance(condition, Not):
        inner = _test(condition.condition, now, check)
        return lambda row: not inner(row)
    field = condition.field
    if isinstance(condition, IsNull):
        return lambda row: row.value(field) is None
    holds = _of_value(condition, now)

    def test(row: Row) -> bool:
        check()
        return (value := row.value(field)) is not None and holds(value)

    return test


def _of_value(condition: Compare | OneOf | Like, now: int) -> Callable[[Any], bool]:
    kind = condition.field.kind
    if isinstance(condition, Like):
        fits = like(condition.pattern, ignore_case=condition.ignore_case)
        return lambda value: fits(str(value))
    if isinstance(condition, OneOf):
        literals = [_literal(one, kind, now) for one in condition.values]
        return lambda value: any(compare("=", value, literal, kind) for literal in literals)
    operator, literal = condition.operator, _literal(condition.value, kind, now)
    return lambda value: compare(operator, value, literal, kind)


def _literal(value: Value | Duration, kind: Kind | None, now: int) -> Value:
    if isinstance(value, Duration):
        return now + value.nanoseconds if kind is Kind.TIME else value.nanoseconds
    return value


def compare(operator: str, value: Any, literal: Value, kind: Kind | None = None) -> bool:
    """Whether a run's value stands so to a literal.

    Numbers compare as numbers, also where one side is the text of a number (parameters of MLflow clients are texts);
    else both sides compare as texts. Not-a-number equals itself and is neither smaller nor larger than anything.
    """
    if kind is Kind.STATUS:
        return _compare_status(operator, str(value).lower(), str(literal).lower())
    if isinstance(literal, bool) or isinstance(value, bool):
        same = _truth(value) is not None and _truth(value) == _truth(literal)
        return {"=": same, "!=": not same}.get(operator, False)
    if not (isinstance(value, str) and isinstance(literal, str)):
        mine, other = _number(value), _number(literal)
        if mine is not None and other is not None:
            return _compare_numbers(operator, mine, other)
        if not isinstance(literal, str):
            return operator == "!="
    return _OPERATORS[operator](str(value), str(literal))


def _compare_status(operator: str, value: str, literal: str) -> bool:
    within = value in _FAILED.get(literal, {literal})
    return {"=": within, "!=": not within}.get(operator, _OPERATORS[operator](value, literal))


def _compare_numbers(operator: str, value: Any, literal: Any) -> bool:
    if _is_nan(value) or _is_nan(literal):
        same = _is_nan(value) and _is_nan(literal)
        return {"=": same, "!=": not same}.get(operator, False)
    return _OPERATORS[operator](value, literal)


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    number = _number(value)
    return {0: False, 1: True}.get(number) if number is not None else None


def _number(value: Any) -> Any:
    """A value as a number, exactly where it is an integer or float; None where it is none."""
    if isinstance(value, int | float):
        return value
    try:
        return float(value)
    except OverflowError:  # a fraction
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        return None


def _is_nan(number: Any) -> bool:
    return isinstance(number, float) and math.isnan(number)


def _sorted(rows: Sequence[R], ordering: Ordering) -> list[R]:
    """Rows by one field, numbers before texts; those without it, or with not-a-number, last."""
    known: list[tuple[tuple[int, Any], R]] = []
    unknown: list[R] = []
    for row in rows:
        value = row.value(ordering.field)
        if value is None or _is_nan(value):
            unknown.append(row)
        else:
            known.append((_place(value), row))
    known.sort(key=itemgetter(0), reverse=ordering.descending)
    return [*(row for _, row in known), *unknown]


def _place(value: Any) -> tuple[int, Any]:
    """What a value is sorted by: as a number where it is one, also one that is written as a text, else as a text."""
    number = _number(value)
    return (1, str(value)) if number is None or _is_nan(number) else (0, number)
