"""The one spelling of names, keys and texts."""

from __future__ import annotations

import enum
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.errors import WrongTypeError, WrongValueError
from runlog.names import NormalisedName, check_experiment_name, check_run_id, normalise, normalise_key, normalise_value

ANY_TEXT = st.text(st.characters(), max_size=400)
"""Also control characters and lone surrogates."""


@pytest.mark.parametrize(
    "name", ["loss", "train/loss", "Cosine Wave", "損失", "a.b-c:d", "~", "../../etc/passwd", "C:\\x"]
)
def test_an_ordinary_name_is_kept_as_it_is(name):
    assert normalise(name) == NormalisedName(name, None)


@pytest.mark.parametrize("spelling", ["loss ", " loss", "\tloss\n", "\u00a0loss\u3000"])
def test_blanks_at_the_ends_make_no_other_name(spelling):
    assert normalise(spelling).name == "loss"


def test_stripping_and_composing_lose_nothing_and_are_not_told():
    assert normalise(" cafe\u0301 ") == NormalisedName("caf\u00e9", None)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("a\nb", "a b"),
        ("a\x00b", "a\ufffdb"),
        ("a\x1b[31mb", "a\ufffd[31mb"),
        ("a\u2028b", "a b"),
        ("a\udc80b", "a\ufffdb"),
    ],
)
def test_what_cant_be_shown_is_replaced_and_told(given_name, kept):
    name, changed = normalise(given_name)
    assert name == kept
    assert "replaced" in changed


def test_a_name_of_255_characters_is_kept():
    assert normalise("x" * 255) == NormalisedName("x" * 255, None)


def test_a_longer_name_is_cut_and_told():
    name, changed = normalise("x" * 256)
    assert len(name) == 255
    assert name.startswith("x" * 246 + "~")
    assert "256 characters" in changed


def test_two_long_names_that_differ_at_their_ends_stay_two():
    assert normalise("x" * 300 + "a").name != normalise("x" * 300 + "b").name


@given(ANY_TEXT)
def test_a_kept_name_is_short_composed_stripped_shown_and_stays_what_it_is(text):
    try:
        name = normalise(text).name
    except WrongValueError:
        assert not unicodedata.normalize("NFC", "".join(c for c in text if unicodedata.category(c) != "Cc")).strip()
        return
    assert 1 <= len(name) <= 255
    assert name == unicodedata.normalize("NFC", name).strip()
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cs", "Zl", "Zp"}
    assert normalise(name) == NormalisedName(name, None)


@pytest.mark.parametrize("name", ["", " ", "\n\t", "\u2003"])
def test_an_empty_name_is_a_wrong_value(name):
    with pytest.raises(WrongValueError, match=r"the metric name .* is empty"):
        normalise(name, "metric name")


@pytest.mark.parametrize("name", [None, 1, b"loss", ["loss"], object()], ids=lambda name: type(name).__name__)
def test_a_name_that_is_no_text_is_a_wrong_type(name):
    for call in (normalise, normalise_key, normalise_value, check_experiment_name, check_run_id):
        with pytest.raises(WrongTypeError, match="must be a str"):
            call(name)


def test_a_name_of_a_subclass_of_str_becomes_a_plain_text():
    member = enum.Enum("Names", {"LOSS": "loss"}, type=str).LOSS
    assert type(normalise(member).name) is str
    assert normalise(member).name == "loss"


def test_a_tag_key_goes_by_the_rules_of_names():
    assert normalise_key(" team ") == NormalisedName("team", None)


def test_a_value_keeps_its_blanks_and_line_breaks_and_may_be_empty():
    assert normalise_value(" a\n\tb ") == NormalisedName(" a\n\tb ", None)
    assert normalise_value("") == NormalisedName("", None)


def test_a_value_over_the_limit_is_cut_and_says_so_itself():
    value, changed = normalise_value("x" * 8_001)
    assert len(value) == 8_000
    assert "[cut, 8001 characters, sha256 " in value
    assert "8001 characters" in changed


@given(ANY_TEXT, st.integers(1, 100))
def test_a_kept_value_fits_its_limit_and_utf8(text, limit):
    value, changed = normalise_value(text, limit=limit)
    assert len(value) <= limit
    assert (changed is None) == (value == text)
    value.encode()


@pytest.mark.parametrize("name", ["diabetes", "a", "0-9_x", "größe", "x" * 255])
def test_an_experiment_is_named_as_azure_allows(name):
    assert check_experiment_name(name) == name


@pytest.mark.parametrize("name", ["", "-x", "_x", "a b", "a/b", "a.b", "a\n", "größe ", "x" * 256, "..", "\ud800"])
def test_other_names_of_experiments_are_wrong_values(name):
    with pytest.raises(WrongValueError, match="can't name an experiment"):
        check_experiment_name(name)


@pytest.mark.parametrize("run_id", ["a", "0a-b_c", "x" * 128])
def test_a_run_id_goes_by_mlflows_rule(run_id):
    assert check_run_id(run_id) == run_id


@pytest.mark.parametrize("run_id", ["", "-a", "a b", "a/b", "..", "ä", "a\n", "x" * 129])
def test_other_run_ids_are_wrong_values(run_id):
    with pytest.raises(WrongValueError, match="can't be a run id"):
        check_run_id(run_id)
