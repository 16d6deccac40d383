"""Credentials in URLs and headers, and command lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from runlog.redaction.looks import looks_random, says_nothing
from runlog.redaction.names import HIDDEN, Likely, as_utf8, is_secret_name, likely_secret

# Compiled, and kept by `re`, when a text has what they need: most programs never log any.
_IN_URL = r"://([^/\s?#'\"]*)@"
# A password with characters that would end it: a port stands where there is a path with an @ in it.
_WITH_SIGNS = r"://([^/\s?#@:'\"\[\]]*:(?!\d{1,5}[/?#])[^\s@'\"<>]*)@(?=[\w\[])"
_IN_QUERY = r"([?&;])([\w.\-]+)=([^&;\s#'\"]+)"
_IN_HEADER = r"(?i)\b(bearer|basic)[ \t]+[\w.+/=\-]{8,}"
_FLAG = r"(?s)(--?[A-Za-z][\w.\-]*)(?:=(.*))?\Z"
_USER_FLAGS = frozenset({"-u", "-U", "--user", "--proxy-user"})
_SETTING = r"(?s)([+~]{0,2}[A-Za-z][\w.\-/]*)=(.*)\Z"


def redact_text(text: str) -> str:
    """A text with the credentials of its URLs and headers hidden."""
    text = redact_urls(text)
    one_word = text.isprintable() and " " not in text  # all other blanks are no printable characters
    return text if one_word else re.sub(_IN_HEADER, rf"\1 {HIDDEN}", text)


def redact_urls(text: str) -> str:
    """A text with the credentials of its URLs hidden: user and password, and parameters that are named like secrets."""
    if "://" in text:
        text = re.sub(_IN_URL, _without_user, text)
        if "@" in text:
            text = re.sub(_WITH_SIGNS, _without_user, text)
    return re.sub(_IN_QUERY, _without_value, text) if "=" in text else text


def redact_arguments(arguments: Sequence[str], redact: Callable[[str], str] = redact_text) -> list[str]:
    """A command line with the values of flags and settings that are named like secrets hidden.

    ``--password VALUE``, ``--password=VALUE`` and ``db.password=VALUE`` are seen.

    Args:
        arguments: as the program got them.
        redact: what is done with all others.
    """
    kept: list[str] = []
    hide_next = after_user = False
    for one in map(as_utf8, arguments):
        if hide_next and not one.startswith("--"):
            kept.append(HIDDEN)
            hide_next = False
            continue
        if after_user and ":" in one:
            kept.append(_without_password(one))
            after_user = False
            continue
        after_user = one in _USER_FLAGS
        pattern = _FLAG if one.startswith("-") else _SETTING if "=" in one else None
        found = None if pattern is None else re.match(pattern, one)
        hide_next = False
        if found is None or not is_secret_name(found[1]):
            kept.append(redact(one))
        elif found[2] is None:
            kept.append(one)
            hide_next = True
        else:
            kept.append(f"{found[1]}={HIDDEN}")
    return kept


def _without_password(login: str) -> str:
    """``user:password`` without the latter; ids of a user and a group stay."""
    user, _, password = login.partition(":")
    return login if user.isdigit() and password.isdigit() else f"{user}:{HIDDEN}"


def _without_user(found: re.Match[str]) -> str:
    user = found[1]
    if user == "git" or (":" not in user and found.string.endswith("ssh", 0, found.start())):
        return found[0]  # everybody's user, no secret
    return f"://{HIDDEN}@"


def _without_value(found: re.Match[str]) -> str:
    name, value = found[2], found[3]
    if not is_secret_name(name) or says_nothing(value):
        return found[0]
    if likely_secret(name) <= Likely.WHERE_IT_LOOKS_RANDOM and not looks_random(value):
        return found[0]  # ?key=value
    return f"{found[1]}{name}={HIDDEN}"
