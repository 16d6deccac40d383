# ruff: noqa: RUF001 - letters that look like others are what this is about
"""Letters of other scripts: words for a password in them, and letters that only look like those of another.

Loaded with the rest, though most texts have none: when a program has used up its descriptors, nothing can be loaded.
"""

from __future__ import annotations

import unicodedata

WORDS = (
    *("пароль", "парола", "лозинка", "密码", "密碼", "口令", "パスワード", "暗証番号", "비밀번호", "암호", "패스워드"),
    *("κωδικός πρόσβασης", "πρόσβασης", "συνθηματικό", "κωδικος", "κωδικός", "סיסמה", "סיסמא", "كلمة المرور"),
    *("المرور", "كلمة السر", "السر", "رمز عبور", "عبور", "पासवर्ड", "कूटशब्द", "รหัสผ่าน", "khẩu", "khau", "գաղտնաբառ"),
    *("contraseñ", "lösenord", "şifre", "hasło", "jelszó", "parolă", "парол"),
)
"""Lower-case words for a password."""

UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Characters that nobody sees, and that a name may have anywhere."""

_LIKE = dict(
    zip(
        "аеорсухіјѕһԁԛԝкмтвАВЕКМНОРСТХУІЈЅԌαορυνικτΑΒΕΖΗΙΚΜΝΟΡΤΥΧłŁıøØđĐßſ",
        "aeopcyxijshdqwkmtbABEKMHOPCTXYIJSGaopuvtktABEZHIKMNOPTYXlLiooddss",
        strict=True,
    )
)
_LIKE["ι"] = "i"
_PLAIN = str.maketrans({**_LIKE, **dict.fromkeys(UNSEEN, "")})
_WIDE = frozenset(map(chr, range(0xFF01, 0xFF5F)))
_COMBINING = frozenset(map(chr, range(0x300, 0x330)))
ODD = (frozenset(_LIKE) | frozenset(UNSEEN) | _WIDE | _COMBINING) - frozenset("łŁıøØđĐßſ")
"""Characters that make a word read as one of ASCII."""


def plain_letters(name: str) -> str:
    """A name in letters of ASCII as far as it looks like one; another one stays, but for what nobody sees."""
    shown = name.translate(dict.fromkeys(map(ord, UNSEEN)))
    composed = unicodedata.normalize("NFKC", shown)
    if any(word in composed.lower() for word in WORDS):
        return composed
    parts = unicodedata.normalize("NFKD", shown)
    return "".join(one for one in parts if not unicodedata.combining(one)).translate(_PLAIN)
