"""What recurs from record to record is remembered as clean, and no secret passes by that."""

from __future__ import annotations

import logging
from itertools import count
from types import FunctionType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import runlog
from runlog.handlers.record_parts import encode_parts
from runlog.handlers.record_payload import LOG_EVENT, encode_log
from runlog.handlers.tracebacks import all_frames, exception_fields
from runlog.redaction import HIDDEN, payloads, process
from runlog.redaction.clean_texts import LONGEST, MOST, CleanTexts
from runlog.redaction.patterns import DEFAULT
from runlog.redaction.redactor import Redactor

SECRET = "sw0rdf1sh-in-a-trace"
PIECES = [
    SECRET,
    "password=",
    "hunter2",
    "https://me:",
    "pw@host/x",
    "api_key",
    "Schlüssel: ",
    "ghp_" + "A1b2C3d4E5f6" * 3,
]

texts = st.lists(st.text(max_size=8) | st.sampled_from(PIECES), max_size=3).map("".join)


def raised(path: str = "/src/train.py", function: str = "fit", message: str = "no", **more: Any) -> ValueError:
    """An exception with a frame of this path and function, and with these attributes."""

    def inner() -> None:
        error = ValueError(message)
        for name, value in more.items():
            setattr(error, name, value)
        raise error

    code = inner.__code__.replace(co_filename=path, co_name=function)
    try:
        FunctionType(code, globals(), closure=inner.__closure__)()
    except ValueError as error:
        return error
    raise AssertionError("it raises")


def record_of(message: str, *args: Any, error: BaseException | None = None, **attributes: Any) -> logging.LogRecord:
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    made = logging.LogRecord("train", logging.ERROR, "/src/train.py", 3, message, args, exc_info, "fit")
    made.__dict__.update(attributes)
    return made


def cleaned(record: logging.LogRecord) -> Any:
    """What is written of a record."""
    exception = exception_fields(record.exc_info)
    frames = () if exception is None else all_frames(exception)
    return msgspec.msgpack.decode(process.clean_log(*encode_parts(record, exception, frames)), strict=False)


def without_times(values: Any) -> Any:
    return values[1:]


@pytest.fixture(autouse=True)
def known_secret(own_redactor):
    runlog.redact(values=[SECRET])


@pytest.mark.parametrize(
    "make",
    [
        lambda: record_of("failed", error=raised(path=f"/home/{SECRET}/train.py")),
        lambda: record_of("failed", error=raised(function=f"fit_{SECRET}")),
        lambda: record_of("failed", error=raised(message=f"refused: {SECRET}")),
        lambda: record_of("failed", error=raised(__notes__=[f"with {SECRET}"])),
        lambda: record_of("failed", error=raised(__cause__=raised(path=SECRET))),
        lambda: record_of("failed", error=raised(__cause__=raised(message=SECRET))),
        lambda: record_of("failed", error=raised(__context__=raised(function=SECRET))),
        lambda: record_of("failed", error=raised(exceptions=(raised(path=SECRET),), subgroup=None)),
        lambda: record_of("failed", error=raised(exceptions=(raised(message=SECRET),), subgroup=None)),
        lambda: record_of(f"failed: {SECRET}", error=raised()),
        lambda: record_of("failed: %s", SECRET, error=raised()),
        lambda: record_of("failed: %s", {"password": SECRET}, error=raised()),
        lambda: record_of("%s%s", SECRET[:5], SECRET[5:], error=raised()),
        lambda: record_of("failed", error=raised(), stack_info=f"in {SECRET}"),
        lambda: record_of("failed", error=raised(), taskName=SECRET),
        lambda: record_of("failed", error=raised(), rows={"deep": [SECRET]}),
        lambda: record_of("failed", error=raised(), name=f"train.{SECRET}"),
        lambda: record_of("failed", error=raised(), threadName=SECRET),
        lambda: record_of("failed", error=raised(), levelname=SECRET),
        lambda: record_of("failed", error=raised(), processName=SECRET),
        lambda: record_of("failed", error=raised(), funcName=SECRET),
        lambda: record_of("failed", error=raised(), pathname=SECRET),
        lambda: record_of("failed", error=raised(), process=SECRET),
        lambda: record_of("failed", error=raised(), created=[SECRET]),
        lambda: record_of("failed", error=raised(), threadName=[SECRET]),
        lambda: record_of("failed \ud800", error=raised(path=f"/\udcff/{SECRET}")),
        lambda: record_of("failed", name=SECRET),
    ],
)
def test_a_secret_is_hidden_wherever_it_stands_in_a_record_whose_like_was_clean(make):
    cleaned(record_of("failed", error=raised()))
    cleaned(record_of("failed"))
    for _ in range(2):
        kept = cleaned(make())
        assert SECRET not in repr(kept)
        assert HIDDEN in repr(kept)


