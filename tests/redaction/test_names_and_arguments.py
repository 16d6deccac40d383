"""What is hidden before anything is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.redaction import HIDDEN, is_secret_name, redact_arguments, redact_text


@pytest.mark.parametrize(
    "name",
    [
        "HF_TOKEN",
        "WANDB_API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "SLURM_JWT",
        "PYTHON_KEYRING_PASSWORD",
        "--api-key",
        "--password",
        "db.password",
        "accessToken",
        "GITHUB_PAT",
        "DB_PWD",
        "--auth",
        "azureStorageCredential",
    ],
)
def test_a_name_like_a_secret_is_one(name):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "--max-tokens",
        "--tokenizer",
        "--pad-token",
        "eos_token",
        "RANK",
        "--keys",
        "PWD",
        "--compass",
        "OMP_NUM_THREADS",
    ],
)
def test_words_of_training_are_none(name):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://me:pw@host/x", f"https://{HIDDEN}@host/x"),
        ("https://ghp_abcdef@github.com/a/b.git", f"https://{HIDDEN}@github.com/a/b.git"),
        ("ssh://git@host/x", "ssh://git@host/x"),
        ("git@host:team/x.git", "git@host:team/x.git"),
        ("postgres://u:p%40ss@db:5432/x?sslmode=on", f"postgres://{HIDDEN}@db:5432/x?sslmode=on"),
        ("https://a.blob/x?sv=1&sig=abc%3D&se=2", f"https://a.blob/x?sv=1&sig={HIDDEN}&se=2"),
        ("Authorization: Bearer abcdefgh12345", f"Authorization: Bearer {HIDDEN}"),
        ("rate=0.1", "rate=0.1"),
        ("https://host/a@b", "https://host/a@b"),
    ],
)
def test_credentials_inside_a_text_are_hidden_and_the_rest_stays(text, kept):
    assert redact_text(text) == kept


def test_values_of_flags_and_settings_are_hidden():
    line = ["train.py", "--password", "hunter2", "--api-key=abc", "--lr", "0.1", "db.password=x", "--token", "--fast"]
    assert redact_arguments(line) == [
        "train.py",
        "--password",
        HIDDEN,
        f"--api-key={HIDDEN}",
        "--lr",
        "0.1",
        f"db.password={HIDDEN}",
        "--token",
        "--fast",
    ]


@given(st.lists(st.text(st.characters(blacklist_categories=[]), max_size=20), max_size=8))
def test_any_command_line_keeps_its_length_and_fits_utf_8(line):
    kept = redact_arguments(line)
    assert len(kept) == len(line)
    assert [one.encode().decode() for one in kept] == kept


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=30))
def test_no_password_survives(password):
    secret = f"<{password}>"
    line = ["--password", secret, f"--db-password={secret}", f"https://me:{secret}@host/"]
    assert secret not in " ".join(redact_arguments(line))
