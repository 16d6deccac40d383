"""Which names secrets go under: of variables, flags, settings, parameters, columns, headers and keys."""

from __future__ import annotations

import re
from enum import IntEnum

from runlog.redaction.letters import WORDS, plain_letters

HIDDEN = "[redacted]"
"""What stands where a secret stood."""


class Likely(IntEnum):
    """How likely a secret goes under a name of data."""

    NO = 0
    WHERE_IT_LOOKS_RANDOM = 1
    """``key``, which data has everywhere: only what nobody would write by hand is a secret."""
    WHERE_IT_LOOKS_SO = 2
    """``token``, ``auth``, ``storage_key``: also words of training, so the value decides."""
    UNLESS_A_NUMBER = 3
    """``passwords``, ``num_secrets``: a number counts them."""
    UNLESS_A_PATH = 4
    """``pwd``: also the current folder."""
    YES = 5


_WORDS_ABROAD = (
    r"kennwort|senha|contrase[nñ]|parola|wachtwoord|losenord|haslo|heslo|sifre|salasana|jelszo|adgangskode|kodeord|passord"
    r"|lozinka|slaptazod|parool"
)
_ABROAD = (*_WORDS_ABROAD.replace("[nñ]", "n").split("|"), "contraseña")
_ANYWHERE = (
    *("passwd", "passwt", "password", "passwort", "passphrase", "passcode", "secret", "credential", "apikey"),
    *("api_key", "bearer", "authorization", *_ABROAD),
)
_LAST_WORDS = frozenset(
    {"token", "key", "auth", "pass", "pat", "sas", "sig", "signature", "cookie", "pw", "passwd", "creds", "passe"}
)
_TOKENS_OF_TEXT = frozenset({"bos", "eos", "pad", "unk", "sep", "cls", "mask", "img", "image", "stop"})
"""What ``--pad-token`` and its kin begin with: tokens of a language model, not of a login."""
_WORDS = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+"
_IN_BRACES = r"\{([\w.\-]+)\}[ioe]"
"""How access logs name headers of a request, of its answer, and variables: ``{cookie}i``."""

# Compiled, and kept by `re`, when somebody asks.
_SURE = (
    r"(?i)passw(or)?[dt]|passphrase|passcode|mnemonic|secret(?!ar)|authorization|(\b|_)jwt"
    r"|(api|access|private|account|signing|encryption|auth|subscription|functions|sas)_?key"
    rf"|{_WORDS_ABROAD}"
)
_PIECES_OF_SURE = ("pass", "mnemonic", "secret", "authorization", "jwt", "key", *_ABROAD)
_SURE_LAST = frozenset({"pw", "pswd", "psw", "pword", "passwd", "passe", "sandi"})
_MAYBE_LAST = frozenset(
    {
        *("token", "auth", "credential", "credentials", "cred", "creds", "pat", "sas", "sig", "signature", "cookie"),
        *("cookies", "authn", "oauth", "sessionid", "jsessionid", "phpsessid", "mdp", "webhook", "clave"),
    }
)
_ABOUT = frozenset(
    {
        *("path", "file", "filename", "dir", "directory", "folder", "url", "uri", "endpoint", "host", "name", "names"),
        *("type", "types", "kind", "length", "len", "size", "count", "counts", "number", "field", "fields", "policy"),
        *("env", "var", "variable", "label", "version", "expires", "expiry", "expiration", "expired", "ttl", "age"),
        *("timeout", "format", "algorithm", "algo", "alg", "enabled", "disabled", "required", "valid", "invalid"),
        *("present", "missing", "rotation", "min", "max", "rounds", "manager", "provider", "providers", "store"),
        *("scope", "scopes", "index", "prompt", "strength", "status", "state", "error", "errors", "message", "help"),
        *("description", "title", "id", "ids", "class", "check", "checks", "validator", "validators", "regex"),
        *("pattern", "rate", "time", "date", "at", "on", "source", "backend", "location", "position", "column"),
        *(
            "mode",
            "method",
            "methods",
            "flow",
            "param",
            "prefix",
            "suffix",
            "attempts",
            "retries",
            "usage",
            "limit",
            "days",
            "hours",
            "minutes",
            "seconds",
        ),
        *("ms", "bits", "bytes", "chars", "characters", "htpasswd"),
    }
)
"""Last words of names of what is told about a secret, and is none: ``private_key_path``."""
_FURTHER = frozenset(
    {
        *("value", "old", "new", "prod", "dev", "test", "staging", "string", "text", "raw", "plain", "base64", "b"),
        *("primary", "secondary", "current", "previous", "backup", "header", "headers"),
    }
)
"""Last words that say which one it is."""
_COUNTED = frozenset({"num", "n", "nr", "number", "count", "total", "max", "min"})
_PLURALS = frozenset({"passwords", "secrets", "passphrases", "passcodes", "keys"})
_KEYS_OF_DATA = frozenset(
    {
        *("sort", "foreign", "cache", "partition", "dict", "index", "group", "join", "lookup", "unique", "hash", "map"),
        *("state", "column", "public", "pub", "row", "shard", "routing", "object", "hot", "arrow", "enter", "return"),
        *("shift", "ctrl", "any", "missing", "unexpected", "duplicate", "invalid", "wrong", "unknown", "metric"),
        *("param", "parameter", "config", "option", "json", "item", "field", "prng", "random", "rng", "value"),
        *("label", "feature", "image", "event", "attr", "attribute", "tensor", "layer", "memory", "tag", "node"),
        *("order", "mon", "don", "tur", "whis", "joc", "hoc", "las", "idempotency", "dedup", "deduplication"),
        *("translation", "message", "data", "dataset", "batch", "sample", "file", "blob", "bucket", "prefix"),
    }
)
"""What stands before ``key`` where it finds something, and opens nothing."""
_NO_PASSES = frozenset(
    {"bypass", "compass", "encompass", "multipass", "lowpass", "highpass", "bandpass", "allpass", "trespass"}
    | {"surpass", "underpass", "overpass", "subpass", "singlepass", "onepass", "twopass"}
)
_PASSES_OF_DATA = frozenset(
    {"first", "second", "third", "last", "forward", "backward", "one", "two", "single", "multi", "low", "high", "band"}
    | {"by", "dry", "test", "tests", "all", "did", "compiler", "optimizer", "render", "max", "num", "per", "each"}
)


