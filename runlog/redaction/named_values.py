"""``name=value`` in texts: values that stand beside names that secrets go under."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from msgspec import Struct

from runlog.redaction.looks import hides, is_code, is_login, is_told
from runlog.redaction.names import HIDDEN, Likely, likely_secret
from runlog.redaction.names_gate import NamesGate

# Compiled, and kept by `re`, when a text has what they need.
_SEPARATOR = "!?={1,2}>?|:=?|＝|：|%3[aAdD]"  # noqa: RUF001 - as some keyboards write them
# Searched backwards from the separator, as texts have many words and few separators: "name", 'name', config["name"]
_EMAN = r"""\s{0,24}\]?(?:["']\\*|22%)?(?P<name>[ioe]\}[\w.\-]+\{|[\w.\-]+)"""
_EMAN_ESCAPED = _EMAN.replace(r"|[\w.\-]+", r"|(?:[0-9a-fA-F]{4}u\\+|[0-9a-fA-F]{2}x\\+|[\w.\-])+")
_EMAN_UNSEEN = _EMAN.replace(r"\w", "\\w\u00ad\u200b-\u200d\u2060\ufeff")
_BEFORE = 160
"""Characters before a separator in which a name is looked for."""
_ANNOTATED = r"""\s{0,3}[A-Za-z_][\w.\[\]|, ]{0,40}?\s{0,3}=(?=\s{0,3}[bBrRuUfF]{0,2}\\*["'])"""
_BLANKS = r"(?:%22|\s{0,8})"
_VERB = r"\s(?:is|was|ist|lautet|est|es|è|é)(?:\s(?:now|set to|changed to))?:?\s{1,3}"
_FLAG = r"(?<!\S)(?P<name>--?[A-Za-z][\w.\-]+)\s+(?!-)"
_TUPLE = r"""(?<=[\[(,\s])[bBuU]?(?P<around>\\*["'])(?P<name>[\w.\-]+)(?P=around),\s{0,3}(?=[bBuU]?\\*["'])"""
_QUOTE = r"""(?:\\*["'])?"""
_ENTRY = (
    rf"(?i)(?<![\w])(?:key_?name|name|key|header|field){_QUOTE}\s{{0,3}}[:=]\s{{0,3}}{_QUOTE}(?P<name>[\w.\-]+){_QUOTE}"
    rf"(?:[,\s]|\\+[nrt]){{1,40}}{_QUOTE}value{_QUOTE}\s{{0,3}}[:=]\s{{0,3}}"
)
_ELEMENT = r"<(?:\w+:)?(?P<name>[\w.\-]+)(?:\s[^<>]{0,200})?>(?=[^<>\s])"

_SCHEMES = r"(?:(?:bearer|basic|token|digest|negotiate|apikey|sharedkey(?:lite)?|splunk|ssws)\s+(?=\S))?"
# A value in quotes may have quotes in it, escaped once more than those around it; so JSON within JSON stays whole.
_QUOTED = r"""[bBrRuUfF]{0,2}(?P<quote>\\*["'])(?P<quoted>(?:(?!(?P=quote))(?:\\.|[^\\]))*)(?P=quote)"""
# A bracket or comma ends a value, unless more of a word stands behind it that is no next name.
_BARE = (
    r"""\\*["']?(?P<bare>(?![\[{(](?:[\s"'\\\[{(]|\Z))(?:\\(?![rnt"'\\]).|[^\s"'\\,;&}\])]|'(?=\w)"""
    r"""|[,;&}\])](?=[^\s"'\\,;&}\])=:]+(?:[\s,;&}\])]|\Z)))+)"""
)
_VALUE = rf"(?is){_BLANKS}{_SCHEMES}(?:{_QUOTED}|(?P<items>\[[^\[\]\n]*\])|\{{(?P<braced>[^{{}}\n]*)\}}|{_BARE})"
_PARAMETER = r"""[\w\-]+=(?:"[^"\n]*"|[^\s,;"'\\]+)"""
_AUTHORIZATION = (
    rf"(?is){_BLANKS}(?:{_QUOTED}|(?:[a-z][\w\-]*\s+(?=\S))??(?P<listed>[\w\-]+\s+{_PARAMETER}(?:,\s*{_PARAMETER})*)"
    rf"|(?:[a-z][\w\-]{{1,20}}[ \t]+(?=[^\s=]{{6,}}))?{_BARE})"
)
_COOKIE = r"""[^\s=;,"'\\]+=[^\s;,"'\\]*"""
_COOKIES = rf"(?is){_BLANKS}(?:{_QUOTED}|(?P<listed>{_COOKIE}(?:[;,]\s*(?:expires=[\w, :\-]+|[^\s;,\"'\\]+))*)|{_BARE})"
_SENTENCES = r"(?is)" + _BLANKS + "(?:" + _QUOTED + r"|(?P<bare>[^\r\n,;\"'\\]+))"
_CONTENT = r"(?P<bare>[^<]+)"


_AROUND = " bBrRuU'\"\\"

Places = Iterator[tuple[str, int]]
"""Names, and where the values behind them begin."""


class _Shape(Struct, frozen=True):
    """One way to write a name and its value."""

    needs: Callable[[str], bool]
    places: Callable[[str, Callable[[str], bool]], Places]
    """Finds them in a text, by help of what tells whether a word may be such a name."""
    value: str | None = None
    """None where the name decides."""
    proof: Callable[[str], bool] | None = None
    """What a value without quotes has to be, besides."""


_compiled = cache(re.compile)


def _in_pairs(text: str, passes: Callable[[str], bool]) -> Places:
    for found in _compiled(_SEPARATOR).finditer(text):
        at = found.start()
        before = text[max(0, at - _BEFORE) : at]
        if not passes(before[before.rfind(" ") + 1 :] or before):
            continue
        name = _name_at_end(before)
        if name is not None:
            at = found.end()
            if (
                found[0] == ":"
                and _value_under(name) is _VALUE
                and (annotated := _compiled(_ANNOTATED).match(text, at))
            ):
                at = annotated.end()
            yield name, at


def _in_sentences(text: str, passes: Callable[[str], bool]) -> Places:
    for found in _compiled(_VERB).finditer(text):
        name = _name_at_end(text[max(0, found.start() - _BEFORE) : found.start()])
        if name is not None:
            yield name, found.end()


def _forward(expression: str) -> Callable[[str, Callable[[str], bool]], Places]:
    def places(text: str, passes: Callable[[str], bool]) -> Places:
        for found in _compiled(expression).finditer(text):
            yield found["name"], found.end()

    return places


def _name_at_end(before: str) -> str | None:
    escaped = _EMAN_ESCAPED if "\\" in before else _EMAN
    found = _compiled(escaped if before.isascii() else _EMAN_UNSEEN).match(before[::-1])
    return None if found is None else found["name"][::-1]


def _has_verb(text: str) -> bool:
    return " is" in text or " was " in text or " es" in text or " lautet" in text or not text.isascii()


_SHAPES = (
    _Shape(lambda text: "=" in text or ":" in text or "%3" in text or not text.isascii(), _in_pairs),
    _Shape(lambda text: "-" in text, _forward(_FLAG)),
    _Shape(lambda text: "'," in text or '",' in text, _forward(_TUPLE)),
    _Shape(lambda text: "value" in text and "=value" not in text, _forward(_ENTRY)),
    _Shape(lambda text: "</" in text, _forward(_ELEMENT), _CONTENT),
    _Shape(_has_verb, _in_sentences, None, is_told),
)


class NamedValues:
    """Hides values by their names.

    Args:
        names: further names; what goes under them is always hidden.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.own = tuple(sorted({name.lower() for name in names}))
        self.gate = NamesGate(self.own)
        self._known: dict[str, Likely] = {}

    def likely(self, name: str) -> Likely:
        """How likely a secret goes under a name."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= 4096:
                self._known.clear()
            known = self._known[name] = self._judge(name)
        return known

    def _judge(self, name: str) -> Likely:
        if not self.gate.has_stem(name):  # without an expression, which would have to be compiled at the first start
            return Likely.NO
        return Likely.YES if any(map(name.lower().__contains__, self.own)) else likely_secret(name)

    def hide(self, text: str) -> str:
        """The text without the values beside such names."""
        for shape in _SHAPES:
            if shape.needs(text):
                text = self._hide_after(shape, text)
        return text

    def hides(self, name: str, value: str) -> bool:
        """Whether a value is hidden under a name."""
        likely = self.likely(name)
        return hides(likely, value) or (likely is Likely.WHERE_IT_LOOKS_SO and _is_credential(name, value))

    def _hide_after(self, shape: _Shape, text: str) -> str:
        pieces: list[str] = []
        kept_to = done = 0
        for name, at in shape.places(text, self.gate.passes):
            if at < done or not self.likely(name):
                continue
            value = _compiled(shape.value or _value_under(name)).match(text, at)
            if value is None:
                continue
            group = str(value.lastgroup)
            if self._is_hidden(shape, name, value, group):
                pieces += [text[kept_to : value.start(group)], HIDDEN]
                kept_to, done = value.end(group), value.end()
        return "".join([*pieces, text[kept_to:]]) if pieces else text

    def _is_hidden(self, shape: _Shape, name: str, value: re.Match[str], group: str) -> bool:
        kept, text = value[group], value.string
        if group == "items":
            return kept != HIDDEN and any(self.hides(name, one.strip(_AROUND)) for one in kept[1:-1].split(","))
        if text.startswith(HIDDEN, value.start(group)) or not self.hides(name, kept):
            return False
        if group == "quoted":
            return True
        if group == "braced":
            return HIDDEN not in kept and not kept.isidentifier()  # what is put there later
        if is_code(name, kept, text[value.end() : value.end() + 1]):
            return False
        return shape.proof is None or shape.proof(kept)


def _value_under(name: str) -> str:
    lower = name.lower()
    if "authorization" in lower:
        return _AUTHORIZATION
    if "cookie" in lower:
        return _COOKIES
    return _SENTENCES if lower.endswith(("passphrase", "mnemonic")) else _VALUE


def _is_credential(name: str, value: str) -> bool:
    """Whether cookies, or a login in base64, stand under the name of such."""
    lower = name.lower()
    if "cookie" in lower:
        return re.match(r"[^\s=;,]+=[^\s;,]{4,}", value) is not None
    return lower.endswith("auth") and is_login(value)
