"""Names that come from elsewhere: each has one right form, and everything else is refused."""

from __future__ import annotations

import pytest

from runlog.checks import names
from runlog.errors import WrongValueError
from runlog.file_paths import is_part

HASH = "0123456789abcdef" * 4
WRITER = "0fhkq3p2tn8c"
LEADING_OUT = ["", ".", "..", "../x", "/etc/passwd", "a/../b", "a//b", "a/", "\0", "a\0b", "..\\x", "x" * 5000]
NO_TEXTS = [None, 1, b"run", ["run"], {"a": 1}, 1.5, True]
CHECKS = [
    names.run_id,
    names.writer_id,
    names.sha256,
    names.format_name,
    names.journal_file,
    names.file_path,
    names.inner_path,
    names.entry_name,
    names.entry_folder,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("text", LEADING_OUT + NO_TEXTS, ids=lambda one: repr(one)[:12])
def test_nothing_that_leads_elsewhere_or_is_no_text_is_a_name(check, text):
    with pytest.raises((WrongValueError, TypeError)):
        check(text)


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
def test_a_message_about_a_wrong_name_stays_short(check):
    with pytest.raises(WrongValueError) as caught:
        check("/" * 100_000)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (names.run_id, "0fhkq3p2tn8cabcdefgh"),
        (names.run_id, "slurm-4711-start2"),
        (names.writer_id, WRITER),
        (names.sha256, HASH),
        (names.format_name, "png"),
        (names.format_name, "jsonl2"),
        (names.journal_file, f"{WRITER}-events-000001.open"),
        (names.journal_file, f"{WRITER}-points-000001.compact"),
        (names.journal_file, f"{WRITER}-overflow.open"),
        (names.journal_file, f"{WRITER}.pack"),
        (names.file_path, "outputs/model v2 (final).pkl"),
        (names.inner_path, "a name\nof an earlier version"),
        (names.entry_name, "experiments/sweep.json"),
        (names.entry_name, "experiments/.complete"),
        (names.entry_name, "models/net/1.json"),
        (names.entry_name, "runs/abc/requests/levels.json"),
        (names.entry_folder, "models"),
        (names.entry_folder, "models/net"),
    ],
)
def test_a_name_in_its_right_form_stays_what_it_is(check, text):
    assert check(text) == text


@pytest.mark.parametrize(
    "text", [HASH.upper(), HASH[:-1], HASH + "0", HASH[:-1] + "\n", "../" + HASH[3:], "/dev/ptmx", HASH[:60] + "/../"]
)
def test_a_hash_is_64_hexadecimal_digits_in_lower_case(text):
    assert not names.is_sha256(text)
    with pytest.raises(WrongValueError, match="64 hexadecimal digits"):
        names.sha256(text)


@pytest.mark.parametrize("text", ["PNG", "p/g", "../png", "png\n", ".png", "a" * 11, "tar.gz"])
def test_a_format_is_a_few_lower_case_letters_and_digits(text):
    with pytest.raises(WrongValueError, match="lower-case letters and digits"):
        names.format_name(text)


@pytest.mark.parametrize("number", [-1, 1 << 63, 1.0, "1", None, True, 1 << 20_000], ids=lambda one: str(type(one)))
def test_a_size_is_a_whole_number_that_a_file_system_can_say(number):
    with pytest.raises(WrongValueError, match="is no size"):
        names.size(number)


def test_a_size_may_be_zero_or_the_largest_there_is():
    assert (names.size(0), names.size((1 << 63) - 1)) == (0, (1 << 63) - 1)


@pytest.mark.parametrize("text", [f"{WRITER}.lock", f"{WRITER}.lease", f"{WRITER}-crash.txt", f"../{WRITER}.pack"])
def test_locks_leases_and_last_words_are_no_files_with_records(text):
    with pytest.raises(WrongValueError, match="no file of a journal"):
        names.journal_file(text)


def test_a_file_of_another_writer_is_refused_where_one_writers_are_listed():
    with pytest.raises(WrongValueError, match=f"of writer {WRITER}"):
        names.journal_file("zzzzzzzzzzzz.pack", WRITER)


@pytest.mark.parametrize(
    "text",
    ["runs/../requests/x.json", "runs/a/files/x", "models/../1.json", "models/.x/1.json", "experiments/.hidden", "x/y"],
)
def test_an_entry_is_in_one_of_its_folders_and_not_hidden(text):
    with pytest.raises(WrongValueError, match="names no record"):
        names.entry_name(text)


@pytest.mark.parametrize("text", ["a/b", "/", "../a", "", ".", "..", "a\\b", "a\0", "x" * 256])
def test_a_part_of_a_path_has_no_slash_and_goes_nowhere(text):
    assert not is_part(text)
