"""`like` is answered in a time that grows with the text and with the pattern, not with their product's worst."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.errors import QueryError
from runlog.query.deadline import Deadline
from runlog.query.evaluate import answer
from runlog.query.like import like
from runlog.query.parse import parse

MILLION = 1_000_000
CPU = 20.0
"""Seconds for a million characters: some tenths of one are needed, where what is tried again and again takes minutes."""


@given(st.text(alphabet="ab", max_size=60), st.text(alphabet="ab__%", max_size=20), st.booleans())
def test_a_text_fits_as_it_fits_a_regular_expression(text, pattern, ignore_case):
    expression = "".join({"%": ".*", "_": "."}.get(one, one) for one in pattern)
    assert like(pattern, ignore_case=ignore_case)(text) == bool(re.fullmatch(expression, text, re.DOTALL))


@given(st.text(alphabet="ab", min_size=200, max_size=400), st.text(alphabet="ab_", min_size=8, max_size=40))
def test_a_piece_is_found_where_a_regular_expression_finds_it_however_often_it_begins(text, piece):
    found = re.search(piece.replace("_", "."), text, re.DOTALL)
    assert like(f"%{piece}%", ignore_case=False)(text) == (found is not None)


@given(st.text(max_size=30))
def test_a_text_fits_itself_in_any_case_of_its_letters(text):
    plain = text.replace("%", "x").replace("_", "x")
    assert like(plain, ignore_case=True)(plain)
    if len(plain.swapcase()) == len(plain) and plain.isascii():
        assert like(plain.swapcase(), ignore_case=True)(plain)


HOSTILE = {
    "any characters before one": ("%" + "_" * 3_000 + "x%", "a" * MILLION),
    "any characters between": ("%a" + "_" * 3_000 + "b%", "a" * MILLION),
    "one by one": ("%" + "a_" * 1_500 + "b%", "a" * MILLION),
    "one by one, and never": ("%" + "a_" * 1_500 + "a%", ("a" * 2_900 + "bb") * (MILLION // 2_902)),
    "pieces of several": ("%" + "aa_aaa_%" * 600 + "b%", "a" * MILLION),
    "many pieces": ("%a" * 4_000 + "%b", "a" * MILLION),
    "a needle of its own": ("%" + "a" * 4_000 + "_b%", "a" * MILLION),
    "letters of no case": ("%" + "_" * 2_000 + "\u00df%", "\u017f" * MILLION),
}


@pytest.mark.parametrize("ignore_case", [False, True])
@pytest.mark.parametrize("case", HOSTILE)
def test_a_pattern_made_for_it_takes_no_longer_than_its_text(case, ignore_case):
    pattern, text = HOSTILE[case]
    fits = like(pattern, ignore_case=ignore_case)
    began = time.process_time()
    fits(text)
    assert time.process_time() - began < CPU


class Run:
    def __init__(self, text):
        self.text = text

    def value(self, field):
        return self.text


@pytest.mark.parametrize(
    "query",
    [
        "description like '%a" + "_a" * 2_000 + "b%'",
        " or ".join(["description like '%_a_b%'"] * 300),
        f"description in ({', '.join(repr('x') for _ in range(1_500))})",
    ],
)
def test_a_query_that_takes_too_long_is_given_up_and_says_so(query):
    rows = [Run("a" * 20_000)] * 10_000
    with pytest.raises(QueryError, match=r"not answered after 0\.2 s, and given up: ask for less"):
        answer(parse(query), rows, 0, Deadline(0.2))


def test_sorting_by_very_many_fields_is_given_up_as_well():
    rows = [Run("a" * 100) for _ in range(20_000)]
    query = parse("order by " + ", ".join(f"tags.t{one}" for one in range(300)))
    with pytest.raises(QueryError, match="given up"):
        answer(query, rows, 0, Deadline(0.2))
