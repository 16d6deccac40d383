"""What a record says: records that make their messages themselves, arguments that a line shows in part, and events."""

from __future__ import annotations

import io
import logging
import pickle
import types
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import structlog

import runlog
from runlog.handlers.run_log import RunLogHandler
from runlog.log_record import Record


@pytest.fixture
def log(workspace) -> logging.Logger:
    logging.getLogger().addHandler(RunLogHandler())
    logger = logging.getLogger("train")
    logger.setLevel(logging.DEBUG)
    return logger


@pytest.fixture
def usual_factory() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


def kept(act: Any) -> Record:
    with runlog.start(outputs=False) as run:
        act()
    [record] = [one for one in run.records(logger="train") if not one.prologue]
    return record


class BraceRecord(logging.LogRecord):
    def getMessage(self) -> str:
        return "[train] " + str(self.msg).format(*self.args or ())


def test_a_record_of_a_class_of_its_own_says_its_message_itself(log, usual_factory):
    logging.setLogRecordFactory(BraceRecord)
    record = kept(lambda: log.info("epoch {} loss {:.2f}", 3, 0.5))  # noqa: PLE1205
    assert record.message == "[train] epoch 3 loss 0.50"
    assert (record.template, record.args) == ("epoch {} loss {:.2f}", [3, 0.5])


def test_a_prefix_without_arguments_is_kept(log, usual_factory):
    logging.setLogRecordFactory(BraceRecord)
    assert kept(lambda: log.info("done")).message == "[train] done"


def test_a_record_that_was_given_a_getmessage_says_its_message_and_has_no_such_field(log):
    class Giving(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            record.getMessage = types.MethodType(lambda self: self.msg.format(*self.args), record)
            return True

    log.addFilter(Giving())
    record = kept(lambda: log.info("epoch {}", 3, extra={"rows": 5}))  # noqa: PLE1205
    assert (record.message, record.extra) == ("epoch 3", {"rows": 5})
    log.filters.clear()


def test_a_getmessage_that_replaces_that_of_all_records_is_asked(run_script):
    done = run_script(
        """
import logging, runlog
logging.LogRecord.getMessage = lambda self: "all: " + str(self.msg).format(*self.args)
with runlog.start("x", outputs=False) as run:
    logging.warning("epoch {}", 3)
print([one.message for one in run.records(logger="root")])
"""
    )
    assert done.stdout == "['all: epoch 3']\n"


def test_a_getmessage_that_was_replaced_before_runlog_came_is_asked(run_script):
    done = run_script(
        """
import logging
before = logging.LogRecord.getMessage
logging.LogRecord.getMessage = lambda self: "all: " + before(self)
import runlog
with runlog.start("x", outputs=False) as run:
    logging.warning("epoch %d", 3)
print([one.message for one in run.records(logger="root")])
"""
    )
    assert done.stdout == "['all: epoch 3']\n"


class Failing(logging.LogRecord):
    def getMessage(self) -> str:
        raise RuntimeError("no message")


def test_a_getmessage_that_raises_costs_no_record(log, usual_factory):
    logging.setLogRecordFactory(Failing)
    assert "could not be formatted: no message" in kept(lambda: log.info("epoch %d", 3)).message


def test_secrets_are_hidden_in_a_message_that_the_record_makes_itself(log, usual_factory):
    logging.setLogRecordFactory(BraceRecord)
    stream = io.StringIO()
    log.addHandler(runlog.ConsoleHandler(stream))
    record = kept(lambda: log.info("password={}", "hunter2hunter2"))  # noqa: PLE1205
    assert record.message == "[train] password=[redacted]"
    assert "[train] password=[redacted]\n" in stream.getvalue()


# -- of a mapping, what the line shows ----------------------------------------------------------------------------------

HEADERS = {"h": "1.2.3.4", "{cookie}i": "session=abcdef0123456789", "{x-plain}i": "UNSEEN", "rows": 5}


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("%(h)s", {"h": "1.2.3.4"}),
        ("%(h)s %(rows)d", {"h": "1.2.3.4", "rows": 5}),
        ("100%% of %({x-plain}i)s", {"{x-plain}i": "UNSEEN"}),
        ("nothing", None),
    ],
)
def test_of_a_mapping_only_what_the_template_names_is_kept(log, template: str, shown: Any):
    record = kept(lambda: log.info(template, HEADERS))
    assert record.message == template % HEADERS
    assert record.args == shown