def test_a_frame_that_was_clean_is_searched_again_when_there_are_more_secrets():
    error = raised(path="/home/corr3cthorse/train.py", function="fit")
    assert "corr3cthorse" in repr(cleaned(record_of("failed", error=error)))
    runlog.redact(values=["corr3cthorse"])
    assert "corr3cthorse" not in repr(cleaned(record_of("failed", error=error)))
    runlog.redact(patterns=["fi[t]"])
    assert cleaned(record_of("failed", error=error))[2][13][2][-1][2] == HIDDEN


def test_a_record_with_an_exception_reaches_the_disk_without_its_secret(own_folder):
    log = logging.getLogger("train")
    log.addHandler(handler := runlog.RunLogHandler())
    with runlog.start("recurring", capture_logging=False, capture_system=False):
        for message in ("clean", SECRET):
            log.error("failed", exc_info=raised(message=message, path=f"/src/{message}.py", function=message))
    log.removeHandler(handler)
    everything = b"".join(path.read_bytes() for path in own_folder.rglob("*") if path.is_file())
    assert b"/src/clean.py" in everything
    assert SECRET.encode() not in everything


def test_the_repr_that_is_searched_is_the_one_that_is_written():
    class Changing:
        turns = count()

        def __repr__(self) -> str:
            return SECRET if next(self.turns) else "harmless"

    args = cleaned(record_of("failed: %.0s", Changing(), error=raised(), own=Changing()))
    assert SECRET not in repr(args)


@given(texts, texts, texts, texts, texts, st.booleans())
def test_a_record_in_parts_is_the_record_in_one_piece_and_is_cleaned_alike(path, function, message, arg, extra, quiet):
    redactor = Redactor(["schlüssel"], DEFAULT, [SECRET])
    error = (
        None if quiet else raised(path.replace("\0", "") or "-", function or "-", message, __cause__=raised(message))
    )
    template = message.replace("%", "%%") + " %s"
    record = record_of(template, arg, error=error, own={extra: arg}, funcName=function, threadName=path)
    exception = exception_fields(record.exc_info)
    frames = () if exception is None else all_frames(exception)
    for _ in range(2):  # the second time with what was remembered
        parts = encode_parts(record, exception, frames)
        whole = encode_log(record, exception)
        assert without_times(msgspec.msgpack.decode(parts.payload)) == without_times(msgspec.msgpack.decode(whole))
        one, other = payloads.clean_log(redactor, *parts), payloads.clean(redactor, LOG_EVENT, whole)
        assert without_times(msgspec.msgpack.decode(one)) == without_times(msgspec.msgpack.decode(other))
        assert SECRET.encode() not in one


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(PIECES), max_size=6))
def test_whatever_hides_something_of_a_text_suspects_its_bytes(pieces):
    redactor = Redactor(["schlüssel", "PIN"], DEFAULT, [SECRET])
    text = "".join(pieces)
    if redactor.text(text) is not text:
        assert redactor.suspects_bytes(msgspec.msgpack.encode([1, 500, text, 2.5]))


@pytest.mark.parametrize("name", ["schlüssel", "SCHLÜSSEL", "Mein_Schlüssel"])
def test_a_name_of_other_letters_hides_what_stands_under_it(name):
    runlog.redact(names=["Schlüssel"])
    payload = msgspec.msgpack.encode({"tags": {name: "hunter2"}})
    assert msgspec.msgpack.decode(process.clean(0, payload)) == {"tags": {name: HIDDEN}}


def test_texts_are_looked_at_once_and_only_so_many_are_remembered():
    looked_at: list[str] = []

    def text(one: str) -> str:
        looked_at.append(one)
        return one

    known = CleanTexts(text)
    for _ in range(3):
        assert known.has_all(["a", ("b", 3, "c", 0), "a"])
    assert looked_at == ["a", "b", "c"]
    for number in range(2 * MOST):
        known.has_all([f"thread {number}"])
        assert len(known._known) <= MOST
    known.has_all(["x" * (LONGEST + 1)])
    assert looked_at.count("x" * (LONGEST + 1)) == 1
    known.has_all(["x" * (LONGEST + 1)])
    assert looked_at.count("x" * (LONGEST + 1)) == 2


@pytest.mark.parametrize("one", [b"bytes", 2.5, ["a"], ("a", ["b"]), ("a", ("b",)), object(), True])
def test_what_is_no_text_is_never_taken_for_clean(one):
    known = CleanTexts(lambda text: text)
    assert not known.has_all(["a", one])
    assert not known.has_all([one])
