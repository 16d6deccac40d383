"""The bytes that every matching record has: they decide which records are looked at at all, so they must never be too many."""

from __future__ import annotations

import logging
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runlog.handlers.record_payload import encode_log
from runlog.handlers.tracebacks import exception_fields
from runlog.log_record import decode_log
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_head import decode_head
from runlog.reading.needle import needle, required_literal


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        ("batch 7", "batch 7"),
        (r"loss=\d+", "loss="),
        (r"\d+ of", " of"),
        ("a+bc", "bc"),
        ("(one)two", "two"),
        ("one|two", ""),
        ("one(?=two)", "one"),
        ("colou?r", "colo"),
        (r"^begin\b", "begin"),
        (r"1\.5", "1.5"),
        ("[ab]c", "c"),
        ("(?i)one", ""),
        ("(?i:one) two", " two"),
        ("(?x) o n e", "one"),
        ("", ""),
        ("ünï", "ünï"),
    ],
)
def test_the_literal_of_a_pattern_is_its_longest_required_text(pattern, literal):
    assert required_literal(pattern) == literal


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("ValueError: no", b"ValueError"),
        ("Error: ", b"Error"),
        (": no such", b"no such"),
        (" no such", b"no such"),
        ("Error:", b"Error"),
        (": ", None),
        ("a|b", None),
    ],
)
def test_a_needle_does_not_cross_what_a_record_keeps_apart(pattern, expected):
    assert needle(pattern, (": ",)) == expected


WORDS = st.text(st.sampled_from("ab: .é"), max_size=8)
PATTERNS = st.recursive(
    st.text(st.sampled_from("ab: é"), min_size=1, max_size=4) | st.sampled_from([r"\.", ".", "[ab]", r"\s", "(?:)"]),
    lambda inner: (
        st.builds("".join, st.lists(inner, max_size=3))
        | inner.map(lambda one: f"(?:{one})?")
        | inner.map(lambda one: f"(?:{one})+")
        | inner.map(lambda one: f"(?i:{one})")
        | inner.map(lambda one: f"(?={one})")
        | st.builds("(?:{}|{})".format, inner, inner)
    ),
    max_leaves=5,
)


def record_of(message, error_text, *, as_args):
    made = logging.LogRecord("train", 20, "f.py", 1, "%s" if as_args else message, (message,) if as_args else (), None)
    if error_text is None:
        return encode_log(made, None)
    try:
        raise ValueError(error_text)
    except ValueError as error:
        made.exc_info = (type(error), error, error.__traceback__)
        return encode_log(made, exception_fields(made.exc_info))


@given(PATTERNS, WORDS, WORDS | st.none(), st.booleans())
@example("Error: a", "message", "a", False)
@example("ValueError:", "message", "b", True)
@example(": a", "message", "a", False)
@example("r: ", "message", " ", False)
def test_every_record_that_a_pattern_matches_has_its_needle(pattern, message, error_text, as_args):
    wanted = LogFilter(grep=re.compile(pattern))
    payload = record_of(message, error_text, as_args=as_args)
    matches = wanted.takes(decode_head(payload))
    assert not matches or wanted.needle is None or wanted.needle in payload


@given(WORDS, WORDS | st.none(), st.booleans())
def test_the_head_of_a_record_says_what_the_whole_record_says(message, error_text, as_args):
    payload = record_of(message, error_text, as_args=as_args)
    head, record = decode_head(payload), decode_log(payload)
    assert (head.time, head.origin.levelno, head.origin.level, head.origin.logger) == (
        record.time_ns,
        record.levelno,
        record.level,
        record.logger,
    )
    assert (head.origin.template if head.message is None else head.message) == record.message
    assert bool(head.origin.exception) == (record.exception is not None)


def test_a_needle_leaves_out_no_record_that_the_filter_takes():
    """A needle is only a short cut."""
    payloads = [record_of(f"batch {n}", f"no {n}" if n % 3 == 0 else None, as_args=n % 2 == 0) for n in range(30)]
    for pattern in ("batch 1", "Error: no 1", "no 2", r"\d2", "(?i)BATCH 3"):
        wanted = LogFilter(grep=re.compile(pattern))
        found = [one for one in payloads if wanted.takes(decode_head(one))]
        assert found
        assert [one for one in found if wanted.needle is None or wanted.needle in one] == found