def test_of_a_mapping_only_what_the_template_names_is_kept_where_nothing_is_redacted(run_script):
    done = run_script(
        """
import logging, pathlib, runlog
logging.basicConfig(level="INFO")
with runlog.start("x", outputs=False):
    logging.info("%(h)s", {"h": "1.2.3.4", "other": "UNSEEN"})
    logging.info("%(1)s", {1: "UNSEEN", "1": "seen"})
print(any(b"UNSEEN" in one.read_bytes() for one in pathlib.Path(".runlog").rglob("*") if one.is_file()))
""",
        env={"RUNLOG_REDACT": "0"},
    )
    assert done.stdout == "False\n"


def test_a_mapping_that_is_shown_whole_is_kept_whole(log):
    assert kept(lambda: log.info("all: %s", {"a": 1, "b": 2})).args == {"a": 1, "b": 2}


def test_of_a_mapping_named_in_braces_only_these_items_are_kept(log, usual_factory):
    class Braces(logging.LogRecord):
        def getMessage(self) -> str:
            return str(self.msg).format(**self.args)

    logging.setLogRecordFactory(Braces)
    record = kept(lambda: log.info("{h} did", HEADERS))  # noqa: PLE1205
    assert (record.message, record.args) == ("1.2.3.4 did", {"h": "1.2.3.4"})


@pytest.mark.parametrize(
    "name", ["{cookie}i", "{Set-Cookie}o", "{http_cookie}e", "{x-auth-token}i", "{authorization}i"]
)
def test_names_of_headers_and_variables_are_seen_for_what_they_name(log, name: str):
    secret = "session=abcdef0123456789; theme=dark"
    record = kept(lambda: log.info(f"%({name})s", {name: secret}))
    assert "abcdef0123456789" not in f"{record.message}{record.args}"


# -- events of structlog ------------------------------------------------------------------------------------------------


@pytest.fixture
def by_the_book() -> Iterator[None]:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    yield
    structlog.reset_defaults()


def test_an_event_of_structlog_is_a_message_with_its_fields(log, by_the_book):
    record = kept(lambda: structlog.get_logger("train").info("epoch done", epoch=3, loss=0.25))
    assert (record.message, record.extra) == ("epoch done", {"epoch": 3, "loss": 0.25})
    assert (record.level, record.logger, record.template) == ("INFO", "train", None)


@pytest.mark.parametrize("event", [3, None, ValueError("as the event"), {"a": 1}])
def test_an_event_of_structlog_need_be_no_text(log, by_the_book, event: Any):
    record = kept(lambda: structlog.get_logger("train").info(event, epoch=3))
    assert (record.message, record.extra) == ("" if event is None else str(event), {"epoch": 3})


def test_an_event_of_structlog_has_its_arguments_and_numbers(log, by_the_book):
    with runlog.start(outputs=False) as run:
        structlog.get_logger("train").info("epoch %d", 3, metrics={"loss": 0.5}, step=3, name="mine")
    [record] = [one for one in run.records(logger="train") if not one.prologue]
    assert (record.message, record.extra["name_"]) == ("epoch 3", "mine")
    assert run.get_metrics() == {"loss": [0.5]}


def test_an_event_of_structlog_has_its_exception(log, by_the_book):
    def failing() -> None:
        try:
            raise KeyError("missing")
        except KeyError:
            structlog.get_logger("train").exception("failed", epoch=3)

    record = kept(failing)
    assert record.exception is not None
    assert (record.exception.type, record.extra) == ("KeyError", {"epoch": 3})


def test_a_mapping_without_an_event_stays_the_message(log):
    assert kept(lambda: log.info({"rows": 3})).message == "{'rows': 3}"


