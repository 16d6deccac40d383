"""Values that no text names: arguments, pairs, bytes, entries, values that lie deep, and lines that follow a name."""

from __future__ import annotations

import base64
import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

import runlog
from runlog.redaction import HIDDEN
from runlog.redaction.lines import LineSecrets
from runlog.redaction.patterns import DEFAULT
from runlog.redaction.redactor import Redactor
from support.secret_texts import made_up

PASSWORD = "correct-h0rse"
DEFAULTS = Redactor((), DEFAULT, ())
ACCESS = {
    "h": "1.2.3.4",
    "{cookie}i": "session=" + made_up(24),
    "{x-auth-token}i": made_up(20),
    "{http_cookie}e": "a=b",
}


def everything_written(own_folder) -> bytes:
    return b"".join(path.read_bytes() for path in own_folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("template", "args"),
    [
        ("%(user)s %(password)s", ({"user": "ada", "password": PASSWORD},)),
        ("%(password).9s", ({"password": PASSWORD},)),
        ("%(password)r", ({"password": PASSWORD},)),
        ("%s %s", ("password", PASSWORD)),
        ("%(one)s", ({"one": {"password": PASSWORD}},)),
        ("%s", ([("password", PASSWORD)],)),
        ("%s", ([(b"authorization", PASSWORD.encode())],)),
        ("%s", ([{"name": "DB_PASSWORD", "value": PASSWORD}],)),
    ],
)
def test_a_message_does_not_show_an_argument_that_its_name_hides(own_folder, template, args):
    stream = io.StringIO()
    log = logging.getLogger("train")
    log.setLevel(logging.INFO)
    handlers = [runlog.RunLogHandler(), runlog.ConsoleHandler(stream), runlog.RotatingFileHandler("app.jsonl")]
    for handler in handlers:
        log.addHandler(handler)
    with runlog.start("named", capture_logging=False, capture_system=False):
        log.info(template, *args)
    for handler in handlers:
        log.removeHandler(handler)
        handler.close()
    for piece in (PASSWORD, PASSWORD[:9]):
        assert piece not in stream.getvalue()
        assert piece.encode() not in everything_written(own_folder)
    assert HIDDEN[:9] in stream.getvalue()


def test_numbers_and_other_arguments_of_such_a_message_are_shown_as_ever():
    stream = io.StringIO()
    log = logging.getLogger("train")
    log.setLevel(logging.INFO)
    log.addHandler(handler := runlog.ConsoleHandler(stream))
    log.info("%(user)s %(password)s %(loss).2f", {"user": "ada", "password": PASSWORD, "loss": 0.125})
    log.removeHandler(handler)
    assert f"ada {HIDDEN} 0.12" in stream.getvalue()


def test_headers_in_the_arguments_of_an_access_log_are_hidden():
    kept = DEFAULTS.value(ACCESS)
    assert kept == {"h": "1.2.3.4"} | dict.fromkeys(list(ACCESS)[1:], HIDDEN)


@pytest.mark.parametrize(
    "value",
    [
        {"password": PASSWORD.encode()},
        {b"password": PASSWORD},
        {"raw": b"password=" + PASSWORD.encode()},
        {"raw": bytearray(b"Authorization: Bearer " + PASSWORD.encode())},
        ("password", PASSWORD),
        ["X-Api-Key", PASSWORD],
        [[b"authorization", PASSWORD.encode()]],
        {"env": [{"name": "DB_PASSWORD", "value": PASSWORD}]},
        {"secrets": {"a": [PASSWORD], "b": (PASSWORD,)}},
    ],
)
def test_a_secret_is_hidden_in_bytes_pairs_and_entries(value):
    assert PASSWORD not in repr(DEFAULTS.value(value))


@given(st.integers(1, 400))
def test_a_secret_is_hidden_however_deep_it_lies(depth):
    value: object = {"password": PASSWORD}
    for level in range(depth):
        value = [value] if level % 2 else {"in": value}
    assert PASSWORD not in repr(DEFAULTS.value(value))


@pytest.mark.parametrize("value", [("password", "email"), ["token", "the"], ["key", "value"], ("loss", PASSWORD)])
def test_two_names_or_words_are_no_name_and_value(value):
    assert DEFAULTS.value(value) is value


@given(st.binary(max_size=9), st.binary(max_size=9), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
def test_a_known_secret_is_found_in_base64_wherever_it_begins(before, after, encode):
    known = Redactor((), (), [PASSWORD])
    text = encode(before + PASSWORD.encode() + after).decode()
    assert known.text(f"sent {text}") is not f"sent {text}"
    assert HIDDEN in known.text(text)


@pytest.mark.parametrize("value", [["a", "b"], [["a"], "b"], {"deep": "x"}, {"deep": {"er": ["x"]}}, ("a", {"b": "c"})])
@pytest.mark.parametrize("name", ["secret", "passwords", "credentials"])
def test_lines_of_json_stay_json_where_values_within_are_hidden(own_folder, name, value):
    log = logging.getLogger("train")
    log.setLevel(logging.INFO)
    log.addHandler(handler := runlog.RotatingFileHandler("app.jsonl"))
    log.info("to try", extra={name: value, "other": 3})
    log.removeHandler(handler)
    handler.close()
    (line,) = (own_folder / "app.jsonl").read_text().splitlines()
    assert json.loads(line)["other"] == 3


def test_a_private_key_that_comes_line_by_line_is_hidden_and_what_other_threads_print_stays():
    lines = LineSecrets()
    came = [
        "-----BEGIN RSA PRIVATE KEY-----",
        made_up(64),
        "epoch 3 of 10",
        made_up(30) + "==",
        "-----END RSA PRIVATE KEY-----",
    ]
    assert [lines.hide(one) for one in came] == [came[0], HIDDEN, came[2], HIDDEN, came[4]]
    assert lines.hide(made_up(64)) == made_up(64)


def test_a_value_is_hidden_whose_name_stands_in_the_line_before():
    lines = LineSecrets()
    assert lines.hide("- name: DB_PASSWORD") == "- name: DB_PASSWORD"
    assert lines.hide(f"  value: {PASSWORD}") == f"  value: {HIDDEN}"
    assert lines.hide(f"  value: {PASSWORD}") == f"  value: {PASSWORD}"


def test_lines_stay_where_redaction_is_off(monkeypatch):
    monkeypatch.setenv("RUNLOG_REDACT", "0")
    runlog.redact()
    lines = LineSecrets()
    came = ["-----BEGIN RSA PRIVATE KEY-----", made_up(64)]
    assert [lines.hide(one) for one in came] == came