def is_secret_name(name: str) -> bool:
    """Whether what goes under this name (a variable, a flag, a setting) is likely a secret."""
    name = plain_name(name)
    lower = name.replace("-", "_").lower()
    if any(map(lower.__contains__, _ANYWHERE)) or ("jwt" in lower and re.search(r"(\b|_)jwt", lower)):
        return True
    words = [word.lower() for word in re.findall(_WORDS, name)]
    if not words:
        return not name.isascii() and likely_secret(name) is Likely.YES
    if words[-1] == "pwd":
        return len(words) > 1  # `PWD` itself is the current folder
    before = words[-2] if len(words) > 1 else ""
    last = words[-1]
    return (last in _LAST_WORDS or last.endswith(("token", "key"))) and before not in _TOKENS_OF_TEXT


def likely_secret(name: str) -> Likely:
    """How likely a secret goes under this name of a parameter, column, key or ``name=value`` in a text.

    It is more careful than :func:`is_secret_name`: logs are full of keys and tokens that are none of a login.
    """
    if name[:1] == "{" and (header := re.fullmatch(_IN_BRACES, name)):
        return Likely.YES if likely_secret(header[1]) else Likely.NO
    name = plain_name(name)
    words = [word.lower() for word in re.findall(_WORDS, name)]
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _FURTHER):
        words.pop()
    if not name.isascii() and _is_word_abroad(name):
        return Likely.YES
    if not words:
        return Likely.NO
    if words[-1] in _ABOUT or words[-1].endswith("manager"):
        return Likely.WHERE_IT_LOOKS_RANDOM if words[-2:] == ["secret", "id"] else Likely.NO
    if words[-1] in _SURE_LAST or (_may_be_sure(name) and re.search(_SURE, name.replace("-", "_"))):
        counts = words[0] in _COUNTED or words[-1] in _PLURALS
        return Likely.UNLESS_A_NUMBER if counts else Likely.YES
    return _by_last_word(words[-2] if len(words) > 1 else "", words[-1])


def _may_be_sure(name: str) -> bool:
    """Whether it is worth asking the expression, which takes a program that has no such name half a millisecond."""
    lower = name.lower()
    return any(map(lower.__contains__, _PIECES_OF_SURE))


def _by_last_word(before: str, last: str) -> Likely:
    if last == "pwd":
        return Likely.YES if before else Likely.UNLESS_A_PATH
    if last == "pass":
        return Likely.NO if before in _PASSES_OF_DATA else Likely.YES if before else Likely.WHERE_IT_LOOKS_SO
    if (last in _MAYBE_LAST or last.endswith("token")) and before not in _TOKENS_OF_TEXT:
        return Likely.WHERE_IT_LOOKS_SO
    if last.endswith(("pass", "passwd", "pwd", "pw")) and last not in _NO_PASSES:
        return Likely.YES
    if last == "keys" and before and before not in _KEYS_OF_DATA:
        return Likely.WHERE_IT_LOOKS_RANDOM
    if not last.endswith("key"):
        return Likely.NO
    before = last[:-3] or before
    if before in _KEYS_OF_DATA:
        return Likely.NO
    return Likely.WHERE_IT_LOOKS_SO if before else Likely.WHERE_IT_LOOKS_RANDOM


def plain_name(name: str) -> str:
    """A name as it was meant: of a header in an access log, and without letters that only look like others."""
    if "{" in name and (found := re.fullmatch(_IN_BRACES, name)):
        name = found[1]
    if "\\" in name:
        name = unescaped(name)
    if name.isascii():
        return name
    return plain_letters(name)


def unescaped(text: str) -> str:
    """A text with the letters that JSON or the repr of bytes wrote as escapes."""
    text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    return re.sub(r"(?:\\+x[0-9a-fA-F]{2})+", _decoded, text)


def _decoded(found: re.Match[str]) -> str:
    return bytes.fromhex(re.sub(r"\\+x", "", found[0])).decode("utf-8", "replace")


def _is_word_abroad(name: str) -> bool:
    lower = name.lower()
    return any(word in lower for word in WORDS)


def as_utf8(text: str) -> str:
    """A text that UTF-8 can hold: arguments and paths may have bytes of any kind, which are then escaped."""
    return text.encode("utf-8", "backslashreplace").decode()
