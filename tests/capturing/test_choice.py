"""What ``capture=`` may be."""

from __future__ import annotations

import logging
import sys

import msgspec
import pytest

import runlog
from runlog.capturing.choice import Capture, capture_of
from runlog.errors import WrongTypeError, WrongValueError


def _sources(choice: Capture) -> list[object]:
    return [value for name, value in msgspec.structs.asdict(choice).items() if name != "loggers"]


def test_by_default_it_is_uncaught_exceptions():
    assert capture_of(None) == Capture(uncaught=True) == Capture()


def test_true_is_every_source_and_false_is_none():
    assert all(_sources(capture_of(True)))
    assert not any(_sources(capture_of(False)))


def test_a_mapping_adds_sources_and_loggers_to_the_default():
    assert capture_of({"stdout": "fd", "urllib3": "warning", "httpx": logging.DEBUG}) == Capture(
        stdout="fd", loggers={"urllib3": logging.WARNING, "httpx": logging.DEBUG}
    )


@pytest.mark.parametrize(
    ("choice", "error"),
    [
        ("stdout", WrongTypeError),
        (["stdout"], WrongTypeError),
        ({1: True}, WrongTypeError),
        ({"stdout": 1}, WrongTypeError),
        ({"stdout": "file"}, WrongValueError),
        ({"warnings": "fd"}, WrongValueError),
        ({"transformers": True}, WrongTypeError),
        ({"transformers": None}, WrongTypeError),
        ({"": "INFO"}, WrongTypeError),
        ({"root": "INFO"}, WrongTypeError),
    ],
)
def test_a_wrong_choice_is_refused_before_a_run_begins(workspace, choice, error):
    with pytest.raises(error, match="capture"):
        runlog.start("x", capture=choice)
    assert list(workspace.runs()) == []


def test_a_level_that_does_not_exist_is_refused_by_its_name():
    with pytest.raises(WrongValueError, match="LOUD"):
        capture_of({"transformers": "LOUD"})


def test_sources_are_given_by_name_or_as_a_whole():
    with pytest.raises(WrongTypeError, match="not both"):
        runlog.capture(False, stdout=True)


def test_named_sources_are_the_only_ones(workspace):
    before = sys.stderr
    with runlog.start("x", capture=False), runlog.capture(stdout=True):
        assert sys.stderr is before
