"""Arguments of records keep their shape when secrets are hidden: formatters of access logs take them apart."""

from __future__ import annotations

import io
import logging
import logging.handlers
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from uvicorn.logging import AccessFormatter

import runlog
from runlog.handlers import held_back
from runlog.handlers.redacted_records import without_secrets
from runlog.redaction import process

SECRET = "8f2c1d9e7b6a5c4d"
ACCESS = '%s - "%s %s HTTP/%s" %d'
UVICORN = '%(client_addr)s "%(request_line)s" %(status_code)s'


class ByName(logging.Formatter):
    """gunicorn's way: single items of a mapping."""

    def format(self, record: logging.LogRecord) -> str:
        atoms: Any = record.args
        return f"{atoms['m']} {atoms['U']} {atoms['s']}"


class Atoms(dict):
    """gunicorn's mapping: a name that it has not gives a dash."""

    def __getitem__(self, name: str) -> Any:
        return super().get(name, "-")


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    logger = logging.getLogger("access")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield logger
    logger.handlers.clear()
    logger.propagate = True


def console(formatter: logging.Formatter) -> tuple[logging.Handler, Callable[[], str]]:
    stream = io.StringIO()
    handler = runlog.ConsoleHandler(stream)
    handler.setFormatter(formatter)
    return handler, stream.getvalue


def file(formatter: logging.Formatter) -> tuple[logging.Handler, Callable[[], str]]:
    handler = runlog.RotatingFileHandler("lines.log")
    handler.setFormatter(formatter)

    def read() -> str:
        handler.close()
        return Path("lines.log").read_text("utf-8")

    return handler, read


