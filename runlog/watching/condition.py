r"""The language of conditions on a metric.

    condition   = comparison | silence
    comparison  = metric (operator number | "is" "nan") ["for" count]
    silence     = "no" metric "for" duration
    operator    = "<" | "<=" | ">" | ">=" | "==" | "!="
    metric      = a word, or any text in double quotes, with \" and \\ in it
    duration    = a number and its unit: 90s, 10m, 2h, 1.5d

``loss > 10 for 3`` is met by three values in a row; ``no loss for 10m`` by a live run that logged none for so long.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from runlog.errors import WrongTypeError, WrongValueError
from runlog.names import normalise

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_TOKEN = re.compile(r'\s*(?:(<=|>=|==|!=|<|>)|("(?:[^"\\]|\\.)*")|([^\s"<>=!]+)|(\S))')
_KINDS = ("operator", "quoted", "word", "wrong")
_WORD = re.compile(r'[^\s"<>=!]+')
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_LONGEST = 10 * 365 * UNITS["d"]


@dataclass(frozen=True)
class Comparison:
    """Values in a row that compare with a number in a certain way."""

    metric: str
    operator: str
    number: float
    count: int = 1

    def __str__(self) -> str:
        return f"{_name_text(self.metric)} {self.operator} {_number_text(self.number)}{_count_text(self.count)}"


@dataclass(frozen=True)
class NotANumber:
    """Values in a row that are not a number."""

    metric: str
    count: int = 1

    def __str__(self) -> str:
        return f"{_name_text(self.metric)} is nan{_count_text(self.count)}"


@dataclass(frozen=True)
class Silence:
    """A live run that logged no value for some seconds."""

    metric: str
    seconds: float

    def __str__(self) -> str:
        unit = next(unit for unit in "dhms" if self.seconds % UNITS[unit] == 0 or unit == "s")
        return f"no {_name_text(self.metric)} for {_number_text(self.seconds / UNITS[unit])}{unit}"


Condition = Comparison | NotANumber | Silence


def parse_condition(text: str) -> Condition:
    """Read a condition.

    Raises:
        WrongTypeError: it is no text.
        WrongValueError: it is none; the message says in which column, and what could stand there.
    """
    if not isinstance(text, str):
        raise WrongTypeError(f"a condition is a text such as 'loss > 10', not {type(text).__name__}: {text!r}")
    return _Parser(text).condition()


def parse_duration(text: str) -> float | None:
    """Seconds of a duration such as ``10m``; None where it is none, or longer than ten years."""
    match = _DURATION.fullmatch(text)
    seconds = float(match[1]) * UNITS[match[2]] if match is not None else 0
    return seconds if 0 < seconds <= _LONGEST else None


class _Token(NamedTuple):
    column: int
    """From 1."""
    text: str
    kind: str
    """``operator``, ``quoted``, ``word``, ``wrong`` or ``end``."""

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text in words


class _Parser:
    """One pass over a condition's tokens."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [*_tokens(text), _Token(len(text) + 1, "", "end")]

    def condition(self) -> Condition:
        after = self._tokens[min(1, len(self._tokens) - 1)]
        is_silence = self._tokens[0].is_word("no") and not (after.kind == "operator" or after.is_word("is"))
        found = self._silence() if is_silence else self._comparison()
        self._take("end", "the end, or for and a count" if not is_silence else "the end")
        return found

    def _silence(self) -> Silence:
        self._take("word", "no")
        metric = self._metric()
        if not self._next.is_word("for"):
            raise self._wrong("for and a duration")
        self._take("word", "for")
        seconds = parse_duration(self._next.text) if self._next.kind == "word" else None
        if seconds is None:
            raise self._wrong("a duration such as 90s, 10m, 2h or 1d")
        self._take("word", "a duration")
        return Silence(metric, seconds)

    def _comparison(self) -> Comparison | NotANumber:
        metric = self._metric()
        if self._next.is_word("is"):
            self._take("word", "is")
            if not self._next.is_word("nan"):
                raise self._wrong("nan")
            self._take("word", "nan")
            return NotANumber(metric, self._count())
        sign = self._take("operator", f"one of {' '.join(OPERATORS)}, or is nan").text
        return Comparison(metric, sign, self._number(), self._count())

    def _metric(self) -> str:
        token = self._next
        if token.kind == "quoted":
            name = re.sub(r"\\(.)", r"\1", token.text[1:-1])
        elif token.kind == "word":
            name = token.text
        else:
            raise self._wrong("the name of a metric")
        try:
            kept = normalise(name, "metric name").name
        except WrongValueError as error:
            raise self._wrong("the name of a metric") from error
        self._tokens.pop(0)
        return kept

    def _number(self) -> float:
        try:
            number = float(self._next.text) if self._next.kind == "word" else None
        except ValueError:
            number = None
        if number is None or math.isnan(number):
            hint = "a number; for not-a-number write: is nan" if self._next.is_word("nan") else "a number"
            raise self._wrong(hint)
        self._tokens.pop(0)
        return number

    def _count(self) -> int:
        if not self._next.is_word("for"):
            return 1
        self._take("word", "for")
        token = self._next
        if not (token.kind == "word" and re.fullmatch(r"[1-9][0-9]{0,8}", token.text)):
            raise self._wrong("how many values in a row, 1 or more")
        self._tokens.pop(0)
        return int(token.text)

    @property
    def _next(self) -> _Token:
        return self._tokens[0]

    def _take(self, kind: str, expected: str) -> _Token:
        if self._next.kind != kind:
            raise self._wrong(expected)
        return self._tokens.pop(0)

    def _wrong(self, expected: str) -> WrongValueError:
        found = f"found {self._next.text!r}" if self._next.kind != "end" else "it ends"
        return WrongValueError(
            f"the condition {self._text!r}, column {self._next.column}: {found}, where {expected} should stand; "
            "examples: 'loss > 10 for 3', 'loss is nan', 'no loss for 10m'"
        )


def _tokens(text: str) -> list[_Token]:
    found, place = [], 0
    while (match := _TOKEN.match(text, place)) is not None:
        number = match.lastindex or 0
        found.append(_Token(match.start(number) + 1, match[number], _KINDS[number - 1]))
        place = match.end()
    return found


def _name_text(name: str) -> str:
    if _WORD.fullmatch(name) and name != "no":
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _number_text(number: float) -> str:
    return repr(number).removesuffix(".0")


def _count_text(count: int) -> str:
    return f" for {count}" if count > 1 else ""
