"""No record and no words that are looked for in it take longer than its text is long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.store.search import term as term_module
from runlog.store.search.term import Term
from runlog.store.search.words import fold

MILLION = 1_000_000
CPU = 2.0
"""Seconds for a text of a million characters: a tenth of one is needed, where a hundred words are tried at each place four."""

HOSTILE = {
    "the first words again and again": (("a",) * 99 + ("b",), "a " * (MILLION // 2)),
    "spaces": (("a",) * 99 + ("b",), "a" + " " * MILLION),
    "other alphabets": (("a",) * 99 + ("b",), "\u00e9 " + "a " * (MILLION // 2)),
    "ideographs": (("\u8a9e",) * 99 + ("b",), "\u8a9e" * MILLION),
    "two in turns": (("a", "b") * 49 + ("c",), "a b " * (MILLION // 4)),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_words_are_looked_for_in_a_time_that_grows_with_the_text(case):
    words, text = HOSTILE[case]
    began = time.process_time()
    assert not Term(words).is_in(text)
    assert Term(words[:-1]).is_in(text) is (case != "spaces")
    assert time.process_time() - began < CPU


WORDS = st.lists(st.sampled_from(["a", "b", "ab", "\u8a9e", "\u00e9", "a_b", "1"]), min_size=1, max_size=4)
TEXTS = st.text(alphabet="ab \u8a9e\u00e9_1.-", max_size=40)


@given(WORDS, TEXTS, st.booleans())
def test_a_long_text_has_what_a_short_one_has(words, text, is_prefix):
    folded, term = fold(text), Term(tuple(words), is_prefix=is_prefix)
    expected = term.is_in(folded)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(term_module, "SHORT", -1)
        assert term.is_in(folded) == expected
