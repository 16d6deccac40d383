"""What the redactor hides of a text, and what it leaves."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import runlog
from runlog.errors import WrongTypeError, WrongValueError
from runlog.redaction import HIDDEN, process
from runlog.redaction.environment import secrets_in
from runlog.redaction.patterns import DEFAULT, own_pattern
from runlog.redaction.redactor import Redactor
from runlog.redaction.templates import Templates

ALNUM = string.ascii_letters + string.digits
DIGITS = "A1b2C3d4E5f6" * 5
TOKENS = {
    "aws": "AKIAABCDEFGH12345678",
    "github": "ghp_" + DIGITS[:36],
    "github fine": "github_pat_" + DIGITS[:22] + "_" + DIGITS[:40],
    "gitlab": "glpat-" + DIGITS[:20],
    "hugging face": "hf_" + DIGITS[:34],
    "openai": "sk-" + DIGITS[:48],
    "openai project": "sk-proj-" + DIGITS[:48],
    "slack": "xoxb-123456789012-" + DIGITS[:24],
    "google": "AIza" + DIGITS[:35],
    "pypi": "pypi-AgEIcHlwaS5vcmc" + DIGITS,
    "npm": "npm_" + DIGITS[:36],
    "stripe": "sk_live_" + DIGITS[:24],
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + DIGITS[:43],
}
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow" + DIGITS + "\n" + DIGITS + "=\n-----END RSA PRIVATE KEY-----"
DEFAULTS = Redactor((), DEFAULT, ())

ordinary = st.text(st.characters(codec="utf-8"), max_size=60)
secret_values = st.text(st.characters(codec="utf-8", exclude_characters="[]"), min_size=4, max_size=40)


@given(ordinary, ordinary, st.lists(secret_values, min_size=1, max_size=20, unique=True), st.data())
def test_no_known_secret_survives_whatever_text_surrounds_it(before, after, values, data):
    assume(all(value not in HIDDEN for value in values))
    redactor = Redactor((), DEFAULT, values)
    secret = data.draw(st.sampled_from(values))
    kept = redactor.text(before + secret + after)
    assert not [value for value in values if value in kept]


@given(ordinary, ordinary, secret_values)
def test_no_known_secret_survives_in_a_line_of_json_which_stays_json(before, after, value):
    assume(value not in HIDDEN and not set(value) <= set(string.hexdigits + "u"))  # else it is in an escape by chance
    line = json.dumps({"message": before + value + after, "n": 1})
    kept = Redactor((), (), [value]).text(line)
    assert value not in json.loads(kept)["message"]


@pytest.mark.parametrize("kind", sorted(TOKENS))
@settings(max_examples=30)
@given(ordinary, ordinary)
def test_no_token_of_a_known_shape_survives_whatever_text_surrounds_it(kind, before, after):
    assert TOKENS[kind] not in DEFAULTS.text(before + TOKENS[kind] + after)


@given(ordinary, ordinary)
@example("xoxo-", "")
def test_no_private_key_survives(before, after):
    kept = DEFAULTS.text(before + KEY + after)
    assert DIGITS not in kept
    assert DIGITS not in DEFAULTS.text(json.dumps({"k": before + KEY + after}))


@given(st.text(st.sampled_from(string.ascii_letters + string.digits + " .,()/_-\n"), max_size=200))
def test_a_text_without_secrets_stays_the_same_object(text):
    redactor = Redactor((), DEFAULT, ["S3cr3t!Value"])
    assume(not any(literal in text for literal in redactor.literals))
    assert redactor.text(text) is text


@given(st.recursive(ordinary | st.integers() | st.none(), lambda one: st.lists(one) | st.dictionaries(ordinary, one)))
def test_a_value_is_the_same_object_or_has_no_secret(value):
    redactor = Redactor((), DEFAULT, ["aaaa", "0000"])
    kept = redactor.value(value)
    assert kept is value or kept != value
    assert "aaaa" not in json.dumps(kept)


@given(ordinary)
def test_what_was_hidden_once_stays_as_it_is(text):
    redactor = Redactor((), DEFAULT, ["abc12345"])
    once = redactor.text(f"password={text} abc12345 Bearer abcdefgh1234 https://a:b@c/")
    assert redactor.text(once) == once


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("password=hunter2 next", "password=[redacted] next"),
        ('{"password": "ab\\"c", "x": 1}', '{"password": "[redacted]", "x": 1}'),
        ('{"message": "{\\"password\\": \\"hunter2\\"}"}', '{"message": "{\\"password\\": \\"[redacted]\\"}"}'),
        ("{'api_key': 'k', 'n': 3}", "{'api_key': '[redacted]', 'n': 3}"),
        ("{'api_key': b'k'}", "{'api_key': b'[redacted]'}"),
        ('password: str = "hunter2"', 'password: str = "[redacted]"'),
        ('config["api_key"] = "xyz"', 'config["api_key"] = "[redacted]"'),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer [redacted]"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [redacted]"),
        ("X-Api-Key: abc", "X-Api-Key: [redacted]"),
        ("train.py --db-password hunter2 --lr 0.1", "train.py --db-password [redacted] --lr 0.1"),
        ("https://me:pw@host/x?sig=abc&x=1", "https://[redacted]@host/x?sig=[redacted]&x=1"),
        ("token=abc12345", "token=[redacted]"),
        ('password: "never closed', 'password: "[redacted] closed'),
        ("password=123456", "password=[redacted]"),
    ],
)
def test_what_stands_beside_the_name_of_a_secret_is_hidden(text, kept):
    assert DEFAULTS.text(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        *("tokens: 1024, loss: 2.3", "token: the", "eos_token=</s>", "pad_token_id: 0", "tokenizer=bert-base-uncased"),
        *("missing key: encoder.layer.0.weight", "Unexpected key(s) in state_dict: x", "key=value", "keys: a, b"),
        *("author: me", "auth: none", "Basic information: 3 rows", "signature: (x, y)", "the secretary said so"),
        *("ssh://git@host/x", "pwd=/home/me", "task-embedding-classification-large-v2", "risk-adjusted: 12"),
        "task-" + "0123456789abcdef" * 4,
    ],
)
def test_words_of_training_stay(text):
    assert DEFAULTS.text(text) is text


def test_numbers_stay_and_texts_under_the_name_of_a_secret_go():
    value = {"password": 5, "api_key": ["a", 1, None], "secret": {"deep": "x", "n": 2.5}, "token": "the", "n": "x"}
    hidden = {
        "password": 5,
        "api_key": [HIDDEN, 1, None],
        "secret": {"deep": HIDDEN, "n": 2.5},
        "token": "the",
        "n": "x",
    }
    assert DEFAULTS.value(value) == hidden


def test_own_names_patterns_and_values_add_up():
    runlog.redact(names=["pin"])
    runlog.redact(patterns=[r"MYCO-\d{4}", r"ticket (?P<secret>\w+) closed"], values=["swordfish"])
    assert process.text("pin=abc MYCO-1234 swordfish ticket ab1 closed") == (
        "pin=[redacted] [redacted] [redacted] ticket [redacted] closed"
    )


def test_a_secret_of_the_environment_is_hidden_until_it_is_told_not_to(monkeypatch):
    monkeypatch.setenv("SERVICE_TOKEN", "v3ry-s3cret")
    runlog.redact()
    assert process.text("it is v3ry-s3cret") == "it is [redacted]"
    runlog.redact(environment=False)
    assert process.text("it is v3ry-s3cret") == "it is v3ry-s3cret"


def test_of_the_environment_words_numbers_paths_and_short_values_are_no_secrets():
    variables = {
        "A_TOKEN": "abcd1234",
        "B_PASSWORD": "correcthorse",
        "C_SECRET": "123456789012",
        "D_TOKEN": "short",
        "E_PASSWORD": "changeme",
        "F_SECRET": "12345678",
        "G_KEY": "/etc/ssl/key.pem",
        "MODEL_NAME": "abcd12345",
        "H_AUTH": "https://login.host/",
        "I_TOKEN": "Disabled",
    }
    assert secrets_in(variables) == {"abcd1234", "correcthorse", "123456789012"}


def test_redaction_is_off_where_the_environment_says_so(monkeypatch):
    monkeypatch.setenv("RUNLOG_REDACT", "0")
    runlog.redact(values=["swordfish"])
    assert process.text("swordfish password=x") == "swordfish password=x"


@pytest.mark.parametrize(
    "wrong", [{"names": "pin"}, {"values": "abcd"}, {"patterns": "a"}, {"values": [b"abcd"]}, {"patterns": [3]}]
)
def test_a_wrong_type_is_refused(wrong):
    with pytest.raises(WrongTypeError, match=next(iter(wrong))):
        runlog.redact(**wrong)


@pytest.mark.parametrize("wrong", [{"names": [" "]}, {"values": ["abc"]}, {"patterns": ["("]}, {"patterns": ["a*"]}])
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(WrongValueError):
        runlog.redact(**wrong)


@pytest.mark.parametrize(
    ("expression", "literals"),
    [("MYCO-[0-9]+", ("MYCO-",)), ("abc?", ("ab",)), ("a|b", ()), ("[ab]c", ()), ("(?i)abc", ()), ("x", ())],
)
def test_a_pattern_is_looked_for_by_what_it_begins_with(expression, literals):
    assert own_pattern(expression).literals == literals


# -- templates -----------------------------------------------------------------------------------------------------


@given(
    st.lists(st.text("ab1 %=:", max_size=4), min_size=1, max_size=4),
    st.lists(st.sampled_from(["%d", "%s", "%5.2f", "%r", "%%", "%x"]), max_size=3),
    st.lists(st.integers(-20, 10**6) | st.floats(width=16), max_size=3),
    st.lists(st.text("ab1", min_size=2, max_size=4), min_size=1, max_size=3),
)
def test_a_harmless_template_never_has_a_secret_whatever_numbers_it_gets(texts, specifiers, numbers, values):
    template = "".join(
        text.replace("%", "%%") + (specifiers[at] if at < len(specifiers) else "") for at, text in enumerate(texts)
    )
    redactor = Redactor((), DEFAULT, values)
    known = Templates(redactor)
    args = tuple(numbers)
    try:
        message = template % args
    except (TypeError, ValueError, OverflowError):
        return
    known.passes(template, args, message)
    if template in known.harmless and args:
        assert redactor.text(message) is message
    if known.passes(template, args, message):
        assert redactor.text(message) is message


def test_a_secret_that_template_and_number_make_together_is_seen():
    known = Templates(Redactor((), DEFAULT, ["abc123def", "x12345678"]))
    for template, args in [("xabc%ddefy", (123,)), ("abc1%d3def", (2,)), ("x%d", (12345678,)), ("abc%s%sdef", (1, 23))]:
        assert not known.passes(template, args, template % args)
        assert template not in known.harmless
    assert known.passes("batch %d of %d", (1, 2), "batch 1 of 2")
    assert "batch %d of %d" in known.harmless


@pytest.mark.parametrize(
    "filler", ["x", "a=", "a: ", 'a="', "password", "--a ", "a.b-c_", "\\", "://", "eyJ", "-----BEGIN "]
)
def test_a_long_text_is_gone_through_once(filler):
    text = "password=" + filler * (300_000 // len(filler))  # what went through it for each place would not come back
    assert DEFAULTS.text(text).startswith(("password=[redacted]", "password=://", "password=\\"))