def test_the_record_of_an_event_is_left_for_its_own_formatter(log, by_the_book):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()]
        )
    )
    log.addHandler(handler)
    kept(lambda: structlog.get_logger("train").info("epoch done", epoch=3))
    assert '"event": "epoch done"' in stream.getvalue()


# -- values that raise, recurse, log, or are huge -----------------------------------------------------------------------


class Raising:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __iter__ = __len__ = __str__  # type: ignore[assignment]


class Recursing:
    def __repr__(self) -> str:
        return repr(self)


class RaisingList(list):
    def __iter__(self) -> Any:
        raise RuntimeError("no items")


class RaisingMapping(Mapping):
    def __getitem__(self, _name: str) -> str:
        raise RuntimeError("no item")

    def __iter__(self) -> Any:
        raise RuntimeError("no names")

    def __len__(self) -> int:
        return 1


class RaisingDict(dict):
    def items(self) -> Any:
        raise RuntimeError("no items")

    keys = __iter__ = values = get = items


class Evasive:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


class Logging:
    def __str__(self) -> str:
        logging.getLogger("nested").info("asked for its text")
        return "a text that logs"

    __repr__ = __str__


def branching() -> list[Any]:
    loop: list[Any] = []
    loop.extend([loop, loop, {"loop": loop}])
    return loop


ODD = [
    Raising,
    Recursing,
    lambda: RaisingList([1, 2]),
    RaisingMapping,
    lambda: RaisingDict(a=1),
    Evasive,
    Logging,
    branching,
]


@pytest.mark.parametrize("make", ODD)
@pytest.mark.parametrize("place", ["message", "argument", "mapping", "extra", "nested"])
def test_no_value_costs_a_record_or_reaches_the_caller(log, make: Any, place: str, capfd):
    calls = {
        "message": lambda: log.info(make()),
        "argument": lambda: log.info("value %s", make()),
        "mapping": lambda: log.info("value %(one)s", {"one": make(), "two": make()}),
        "extra": lambda: log.info("value", extra={"one": make(), "rows": 3, "metrics": make()}),
        "nested": lambda: log.info("value", extra={"one": {"two": [make(), "\ud800"]}}),
    }
    stream = io.StringIO()
    log.addHandler(runlog.ConsoleHandler(stream))
    file = runlog.RotatingFileHandler("lines.jsonl")
    log.addHandler(file)
    record = kept(calls[place])
    file.close()
    assert record.message
    if place == "extra":
        assert record.extra["rows"] == 3
    assert "Traceback" not in capfd.readouterr().err
    assert stream.getvalue().count("\n") >= 1


def test_a_text_that_is_huge_is_kept(log):
    text = "x" * 5_000_000
    record = kept(lambda: log.info("value %s", text, extra={"text": text}))
    assert len(record.message) == len(text) + 6
    assert record.extra["text"] == text


def test_a_message_of_a_class_of_texts_is_a_text(log):
    class Own(str):
        __slots__ = ()

        def __str__(self) -> str:
            return self

    record = kept(lambda: log.info(Own("50% done"), extra={"one": Own("x")}))
    assert (record.message, record.extra) == ("50% done", {"one": "x"})


# -- tracebacks and stacks that come as text ----------------------------------------------------------------------------

TRACEBACK = 'Traceback (most recent call last):\n  File "far.py", line 3, in work\n    data["k"]\nKeyError: \'missing\''


def far_record(**fields: Any) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": "train", "levelno": 40, "levelname": "ERROR", "msg": "failed", "exc_text": TRACEBACK, **fields}
    )


def test_a_traceback_that_comes_as_text_is_kept(log):
    exception = kept(lambda: log.handle(far_record())).exception
    assert exception is not None
    assert (exception.type, exception.message) == ("KeyError", "'missing'")
    assert exception.format() == TRACEBACK + "\n"


