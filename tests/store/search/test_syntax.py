"""What can be typed into a search, and what is said where it can't be read."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from runlog.errors import QueryError, WrongTypeError
from runlog.reading.log_filter import LogFilter
from runlog.store.search.asked import Asked
from runlog.store.search.database import search_database
from runlog.store.search.syntax import MAX_CHARACTERS, MAX_WORDS, read_search
from runlog.store.search.term import Term


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("loss", [Term(("loss",))]),
        ("Loss NaN", [Term(("loss",)), Term(("nan",))]),
        ('"loss is NaN"', [Term(("loss", "is", "nan"))]),
        ("torch.cuda", [Term(("torch", "cuda"))]),
        ("check*", [Term(("check",), is_prefix=True)]),
        ("\U0001f642", [Term((), literal="\U0001f642")]),
        ('-"=>"', [Term((), is_excluded=True, literal="=>")]),
        ("torch.cu*", [Term(("torch", "cu"), is_prefix=True)]),
        ('"out of mem"*', [Term(("out", "of", "mem"), is_prefix=True)]),
        ("-debug", [Term(("debug",), is_excluded=True)]),
        ('-"slow batch"', [Term(("slow", "batch"), is_excluded=True)]),
        ("data-loader", [Term(("data", "loader"))]),
        ("http://host:80/x", [Term(("http", "host", "80", "x"))]),
        ('"level:error"', [Term(("level", "error"))]),
        ("NOT OR AND NEAR", [Term(("not",)), Term(("or",)), Term(("and",)), Term(("near",))]),
        ("", []),
        ("  \t ", []),
    ],
)
def test_words_phrases_beginnings_and_exclusions(text, terms):
    assert read_search(text).terms == terms


def test_fields_narrow_the_search():
    said = read_search(
        'timeout level:warning logger:"data loader" run:abc run:def after:2026-01-31T12:00:00Z before:1h'
    )
    assert (said.level, said.logger, said.runs) == (30, "data loader", ["abc", "def"])
    assert said.after == 1_769_860_800 * 10**9
    assert said.before == pytest.approx(time.time_ns() - 3600 * 10**9, abs=60 * 10**9)
    assert said.terms == [Term(("timeout",))]


@pytest.mark.parametrize(
    ("text", "column", "what"),
    [
        ('loss "is nan', 6, "quote is not closed"),
        ("loss --", 7, "a word"),
        ("loss -", 7, "a word"),
        ("*", 1, "a word"),
        ('loss ""', 6, "a word"),
        ("level:loud", 7, "unknown logging level 'loud': use DEBUG"),
        ("x level:", 9, "needs a value"),
        ("level:info level:error", 12, "twice"),
        ("-level:info", 1, "only words can be excluded"),
        ("after:yesterday", 7, "is no time"),
        ("after:99999-01-01", 7, "is no time"),
        ('"a"b', 4, "a space"),
        ('logger:"x"*', 11, "a space"),
    ],
)
def test_an_error_points_at_its_column(text, column, what):
    with pytest.raises(QueryError, match=what) as caught:
        read_search(text)
    assert caught.value.column == column


@given(st.text(st.sampled_from('ab "*-:level.0'), max_size=20))
def test_the_column_is_one_of_the_text(text):
    with contextlib.suppress(QueryError):
        read_search(text)
        return
    with pytest.raises(QueryError) as caught:
        read_search(text)
    assert 1 <= caught.value.column <= len(text) + 1


def test_what_is_too_long_is_refused():
    with pytest.raises(QueryError, match="make it shorter"):
        read_search("x" * (MAX_CHARACTERS + 1))
    with pytest.raises(QueryError, match="make it shorter"):
        read_search("x " * (MAX_WORDS + 1))
    with pytest.raises(WrongTypeError):
        read_search(7)


SEARCHES = st.text(st.sampled_from("aB1 \"*-:^()+{},.;'\\\0中é\nlevelrunafterORNOT"), max_size=60)


@pytest.fixture(scope="module")
def fts():
    database = search_database(None)
    with database.reading() as connection:
        connection.execute("INSERT INTO words (rowid, text) VALUES (1, 'a b')")
        yield connection
    database.close()


@given(text=st.one_of(SEARCHES, st.text(max_size=60)))
def test_whatever_is_typed_is_read_or_refused_and_the_index_understands_it(fts, text):
    try:
        said = read_search(text)
    except QueryError as error:
        event(f"refused: {str(error).splitlines()[0][-20:]}")
        return
    expression = Asked(tuple(said.terms), LogFilter(logger=said.logger or "")).index_expression
    if expression is not None:
        fts.execute("SELECT rowid FROM words WHERE words MATCH ?", (expression,)).fetchall()
