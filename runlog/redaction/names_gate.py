"""Whether a text may have a name in it that secrets go under, found out without an expression.

Most texts have none. In nearly all of the others a colon or an equals sign stands behind each name, few names are met,
and each of them again and again: so what is known of a word is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable

from runlog.redaction.letters import ODD, WORDS, plain_letters
from runlog.redaction.names import unescaped
from runlog.redaction.needles import Needles

STEMS = (
    *("pass", "pw", "secret", "key", "token", "auth", "cred", "cookie", "sig", "sas", "pat", "kennwort", "senha"),
    *("contrasen", "parola", "wachtw", "losenord", "haslo", "heslo", "sifre", "salasana", "jelszo", "adgangskode"),
    *("kodeord", "sandi", "jwt", "mnemonic", "sessionid", "sessid", "lozinka", "slaptaz", "parool", "clave", "mdp"),
    *("psw", "webhook"),
)
"""Lower-case pieces of names, one of which is in every name of ASCII that is found."""
_VERBS = ("is", "was", "ist", "lautet", "est", "es")
"""What may stand between a name and the sign behind it: ``the password is: ...``."""
_MOST = 4096
_LONGEST = 100
"""Characters of a name in which such a piece is looked for, the last ones."""


class NamesGate:
    """What lets texts through to the search for names.

    Args:
        own: further pieces of names, in lower case.
    """

    def __init__(self, own: Iterable[str]) -> None:
        self._own = tuple(own)
        self._stems = Needles((*STEMS, *self._own))
        self._known = dict.fromkeys(_VERBS, True)

    def has_stem(self, text: str) -> bool:
        """Whether a piece of such a name is anywhere in a text."""
        if "\\" in text and ("\\u" in text or "\\x" in text):
            text = unescaped(text)
        return self._stems.any_in(text.lower()) if text.isascii() else self._has_stem_abroad(text)

    def has_stem_in_bytes(self, data: bytes) -> bool:
        """The same of bytes without letters of other scripts, and without a backslash."""
        return self._stems.any_in(data.lower().decode("latin-1"))

    def is_passed(self, text: str) -> bool:
        """Whether a value may stand in a text under the name of a secret."""
        pieces = text.replace("=", ":") if text.isascii() else _with_plain_signs(text)
        if ":" in pieces:
            known = self._known
            for piece in pieces.split(":")[:-1]:
                word = piece[piece.rfind(" ") + 1 :] or piece.rstrip().rpartition(" ")[2]
                if known[word] if word in known else self._learn(word):
                    return True
        return _has_other_form(text) and self.has_stem(text)

    def passes(self, word: str) -> bool:
        """Whether a word may be such a name, or have one at its end."""
        known = self._known.get(word)
        return self._learn(word) if known is None else known

    def _learn(self, word: str) -> bool:
        word = word[-_LONGEST:]
        passes = self.has_stem(word)
        if len(self._known) >= _MOST:
            self._known = dict.fromkeys(_VERBS, True)
        if len(word) < _LONGEST:
            self._known[word] = passes
        return passes

    def _has_stem_abroad(self, text: str) -> bool:
        lower = text.lower()
        if self._stems.any_in(lower) or [one for one in WORDS if one in lower]:
            return True
        return not ODD.isdisjoint(text) and self._stems.any_in(plain_letters(text).lower())


def _with_plain_signs(text: str) -> str:
    return text.replace("=", ":").replace("＝", ":").replace("：", ":")  # noqa: RUF001 - as some keyboards write them


def _has_other_form(text: str) -> bool:
    """Whether a name may stand in a text that no colon and no equals sign stands behind."""
    if ("-" in text and (" -" in text or "--" in text)) or " is " in text:
        return True
    if not text.isascii() and any(verb in text for verb in (" es ", " est ", " ist ", " è ", " é ")):
        return True
    if ("'" in text and "'," in text) or ('"' in text and '",' in text):
        return True
    return ("<" in text and "</" in text) or ("%" in text and "%3" in text) or "value" in text
