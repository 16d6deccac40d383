"""Credentials in URLs and headers, and command lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from runlog.redaction.names import HIDDEN, as_utf8, is_secret_name

_IN_URL = re.compile(r"://([^/\s?#'\"]*)@")
_IN_QUERY = re.compile(r"([?&;])([\w.\-]+)=([^&;\s#'\"]+)")
_IN_HEADER = re.compile(r"\b(bearer|basic)\s+[\w.+/=\-]{8,}", re.IGNORECASE)
_FLAG = re.compile(r"(--?[A-Za-z][\w.\-]*)(?:=(.*))?\Z", re.DOTALL)
_SETTING = re.compile(r"([+~]{0,2}[A-Za-z][\w.\-/]*)=(.*)\Z", re.DOTALL)


def redact_text(text: str) -> str:
    """A text with the credentials of its URLs and headers hidden."""
    text = redact_urls(text)
    return _IN_HEADER.sub(rf"\1 {HIDDEN}", text)


def redact_urls(text: str) -> str:
    """A text with the credentials of its URLs hidden: user and password, and parameters that are named like secrets."""
    return _IN_QUERY.sub(_without_value, _IN_URL.sub(_without_user, text))


def redact_arguments(arguments: Sequence[str], redact: Callable[[str], str] = redact_text) -> list[str]:
    """A command line with the values of flags and settings that are named like secrets hidden.

    ``--password VALUE``, ``--password=VALUE`` and ``db.password=VALUE`` are seen.

    Args:
        arguments: as the program got them.
        redact: what is done with all others.
    """
    kept: list[str] = []
    hide_next = False
    for one in map(as_utf8, arguments):
        if hide_next and not one.startswith("--"):
            kept.append(HIDDEN)
            hide_next = False
            continue
        found = _FLAG.match(one) or _SETTING.match(one)
        hide_next = False
        if found is None or not is_secret_name(found[1]):
            kept.append(redact(one))
        elif found[2] is None:
            kept.append(one)
            hide_next = True
        else:
            kept.append(f"{found[1]}={HIDDEN}")
    return kept


def _without_user(found: re.Match[str]) -> str:
    user = found[1]
    if user == "git" or (":" not in user and found.string.endswith("ssh", 0, found.start())):
        return found[0]  # everybody's user, no secret
    return f"://{HIDDEN}@"


def _without_value(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}={HIDDEN}" if is_secret_name(found[2]) else found[0]
