"""The payload of a log record: whatever a record holds, it is kept, and encoding it never raises."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.errors import JournalError
from runlog.handlers.filters import RunContextFilter
from runlog.handlers.record_payload import encode_log, encode_values, set_fields
from runlog.handlers.tracebacks import MAX_FRAMES, exception_fields
from runlog.log_record import ExceptionInfo, Record, decode_log

natives = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def record_of(message: Any, *args: Any, extra: dict[str, Any] | None = None, exc_info: Any = None) -> logging.LogRecord:
    return logging.getLogger("train").makeRecord(
        "train", logging.INFO, "/src/train.py", 12, message, args, exc_info, "fit", extra, "the stack"
    )


def short_way(record: logging.LogRecord) -> bytes:
    message = record.msg % record.args if record.args else None
    return encode_values((0, message, set_fields(record.__dict__)))


def read_back(record: logging.LogRecord) -> Record:
    return decode_log(encode_log(record, exception_fields(record.exc_info)))


def raised(function: Any) -> Any:
    try:
        function()
    except BaseException:
        return sys.exc_info()
    raise AssertionError("nothing was raised")


def caught(function: Any) -> ExceptionInfo:
    exception = read_back(record_of("failed", exc_info=raised(function))).exception
    assert exception is not None
    return exception


def test_the_place_process_thread_and_template_of_a_record_are_kept():
    original = record_of("batch %d of %s", 5, "ten")
    record = read_back(original)
    assert (record.message, record.template, record.args) == ("batch 5 of ten", "batch %d of %s", [5, "ten"])
    assert (record.logger, record.level, record.levelno) == ("train", "INFO", logging.INFO)
    assert (record.path, record.line, record.function, record.stack) == ("/src/train.py", 12, "fit", "the stack")
    assert (record.process, record.process_name) == (original.process, original.processName)
    assert (record.thread, record.thread_name) == (original.thread, original.threadName)
    assert record.created == original.created


def test_a_record_without_args_has_no_template():
    record = read_back(record_of("100% done"))
    assert (record.message, record.template, record.args) == ("100% done", None, None)


@given(message=st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: text.replace("%", "")), arg=natives)
def test_the_short_way_keeps_what_the_long_way_keeps(message: str, arg: Any):
    record = logging.LogRecord("train", 20, "/src/train.py", 3, message + "%s", (arg, 1)[:1] if arg else (1,), None)
    short, long = decode_log(short_way(record)), decode_log(encode_log(record, None))
    assert {**vars(short), "time_ns": 0} == {**vars(long), "time_ns": 0}
    assert short.message == record.getMessage()


@given(extra=st.dictionaries(st.text(min_size=1).map("x_".__add__), natives))
def test_extra_fields_come_back_equal(extra: dict[str, Any]):
    assert read_back(record_of("m", extra=extra)).extra == extra


def test_what_the_context_filter_and_formatters_set_is_no_extra():
    record = record_of("m", extra={"rows": 3})
    record.message, record.asctime = "m", "now"
    RunContextFilter().filter(record)
    assert read_back(record).extra == {"rows": 3}


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


def cyclic() -> list[Any]:
    loop: list[Any] = [1]
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (2**80, "1208925819614629174706176"),
        ("lone \ud800", "lone \\ud800"),
        (Unprintable(), "<Unprintable whose repr raised RuntimeError>"),
        ({1: "one"}, {1: "one"}),
        (float("inf"), float("inf")),
    ],
    ids=["a big int", "a lone surrogate", "an object without repr", "a dict with int keys", "infinity"],
)
def test_a_value_with_no_form_of_its_own_is_kept_as_text(value: Any, kept: Any):
    assert read_back(record_of("m", extra={"field": value})).extra["field"] == kept


def test_a_cycle_is_cut_and_the_record_kept():
    record = read_back(record_of("m", extra={"loop": cyclic(), "rows": 3}))
    assert record.extra["rows"] == 3
    assert record.extra["loop"][0] == 1


def test_a_numpy_scalar_is_kept_as_its_number():
    numpy = pytest.importorskip("numpy")
    assert read_back(record_of("%s", numpy.float32(0.5))).args == [0.5]


def test_a_template_that_does_not_fit_its_args_is_kept_with_the_fault_named():
    record = read_back(record_of("%d of %d", 1))
    assert record.template == "%d of %d"
    assert record.args == [1]
    assert "not enough arguments" in record.message


def test_a_message_whose_text_raises_is_kept_with_the_fault_named():
    assert read_back(record_of(Unprintable())).message == "<Unprintable whose text raised RuntimeError>"


def test_an_exception_has_its_frames_causes_and_context():
    def inner() -> None:
        raise KeyError("key")

    def outer() -> None:
        try:
            inner()
        except KeyError as error:
            raise ValueError("value") from error

    exception = caught(outer)
    assert (exception.type, exception.message) == ("ValueError", "value")
    assert [frame.function for frame in exception.frames] == ["raised", "outer"]
    assert exception.cause is not None
    assert [frame.function for frame in exception.cause.frames] == ["outer", "inner"]
    assert "direct cause" in exception.format()


def test_a_suppressed_context_is_not_shown():
    def suppressing() -> None:
        try:
            raise KeyError("hidden")
        except KeyError:
            raise ValueError("shown") from None

    assert caught(suppressing).context is None


def test_an_endless_recursion_keeps_both_ends_and_the_count_between():
    def deeper() -> None:
        deeper()

    frames = caught(deeper).frames
    assert len(frames) == 2 * MAX_FRAMES
    assert sum(frame.skipped for frame in frames) > 100


def test_an_exception_that_caused_itself_is_read_to_an_end():
    def circular() -> None:
        error = ValueError("round")
        error.__cause__ = KeyError("and round")
        error.__cause__.__cause__ = error
        raise error

    assert caught(circular).cause is not None


def test_exc_info_where_there_is_no_exception_is_none():
    assert decode_log(short_way(record_of("m", exc_info=(None, None, None)))).exception is None


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups and notes came with Python 3.11")
def test_a_group_has_its_members_and_an_exception_its_notes():
    def grouped() -> None:
        member = ValueError("one")
        member.add_note("while testing")
        raise ExceptionGroup("several", [member, KeyError("two")])  # noqa: F821 - this test needs 3.11

    exception = caught(grouped)
    assert [member.type for member in exception.members] == ["ValueError", "KeyError"]
    assert exception.members[0].notes == ["while testing"]
    assert "while testing" in exception.format()


@given(st.binary())
def test_a_payload_that_is_no_record_is_a_journal_error(payload: bytes):
    try:
        decode_log(payload)
    except JournalError:
        return
    raise AssertionError("random bytes can't be a log record")
