"""Which values look like secrets, and which say that there is none."""

from __future__ import annotations

import re

from runlog.redaction.names import HIDDEN, Likely

_LONG = 20
_RANDOM = 16
_SAYS_NOTHING = frozenset(
    {
        *("none", "null", "nil", "nan", "true", "false", "yes", "no", "on", "off", "n/a", "na", "undefined", "unset"),
        *("str", "string", "bytes", "int", "integer", "bool", "boolean", "float", "any", "object", "secretstr", "text"),
        *(
            "str]",
            "optional[str",
            "optional[str]",
            "optional[secretstr",
            "union[str",
            "list[str",
            "dict[str",
            "str|none",
        ),
        *(
            "optional",
            "required",
            "disabled",
            "enabled",
            "missing",
            "invalid",
            "incorrect",
            "wrong",
            "expired",
            "empty",
        ),
        *("unknown", "ok", "failed", "failure", "denied", "rejected", "accepted", "valid", "unchanged", "changed"),
        *("set", "not", "is", "was", "the", "this", "must", "should", "please", "redacted", "masked"),
        *("hidden", "removed", "omitted", "prompt", "..."),
        *("falsch", "ungültig", "erforderlich", "abgelaufen", "incorrecte", "requis", "obligatoire", "expiré"),
        *("incorrecta", "requerida", "obligatoria", "incorreta", "obrigatória", "verplicht", "onjuist"),
        *("неверен", "неверный", "обязателен", "gerekli", "nieprawidłowe", "wymagane"),
    }
)
"""What stands beside the name of a secret where none does, in lower case."""
_STANDS_FOR_ONE = (
    r"[*xX.•#_\-]{3,40}"
    r"|<[A-Za-z][A-Za-z _\-]*>?|\{+\s*[A-Za-z_][\w.]*\s*\}*|\$[A-Z_][A-Z0-9_]*|\$[({]\w*[)}]?"
    r"|\{{2}|%s|%r|%\(\w+\)?s?|\?"
)
_IDENTIFIERS = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_OWNERS = r"(?:self|cls|args|opts?|options?|config|cfg|conf|settings|os|env|params?|kwargs|request|ctx|context|this)\."
_CALLED = frozenset(
    {"getpass", "input", "str", "open", "bytes", "decrypt", "SecretStr", "Field", "field", "getenv", "env", "prompt"}
    | {"hash", "len", "int", "type", "Optional", "Union", "Secret", "Annotated", "repr", "bool", "print"}
)
_ALGORITHMS = r"(?i)(?:base|sha|md|utf|aes|rsa|ascii|blake|argon|bcrypt|http|s|x|v|oauth|ntlm|hs|rs|es|ed)[\-_]?\d+.*"
_NUMBER = r"[+\-]?(?:\d[\d_,]*\.?\d*|\.\d+)(?:[eE][+\-]?\d+)?%?"
_WORDY = r"(?:[A-Z]?[a-z]+|[A-Z]+)\d{0,4}|(?:[A-Z][a-z]{2,})+\d{0,3}|[a-z]{2,}(?:[A-Z][a-z]{2,})+\d{0,3}|\d+[a-z]{0,2}"


def hides(likely: Likely, value: str) -> bool:
    """Whether a text is hidden under a name of this kind."""
    if not likely or not value or value == HIDDEN or says_nothing(value):
        return False
    if likely is Likely.UNLESS_A_PATH:
        return not value.startswith(("/", ".", "~")) and value[1:2] != ":"
    if likely is Likely.YES or is_number(value):
        return likely is Likely.YES
    if likely is Likely.UNLESS_A_NUMBER:
        return True
    return looks_secret(value) if likely is Likely.WHERE_IT_LOOKS_SO else looks_random(value)


def says_nothing(value: str) -> bool:
    """Whether a value says that no secret is there, or stands for one that is put there later."""
    return value.lower() in _SAYS_NOTHING or re.fullmatch(_STANDS_FOR_ONE, value) is not None


def looks_secret(value: str) -> bool:
    """Whether a value is made as secrets are: one word of letters and digits, or a long one."""
    if len(value) < 8 or any(map(str.isspace, value)) or is_number(value):
        return False
    if len(value) >= _LONG or (any(map(str.isdigit, value)) and any(map(str.isalpha, value))):
        return True
    return is_login(value)


def looks_random(value: str) -> bool:
    """Whether nobody would write a value by hand: no words, no path, no number."""
    if len(value) < _RANDOM or any(map(str.isspace, value)) or is_number(value):
        return False
    pieces = [piece for piece in re.split(r"[^A-Za-z0-9]+", value) if piece]
    return any(re.fullmatch(_WORDY, piece) is None for piece in pieces)


def is_number(value: str) -> bool:
    """Whether a text is a number, as counts and measures are."""
    return re.fullmatch(_NUMBER, value) is not None


def is_told(value: str) -> bool:
    """Whether a word of a sentence is a secret rather than more of the sentence."""
    has_both = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return len(value) >= 6 and has_both and value != HIDDEN and re.fullmatch(_ALGORITHMS, value) is None


def is_login(value: str) -> bool:
    """Whether a text is ``user:password`` in base64."""
    if len(value) % 4 or re.fullmatch(r"[A-Za-z0-9+/]{6,}={0,2}", value) is None:
        return False
    import base64

    decoded = base64.b64decode(value)
    return decoded.isascii() and b":" in decoded[1:-1] and decoded.decode().isprintable()


def is_code(name: str, value: str, behind: str) -> bool:
    """Whether a value that stands in a text without quotes is a piece of a program.

    Args:
        name: beside it.
        value: what would be hidden.
        behind: the character behind it.
    """
    found = re.match(rf"({_IDENTIFIERS})(?:([(\[])|\Z)", value)
    if found is None:
        return False
    called = found[1]
    if name.endswith("signature") and re.fullmatch(r"[A-Z][A-Za-z]+\[\d+", value):  # of a function: Tensor[32, 10]
        return True
    if found[2] is not None:
        return called in _CALLED or re.match(_OWNERS, called) is not None or bool(re.search(r"[a-z][._][a-z]", called))
    if called == name or re.match(_OWNERS, called):
        return True
    last = re.split(r"[._]", name)[-1]
    return called == last and behind in ("", ",", ")", "\n", " ", "]")
