"""Names of metrics, columns, tags, parameters and experiments: one spelling for each.

A name is text to show, never a path of a file. ``/`` in it makes sections of charts and has no other meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from runlog.errors import WrongTypeError, WrongValueError
from runlog.limits import (
    EXPERIMENT_NAME_CHARACTERS,
    MODEL_NAME_CHARACTERS,
    NAME_CHARACTERS,
    RUN_ID_CHARACTERS,
    TEXT_VALUE_CHARACTERS,
)
from runlog.whole_files import sha256_of

_BLANKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_UNSHOWABLE = "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
_SURROGATE = "[\ud800-\udfff]"
_EXPERIMENT_NAME = rf"[a-zA-Z0-9][\w\-]{{0,{EXPERIMENT_NAME_CHARACTERS - 1}}}"
_MODEL_NAME = rf"(?a)[a-zA-Z0-9][\w.\-]{{0,{MODEL_NAME_CHARACTERS - 1}}}"
_RUN_ID = rf"(?a)[a-zA-Z0-9][\w\-]{{0,{RUN_ID_CHARACTERS - 1}}}"


class NormalisedName(NamedTuple):
    """A name or text in the form that is kept.

    Attributes:
        name: the kept form.
        changed: what could not be kept as it was given, for the caller to say once; None where nothing was lost.
            Composing to NFC and stripping lose nothing: whoever wants to know of them compares ``name`` with the
            given spelling.
    """

    name: str
    changed: str | None = None


def normalise(name: object, what: str = "name") -> NormalisedName:
    """Bring a name to its one spelling: NFC, stripped at its ends, 1 to 255 characters that can be shown.

    Control characters and lone surrogates are replaced: by a space where they move the cursor, else by U+FFFD. A
    longer name is cut and ends in ``~`` and 8 digits of its hash, so that two long names stay two. Applied to a kept
    name it changes nothing.

    Azure ML keeps names as they come; there a trailing space makes a metric that can't be read back.

    Args:
        name: the name as it was given.
        what: what it names, for the messages ("metric name", "tag key").

    Raises:
        WrongTypeError: it is no ``str``.
        WrongValueError: nothing is left of it once it is stripped.
    """
    given = _exact_text(name, what)
    shown = _replaced(_UNSHOWABLE, _replacement, given)
    kept = unicodedata.normalize("NFC", shown).strip()
    if not kept:
        raise WrongValueError(f"the {what} {given[:40]!r} is empty; give it at least one character that can be seen")
    reasons = ["control characters or lone surrogates in it were replaced"] if shown != given else []
    if len(kept) > NAME_CHARACTERS:
        reasons.append(f"it has {len(kept)} characters and was cut to {NAME_CHARACTERS}")
        kept = f"{kept[: NAME_CHARACTERS - 9]}~{_short_hash(kept)}"
    return NormalisedName(kept, "; ".join(reasons) or None)


def normalise_key(key: object, what: str = "tag key") -> NormalisedName:
    """Bring the key of a tag or parameter to its one spelling, by the rules of :func:`normalise`.

    Raises:
        WrongTypeError: it is no ``str``.
        WrongValueError: nothing is left of it once it is stripped.
    """
    return normalise(key, what)


def normalise_value(value: object, what: str = "tag value", limit: int = TEXT_VALUE_CHARACTERS) -> NormalisedName:
    """Bring a text (a tag's value, a description, a display name) to the form that is kept.

    Line breaks and blanks stay; lone surrogates become U+FFFD. A text over ``limit`` characters is cut and says at its
    end how long it was.

    Args:
        value: the text as it was given; may be empty.
        what: what it is, for the messages.
        limit: the most characters kept, one of :mod:`runlog.limits`.

    Raises:
        WrongTypeError: it is no ``str``.
    """
    given = _exact_text(value, what)
    kept = _replaced(_SURROGATE, "\ufffd", given)
    reasons = ["lone surrogates in it were replaced"] if kept != given else []
    if len(kept) > limit:
        reasons.append(f"it has {len(kept)} characters and was cut to {limit}")
        ending = f"... [cut, {len(kept)} characters, sha256 {_short_hash(kept)}]"
        kept = kept[: max(0, limit - len(ending))] + ending[:limit]
    return NormalisedName(kept, "; ".join(reasons) or None)


def check_experiment_name(name: object) -> str:
    r"""Give back an experiment's name in NFC, where it is one.

    The rule is Azure ML's, ``^[a-zA-Z0-9][\w\-]{0,254}$``.

    Raises:
        WrongTypeError: it is no ``str``.
        WrongValueError: it breaks the rule.
    """
    kept = unicodedata.normalize("NFC", _exact_text(name, "experiment name"))
    if not re.fullmatch(_EXPERIMENT_NAME, kept):
        raise WrongValueError(
            f"{kept[:80]!r} can't name an experiment; use 1 to {EXPERIMENT_NAME_CHARACTERS} letters, digits, _ and -, "
            "the first an ASCII letter or digit"
        )
    return kept


def check_run_id(run_id: object) -> str:
    """Give back a run id chosen by the caller, where it can be one.

    MLflow's rule with a shorter length: an id has a place of fixed size in every journal file.

    Raises:
        WrongTypeError: it is no ``str``.
        WrongValueError: it breaks the rule.
    """
    kept = _exact_text(run_id, "run id")
    if not re.fullmatch(_RUN_ID, kept):
        raise WrongValueError(
            f"{kept[:80]!r} can't be a run id; use 1 to {RUN_ID_CHARACTERS} ASCII letters, digits, _ and -, "
            "the first a letter or digit"
        )
    return kept


def is_run_id(text: object) -> bool:
    """Whether something can be the id of a run or process."""
    return isinstance(text, str) and re.fullmatch(_RUN_ID, text) is not None


def check_model_name(name: object) -> str:
    """Give back a model's name, where it is one. The rule is Azure ML's.

    Raises:
        WrongTypeError: it is no ``str``.
        WrongValueError: it breaks the rule.
    """
    kept = _exact_text(name, "model name")
    if not re.fullmatch(_MODEL_NAME, kept):
        raise WrongValueError(
            f"{kept[:80]!r} can't name a model; use 1 to {MODEL_NAME_CHARACTERS} ASCII letters, digits, ., _ and -, "
            "the first a letter or digit"
        )
    return kept


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """A question behind a message about an unknown name: ``did you mean 'loss'?``; empty where none is near.

    Args:
        given: the name; the case of its letters does not count.
        known: the names that there are.
    """
    from difflib import get_close_matches

    by_case = {one.lower(): one for one in known}
    near = get_close_matches(given.lower(), list(by_case), n=1)
    return f"did you mean {by_case[near[0]]!r}?" if near else ""


def group_name(name: object) -> str:
    """The one spelling of the name of a group of runs; empty for None, which is no group.

    Raises:
        WrongTypeError: it is no ``str``.
        WrongValueError: nothing is left of it once it is stripped.
    """
    return "" if name is None else normalise(name, "group name").name


def _exact_text(value: Any, what: str) -> str:
    if not issubclass(type(value), str):
        article = "an" if what[0] in "aeiou" else "a"
        raise WrongTypeError(f"{article} {what} must be a str, not {type(value).__name__}; pass a text, as in str(...)")
    return str.__str__(value)


def _replaced(pattern: str, replacement: str | Callable[[re.Match[str]], str], text: str) -> str:
    """The text with each match replaced. Printable text has none, and needs no pattern: each takes long to compile."""
    return text if text.isprintable() else re.sub(pattern, replacement, text)


def _replacement(match: re.Match[str]) -> str:
    return " " if match[0] in _BLANKS else "\ufffd"


def _short_hash(text: str) -> str:
    return sha256_of(text.encode("utf-8", "surrogatepass"))[:8]
