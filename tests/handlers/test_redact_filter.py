"""RedactFilter, for handlers of other packages."""

from __future__ import annotations

import io
import logging
import logging.config
import sys

import pytest

import runlog
from runlog.redaction import process

SECRET = "sw0rdf1sh"


@pytest.fixture(autouse=True)
def known_secret(monkeypatch):
    monkeypatch.setattr(process, "_told", process._Told())
    runlog.redact(values=[SECRET])
    yield
    monkeypatch.undo()
    process._build()


@pytest.fixture
def log():
    logger = logging.getLogger("redacted")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger
    logger.handlers[:] = []
    logger.propagate = True


def stream_of(log):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(runlog.RedactFilter())
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    return stream


def test_no_secret_of_message_arguments_exception_or_stack_reaches_the_handler(log):
    stream = stream_of(log)
    log.info("a %s", SECRET)
    log.info(f"b {SECRET}")
    log.info("sw0r%s", "df1sh")
    log.info({"api_key": "x", "n": 1})
    try:
        raise ValueError(SECRET)
    except ValueError:
        log.exception("failed", stack_info=True)
    written = stream.getvalue()
    assert SECRET not in written
    assert written.startswith("a [redacted]\nb [redacted]\n[redacted]\n{'api_key': '[redacted]', 'n': 1}\nfailed\n")
    assert "ValueError: [redacted]" in written


def test_a_record_without_secrets_is_handed_on_as_it_is(log):
    got = []

    class Keep(logging.Handler):
        def emit(self, record):
            got.append(record)

    handler = Keep()
    handler.addFilter(runlog.RedactFilter())
    log.addHandler(handler)
    log.info("a %d", 1, extra={"own": [1, "x"]})
    assert (got[0].msg, got[0].args, got[0].own) == ("a %d", (1,), [1, "x"])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="before 3.12 a filter can't hand a handler another record")
def test_other_handlers_get_the_record_as_it_was(log):
    stream_of(log)
    got = []

    class Keep(logging.Handler):
        def emit(self, record):
            got.append(record)

    log.addHandler(Keep())
    log.info("a %s", SECRET)
    assert got[0].args == (SECRET,)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="since 3.12 the handler gets a copy")
def test_before_python_3_12_the_record_itself_is_changed(log):
    stream_of(log)
    record = log.makeRecord("redacted", logging.INFO, __file__, 1, "a %s", (SECRET,), None)
    log.handle(record)
    assert record.getMessage() == "a [redacted]"


def test_it_is_made_by_dict_config():
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"secrets": {"()": "runlog.RedactFilter"}},
            "handlers": {"null": {"class": "logging.NullHandler", "filters": ["secrets"]}},
        }
    )
