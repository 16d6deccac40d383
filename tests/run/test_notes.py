"""Notes on a run."""

from __future__ import annotations

import getpass
from datetime import datetime, timedelta, timezone

import pytest

import runlog
from runlog import Run
from runlog.errors import WrongTypeError, WrongValueError


def test_notes_add_up_with_their_time_and_author():
    with runlog.start("notes") as run:
        run.note("a *first* note")
        run.note("a second one\n\n- with a list", author="Ada")
        assert [(note.text, note.author) for note in run.notes] == [
            ("a *first* note", getpass.getuser()),
            ("a second one\n\n- with a list", "Ada"),
        ]
        age = datetime.now(timezone.utc) - run.notes[0].time
        assert timedelta(0) <= age < timedelta(minutes=1)


def test_a_run_without_notes_has_none():
    with runlog.start("notes") as run:
        assert run.notes == []


def test_a_note_may_be_written_after_the_end_by_anybody(heard):
    with runlog.start("notes") as run:
        pass
    Run(run.experiment, run.id).note("looked at it again")
    assert [note.text for note in run.notes] == ["looked at it again"]
    assert run.state().status == "Completed"


def test_a_note_of_any_length_is_kept_whole():
    text = "word " * 1_000_000
    with runlog.start("notes") as run:
        run.note(text)
        assert run.notes[0].text == text


@pytest.mark.parametrize("text", [None, 3, b"note"])
def test_what_is_no_text_is_a_wrong_type(text):
    with runlog.start("notes") as run, pytest.raises(WrongTypeError, match="run.note takes a text"):
        run.note(text)


def test_an_author_that_is_no_text_is_a_wrong_type():
    with runlog.start("notes") as run, pytest.raises(WrongTypeError, match="author"):
        run.note("x", author=3)


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_note_is_a_wrong_value(text):
    with runlog.start("notes") as run, pytest.raises(WrongValueError, match="nothing in it"):
        run.note(text)