def filtered(formatter: logging.Formatter) -> tuple[logging.Handler, Callable[[], str]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(runlog.RedactFilter())
    handler.setFormatter(formatter)
    return handler, stream.getvalue


makers = pytest.mark.parametrize("make", [console, file, filtered])


@makers
def test_a_formatter_that_unpacks_the_arguments_gets_as_many_as_there_were(log, make):
    handler, written = make(AccessFormatter(UVICORN, use_colors=False))
    log.addHandler(handler)
    log.info(ACCESS, "1.2.3.4:5", "GET", f"/v1?api_key={SECRET}&page=2", "1.1", 200)
    assert written() == '1.2.3.4:5 "GET /v1?api_key=[redacted]&page=2 HTTP/1.1" 200 OK\n'


@makers
@pytest.mark.parametrize("kind", [dict, Atoms])
def test_a_formatter_that_reads_items_of_a_mapping_gets_a_mapping(log, make, kind):
    handler, written = make(ByName())
    log.addHandler(handler)
    log.info("%(m)s", kind({"m": "GET", "U": f"/v1?api_key={SECRET}", "s": 200, "{cookie}i": f"session={SECRET}"}))
    assert written() == "GET /v1?api_key=[redacted] 200\n"


@makers
def test_a_mapping_of_a_class_of_its_own_stays_one(log, make):
    handler, written = make(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    log.info("%(m)s %(absent)s %(U)s", Atoms({"m": "GET", "U": f"api_key={SECRET}"}))
    assert written() == "GET - api_key=[redacted]\n"


def test_a_mapping_of_a_class_of_its_own_stays_one_where_something_harmful_is_written_out(log):
    handler, written = console(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    log.info("%(m)s %(absent)s", Atoms({"m": "GET\x1b[2J"}))
    assert written() == "GET\\x1b[2J -\n"


@makers
@pytest.mark.parametrize(
    ("template", "args", "line"),
    [
        ("password=%s", ("hunter2hunter2",), "password=[redacted]"),
        ("%s=%s", ("password", "hunter2hunter2"), "password=[redacted]"),
        ("%s%s", ("tiger-", "lily-42"), "[redacted]"),
        ("key tiger-%s ends", ("lily-42",), "key [redacted] ends"),
        ("password=%d and %d", (12345678, 5), "password=[redacted] and 5"),
        ("tiger-lily-42 and %s", ("x",), "[redacted] and x"),
        ("%(a)s%(b)s", ({"a": "tiger-", "b": "lily-42"},), "[redacted]"),
        ("%r is %s", (["tiger-lily-42"], "known"), "['[redacted]'] is known"),
    ],
)
def test_a_secret_is_hidden_though_it_stands_in_several_pieces(log, make, template, args, line, monkeypatch):
    monkeypatch.setattr(process, "_told", process._Told())
    runlog.redact(values=["tiger-lily-42"])
    pieces: list[Any] = []

    class Pieces(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            pieces.append(record.args)
            return super().format(record)

    handler, written = make(Pieces("%(message)s"))
    log.addHandler(handler)
    log.info(template, *args)
    assert written() == f"{line}\n"
    last = pieces[-1]
    assert type(last) is (dict if isinstance(args[0], dict) else tuple)
    assert len(last) == len(args[0] if isinstance(args[0], dict) else args)
    assert not any(secret in str(last) for secret in ("hunter2", "tiger", "lily", "12345678"))
    monkeypatch.undo()
    process._build()


def test_arguments_without_a_secret_are_the_very_same():
    record = logging.LogRecord("x", 20, "x.py", 1, "a %s %d", ("b", 3), None)
    assert without_secrets(record) is record


def test_a_secret_in_an_object_that_is_an_argument_is_hidden(log):
    class Request:
        def __str__(self) -> str:
            return f"GET /?api_key={SECRET}"

    handler, written = console(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    log.info("%s took %d", Request(), 5)
    assert written() == "GET /?api_key=[redacted] took 5\n"


@pytest.mark.parametrize("kind", [runlog.RateLimitFilter, runlog.DuplicateFilter])
def test_what_was_held_back_is_told_through_a_formatter_that_unpacks_the_arguments(log, kind):
    handler, written = console(AccessFormatter(UVICORN, use_colors=False))
    handler.addFilter(kind() if kind is runlog.DuplicateFilter else runlog.RateLimitFilter(1, per=3600))
    log.addHandler(handler)
    for _ in range(3):
        log.info(ACCESS, "1.2.3.4:5", "GET", "/health", "1.1", 200)
    held_back.tell_all()
    told = written().splitlines()
    assert told[0] == '1.2.3.4:5 "GET /health HTTP/1.1" 200 OK'
    assert told[-1].startswith("held back 2 records like this in 0 s: 1.2.3.4:5")


def test_what_was_held_back_is_told_through_a_formatter_that_reads_items(log):
    handler, written = console(ByName())
    handler.addFilter(runlog.DuplicateFilter())
    log.addHandler(handler)
    for _ in range(3):
        log.info("%(m)s", Atoms({"m": "GET", "U": "/", "s": 200}))
    held_back.tell_all()
    assert written().splitlines() == ["GET / 200", "held back 2 records like this in 0 s: GET / 200"]


def test_what_was_held_back_is_told_through_a_format_that_names_an_extra_field(log):
    handler, written = console(logging.Formatter("%(user)s: %(message)s"))
    handler.addFilter(runlog.DuplicateFilter())
    log.addHandler(handler)
    for _ in range(3):
        log.info("seen", extra={"user": "ann", "metrics": {"loss": 0.5}})
    held_back.tell_all()
    assert written().splitlines() == ["ann: seen", "ann: held back 2 records like this in 0 s: seen"]


def test_what_was_held_back_keeps_no_large_argument_alive(log):
    import gc
    import weakref

    class Large:
        pass

    handler, _ = console(logging.Formatter("%(message)s"))
    handler.addFilter(runlog.DuplicateFilter())
    log.addHandler(handler)
    large = Large()
    for _ in range(2):
        log.info("%s", large)
    known = weakref.ref(large)
    del large
    gc.collect()
    assert known() is None
    held_back.tell_all()


@pytest.mark.parametrize("args", [(), ("x",), ({"a": "x"},)])
def test_what_a_socket_handler_pickles_of_a_changed_record_needs_no_runlog(log, args):
    sender = logging.handlers.SocketHandler("127.0.0.1", 1)
    template = "password=hunter2hunter2" + (" %s" if args else "")
    changed = without_secrets(logging.LogRecord("access", 20, "x.py", 1, template, args, None))
    assert "runlog" not in sender.makePickle(changed).decode("latin-1")
    assert changed.getMessage().startswith("password=[redacted]")
