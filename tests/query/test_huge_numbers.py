"""A number, a length of time or a moment in a query may be as large as it likes: the query is answered, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.errors import QueryError
from runlog.query.evaluate import answer
from runlog.query.parse import MAX_CHARACTERS, parse

FIELDS = ("metrics.m", "params.p", "tags.t", "started", "ended", "duration", "attempts", "count(metrics.m)")
NUMBERS = (
    *("9" * 5_000, "9" * 601, "9" * 600, "-" + "9" * 600, "1e400", "-1e400", "1e308", "-1e308", "1e999999999"),
    *("0." + "0" * 5_000 + "1", "1_" * 300 + "1", "nan", "inf", "-inf", "9" * 5_000 + "d", "9" * 599 + "w", "1.5e5000"),
    *("'9999999999-01-01'", "'9999-12-31T23:59:59Z'", "'0001-01-01'", "'-2000-01-01'", "'1e999'", f"'{'9' * 5_000}'"),
)


class Run:
    """Has something for every field."""

    def __init__(self, value):
        self._value = value

    def value(self, field):
        return self._value


RUNS = [Run(one) for one in (1, -1, 10**30, 1.5, float("inf"), float("nan"), "9" * 6_000, "1e999", "", None)]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda one: one[:12])
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("form", ["{} < {}", "{} in (1, {})", "not {} >= {} order by metrics.m", "{} = {} limit 3"])
def test_any_number_is_compared_or_refused(form, field, number):
    try:
        query = parse(form.format(field, number))
    except QueryError:
        return
    answer(query, RUNS, 1_700_000_000 * 10**9)


@pytest.mark.parametrize("number", ["9" * 5_000, "9" * 601, "1e3", "-1", "1.5", "inf", "nan"])
def test_a_limit_that_is_none_is_refused_with_its_place(number):
    with pytest.raises(QueryError) as refused:
        parse(f"metrics.m < 1 limit {number}")
    assert refused.value.column == len("metrics.m < 1 limit ") + 1 or number == "-1"


@given(st.text(alphabet="0123456789_.eE+-dhwmsnaif'", min_size=1, max_size=40), st.sampled_from(FIELDS))
def test_whatever_looks_like_a_number_is_one_or_is_refused(text, field):
    try:
        query = parse(f"{field} < {text}")
    except QueryError:
        return
    answer(query, RUNS, 0)


def test_a_query_of_one_endless_number_is_refused_by_its_length():
    with pytest.raises(QueryError, match="characters"):
        parse("metrics.m < " + "9" * MAX_CHARACTERS)
