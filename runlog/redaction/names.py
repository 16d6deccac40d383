"""Which names secrets go under: of variables, flags, settings, parameters, columns and keys."""

from __future__ import annotations

import re
from enum import IntEnum

HIDDEN = "[redacted]"
"""What stands where a secret stood."""

_ANYWHERE = re.compile(
    r"passw(or)?d|passphrase|secret|credential|api_?key|bearer|authorization|(\b|_)jwt", re.IGNORECASE
)
_LAST_WORDS = frozenset({"token", "key", "auth", "pass", "pat", "sas", "sig", "signature", "cookie"})
_TOKENS_OF_TEXT = frozenset({"bos", "eos", "pad", "unk", "sep", "cls", "mask", "img", "image", "stop"})
"""What ``--pad-token`` and its kin begin with: tokens of a language model, not of a login."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_SURE = (  # compiled, and kept by `re`, when somebody asks
    r"(?i)passw(or)?d|passphrase|secret|authorization|(api|access|private|account|signing|encryption)_?key|(\b|_)jwt"
)
_HEADER = r"\{(.+)\}[ioe]"
"""How access logs name headers of a request, of the answer, and variables: what is named like a secret there is one."""
_MAYBE_LAST = frozenset({"token", "auth", "credential", "credentials", "pat", "sas", "sig", "signature", "cookie"})
_LONG = 20


class Likely(IntEnum):
    """How likely a secret goes under a name of data."""

    NO = 0
    WHERE_IT_LOOKS_SO = 1
    """``token``, ``auth``: also words of training, so the value decides."""
    YES = 2


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


def likely_secret(name: str) -> Likely:
    """How likely a secret goes under this name of a parameter, column, key or ``name=value`` in a text.

    It is more careful than :func:`is_secret_name`: logs are full of keys and tokens that are none of a login.
    """
    if name[:1] == "{" and (header := re.fullmatch(_HEADER, name)):
        return Likely.YES if likely_secret(header[1]) else Likely.NO
    if re.search(_SURE, name.replace("-", "_")):
        return Likely.YES
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words:
        return Likely.NO
    if words[-1] == "pwd":
        return Likely.YES if len(words) > 1 else Likely.NO
    before = words[-2] if len(words) > 1 else ""
    maybe = (words[-1] in _MAYBE_LAST or words[-1].endswith("token")) and before not in _TOKENS_OF_TEXT
    return Likely.WHERE_IT_LOOKS_SO if maybe else Likely.NO


def looks_secret(value: str) -> bool:
    """Whether a value is made as secrets are: one word of letters and digits, or a long one."""
    if len(value) < 8 or any(map(str.isspace, value)):
        return False
    return len(value) >= _LONG or (any(map(str.isdigit, value)) and any(map(str.isalpha, value)))


def hides(likely: Likely, value: str) -> bool:
    """Whether a text is hidden under a name of this kind."""
    return bool(value) and value != HIDDEN and (likely is Likely.YES or (bool(likely) and looks_secret(value)))


def as_utf8(text: str) -> str:
    """A text that UTF-8 can hold: arguments and paths may have bytes of any kind, which are then escaped."""
    return text.encode("utf-8", "backslashreplace").decode()