def test_a_traceback_of_several_lines_of_message_has_its_type(log):
    text = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: one\ntwo\n'
    exception = kept(lambda: log.handle(far_record(exc_text=text))).exception
    assert exception is not None
    assert (exception.type, exception.message) == ("ValueError", "one\ntwo")


@pytest.mark.parametrize("text", ["boom", "", " ", "\n\n", '{"json": "of a formatter"}', "KeyError", 17])
def test_whatever_stands_for_a_traceback_costs_no_record(log, text: Any):
    record = kept(lambda: log.handle(far_record(exc_text=text)))
    assert record.message == "failed"
    assert not str(text).strip() or (record.exception is not None and str(text) in record.exception.format())


def test_secrets_in_a_traceback_that_comes_as_text_are_hidden(log):
    exception = kept(lambda: log.handle(far_record(exc_text=f"{TRACEBACK} password=hunter2hunter2"))).exception
    assert exception is not None
    assert "hunter2hunter2" not in exception.format()


def test_a_record_that_a_socket_handler_pickled_has_its_traceback_and_stack(log):
    sender = logging.handlers.SocketHandler("127.0.0.1", 1)
    try:
        raise KeyError("missing")
    except KeyError:
        sent = logging.LogRecord("train", 40, "far.py", 3, "failed %s", ("here",), True, "work", "Stack: far.py")
        sent.exc_info = __import__("sys").exc_info()
    received = logging.makeLogRecord(pickle.loads(sender.makePickle(sent)[4:]))
    record = kept(lambda: log.handle(received))
    assert (record.message, record.stack) == ("failed here", "Stack: far.py")
    assert record.exception is not None
    assert "KeyError: 'missing'" in record.exception.format()


def test_an_exception_itself_is_taken_before_the_text_that_a_formatter_made_of_it(log):
    def failing() -> None:
        try:
            raise ValueError("structured")
        except ValueError:
            log.exception("failed")

    log.addHandler(logging.StreamHandler(io.StringIO()))
    exception = kept(failing).exception
    assert exception is not None
    assert exception.frames


# -- metrics on a record ------------------------------------------------------------------------------------------------


def test_the_numbers_among_the_metrics_of_a_record_are_logged_and_all_of_them_kept(log, capfd):
    metrics = {"status": "ok", "cpu": 0.5, "db": {"pool": 5}, "none": None, "count": 3, 7: 1, "": 2}
    with runlog.start(outputs=False) as run:
        for _ in range(3):
            log.info("health", extra={"metrics": metrics, "step": "validation"})
    assert run.get_metrics() == {"cpu": [0.5] * 3, "count": [3] * 3}
    record = next(iter(run.records(logger="train")))
    assert record.extra["metrics"]["db"] == {"pool": 5}
    assert record.extra["step"] == "validation"
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("metrics", [3, "text", [1, 2], None, object(), {}])
def test_metrics_that_are_no_mapping_are_an_extra_field(log, metrics: Any):
    assert "metrics" in kept(lambda: log.info("m", extra={"metrics": metrics})).extra


def test_a_metric_whose_name_is_a_rows_costs_no_other(log):
    with runlog.start(outputs=False) as run:
        run.log_row("cosine", angle=0.5)
        log.info("m", extra={"metrics": {"cosine": 1.0, "loss": 0.5}})
    assert run.get_metrics()["loss"] == [0.5]


def test_a_step_that_is_whole_is_the_step(log):
    with runlog.start(outputs=False) as run:
        log.info("m", extra={"metrics": {"loss": 0.5}, "step": 3.0})
    assert run.series("loss").steps == [3]


def test_a_handler_that_fails_says_so_the_first_and_the_tenth_time(log, capfd, monkeypatch):
    from runlog.handlers import run_log

    def refuse(*_args: Any) -> bytes:
        raise OSError("refused")

    with runlog.start(outputs=False):
        monkeypatch.setattr(run_log, "encode_parts", refuse)
        for number in range(20):
            log.info("m %s", number, extra={"rows": 1})
        monkeypatch.undo()
    said = capfd.readouterr().err
    assert said.count("RunLogHandler could not write a record") == 2
    assert "seen 10 times" in said
