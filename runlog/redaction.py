"""What is hidden of texts that may hold a secret, before they are written anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence

HIDDEN = "[redacted]"
"""What stands where a secret stood."""

_ANYWHERE = re.compile(
    r"passw(or)?d|passphrase|secret|credential|api_?key|bearer|authorization|(\b|_)jwt", re.IGNORECASE
)
_LAST_WORDS = frozenset({"token", "key", "auth", "pass", "pat", "sas", "sig", "signature", "cookie"})
_TOKENS_OF_TEXT = frozenset({"bos", "eos", "pad", "unk", "sep", "cls", "mask", "img", "image", "stop"})
"""What ``--pad-token`` and its kin begin with: tokens of a language model, not of a login."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_IN_URL = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*://)([^/\s?#'\"]*)@")
_IN_QUERY = re.compile(r"([?&;])([\w.\-]+)=([^&;\s#'\"]+)")
_IN_HEADER = re.compile(r"\b(bearer|basic)\s+[\w.+/=\-]{8,}", re.IGNORECASE)
_FLAG = re.compile(r"(--?[A-Za-z][\w.\-]*)(?:=(.*))?\Z", re.DOTALL)
_SETTING = re.compile(r"([+~]{0,2}[A-Za-z][\w.\-/]*)=(.*)\Z", re.DOTALL)


def is_secret_name(name: str) -> bool:
    """Whether what goes under this name (a variable, a flag, a setting) is likely a secret."""
    if _ANYWHERE.search(name.replace("-", "_")):
        return True
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words:
        return False
    if words[-1] == "pwd":
        return len(words) > 1  # `PWD` itself is the current folder
    before = words[-2] if len(words) > 1 else ""
    return (words[-1] in _LAST_WORDS or words[-1].endswith("token")) and before not in _TOKENS_OF_TEXT


def as_utf8(text: str) -> str:
    """A text that UTF-8 can hold: arguments and paths may have bytes of any kind, which are then escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def redact_text(text: str) -> str:
    """A text with the credentials of its URLs and headers hidden."""
    text = _IN_URL.sub(_without_user, text)
    text = _IN_QUERY.sub(_without_value, text)
    return _IN_HEADER.sub(rf"\1 {HIDDEN}", text)


def redact_arguments(arguments: Sequence[str]) -> list[str]:
    """A command line with the values of flags and settings that are named like secrets hidden, and so those in URLs.

    ``--password VALUE``, ``--password=VALUE`` and ``db.password=VALUE`` are seen.
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
            kept.append(redact_text(one))
        elif found[2] is None:
            kept.append(one)
            hide_next = True
        else:
            kept.append(f"{found[1]}={HIDDEN}")
    return kept


def _without_user(found: re.Match[str]) -> str:
    scheme, user = found[1], found[2]
    if user == "git" or (":" not in user and scheme in {"ssh://", "git+ssh://"}):  # everybody's user, no secret
        return found[0]
    return f"{scheme}{HIDDEN}@"


def _without_value(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}={HIDDEN}" if is_secret_name(found[2]) else found[0]
