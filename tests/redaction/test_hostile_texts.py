"""No text takes long to search, whatever it is made of: what needs the square of its length would never come back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runlog.redaction.patterns import DEFAULT
from runlog.redaction.redactor import Redactor
from support.secret_texts import ALL

PROGRAM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from runlog.redaction.patterns import DEFAULT
from runlog.redaction.redactor import Redactor
redactor = Redactor((), DEFAULT, ())
for piece in eval(sys.stdin.read()):
    redactor.text((piece * (100_000 // len(piece) + 1))[:100_000])
    redactor.text("password=" + piece * (30_000 // len(piece) + 1))
    print(piece)
"""
SIGNS = [
    "a",
    " ",
    "=",
    ":",
    "-",
    "_",
    ".",
    "/",
    "@",
    "\\",
    '"',
    "'",
    ",",
    ";",
    "(",
    "[",
    "{",
    "<",
    "%3D",
    "\n",
    "é",
    "A1b2",
]
NAMES = [
    "password",
    "Authorization: ",
    "Cookie: a=b; ",
    "token ",
    "-----BEGIN ",
    "eyJ",
    "://",
    "mysql ",
    " -p",
    " is ",
    "name: ",
]
DEFAULTS = Redactor((), DEFAULT, ())


def literals() -> list[str]:
    return sorted({literal for pattern in DEFAULT for literal in pattern.literals})


@pytest.mark.parametrize("part", range(4))
def test_a_long_text_of_one_piece_again_and_again_is_searched_in_time(run_script, part):
    pieces = [*SIGNS, *NAMES, *literals(), *(f"{one}a=" for one in NAMES), *(f'{one}"' for one in NAMES)][part::4]
    assert run_script(PROGRAM, stdin=repr(pieces)).returncode == 0


@pytest.mark.parametrize("part", range(2))
def test_a_long_text_of_what_secrets_begin_with_is_searched_in_time(run_script, part):
    pieces = [one.text[: max(4, len(one.text) // 2)] for one in ALL][part::2]
    assert run_script(PROGRAM, stdin=repr(pieces)).returncode == 0


@settings(max_examples=60)
@given(st.lists(st.sampled_from([*SIGNS, *NAMES, *literals()]), min_size=1, max_size=6), st.sampled_from(ALL))
def test_a_secret_is_found_behind_whatever_stands_in_the_lines_before(pieces, one):
    text = "".join(pieces) * 3
    assert one.secret not in DEFAULTS.text(f"{text}\n\n{one.text}")


@pytest.mark.parametrize(
    "before", ["Basic", "Bearer", "パスワード", "machine a password", "sshpass -p", "-AsPlainText"]
)
def test_what_announces_a_secret_takes_no_name_on_the_next_line_for_one(before):
    assert DEFAULTS.text(f"{before} \n\nprimaryKey: {'A1b2C3d4E5f6G7h8' * 2}") == f"{before} \n\nprimaryKey: [redacted]"
