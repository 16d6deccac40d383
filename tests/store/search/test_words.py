"""What a word is: the same to the index and to the check of a record."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.store.search.database import search_database
from runlog.store.search.term import Term
from runlog.store.search.words import fold, index_text, words
from support.searched_runs import has_term

TEXTS = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("aBß_ .-0\n\0é中문カİﬁK\u0301")), max_size=40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Loss is NaN", ["loss", "is", "nan"]),
        ("torch.cuda.OutOfMemoryError", ["torch", "cuda", "outofmemoryerror"]),
        ("data-loader_2: 0.25s", ["data", "loader_2", "0", "25s"]),
        ("lr=1e-05, /tmp/run.log", ["lr", "1e", "05", "tmp", "run", "log"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("caf\u00e9 cafe\u0301", ["caf\u00e9", "caf\u00e9"]),
        ("Ошибка ΔΙΣ", ["ошибка", "δι\u03c3"]),
        ("训练完成 epoch3轮", ["训", "练", "完", "成", "epoch3", "轮"]),
        ("", []),
        ("--- = ---", []),
    ],
)
def test_words_are_letters_digits_and_underscores_without_case(text, expected):
    assert words(text) == expected


@given(TEXTS)
def test_the_case_of_a_text_changes_no_word(text):
    assert words(text.casefold()) == words(text)


@pytest.fixture(scope="module")
def fts():
    """The index's own table of words, and a view of what it holds."""
    database = search_database(None)
    with database.reading() as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.entries USING fts5vocab(main, words, 'row')")
        yield connection
    database.close()


@given(texts=st.lists(TEXTS, max_size=4))
def test_the_index_has_the_words_of_its_texts_and_no_others(fts: sqlite3.Connection, texts):
    fts.execute("SAVEPOINT example")
    try:
        fts.execute("INSERT INTO words (rowid, text) VALUES (1, ?)", (index_text(texts),))
        held = {term for (term,) in fts.execute("SELECT term FROM entries")}
    finally:
        fts.execute("ROLLBACK TO example")
    assert held == {word for text in texts for word in words(text)}


@given(TEXTS, st.data())
def test_a_term_is_found_where_its_words_follow_one_another(text, data):
    there = words(text) or ["none"]
    begin = data.draw(st.integers(0, len(there) - 1))
    wanted = there[begin : begin + data.draw(st.integers(1, 3))]
    cut = data.draw(st.integers(1, len(wanted[-1])))
    wanted[-1] = data.draw(st.sampled_from([wanted[-1], wanted[-1][:cut], wanted[-1] + "x"]))
    term = Term(tuple(wanted), is_prefix=data.draw(st.booleans()))
    assert term.is_in(fold(text)) is has_term(text, term)


@pytest.mark.parametrize("word", ["a.b", "x*", '"', "(", "^"])
def test_no_character_of_a_word_has_another_meaning(word):
    assert not any(re.fullmatch(r"\w+", one) is None for one in words(word))
