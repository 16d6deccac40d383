# ruff: noqa: RUF001 - letters that look like others are what this is about
"""Where secrets stand in well-known formats that give them no name of their own: command lines, files of passwords.

Each has literals, an expression whose group ``secret`` is hidden, and whether that must be proven to be a login.
"""

from __future__ import annotations

_WORD = r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s'"]+)"""
_OF = r"\b[^\n|;&]{0,120}?[ \t]"
_NO_NAME = r"""(?!["'{]*[\w.\-]+["']?\s{0,3}[:=][\s"'])"""
"""Not before the name of something else, whose value is looked for afterwards."""

# Within one line: what stands on the next one may be a name with a value of its own.
COMMANDS = (
    # curl -u user:password, but neither ids of users and groups nor host:port.
    (
        (" -u", " -U", " --user", " --proxy-user"),
        (
            r"""(?<![\w\-])(?:-[uU]|--user|--proxy-user)[\s=]{0,3}\\*["']?(?!\d+:\d+\b)"""
            r"""[^\s:%"'=/\-][^\s:%"'=/]{0,200}[:%](?P<secret>[^\s"':/][^\s"']*)"""
        ),
    ),
    ((" -p",), rf"""\b(?:mysql\w*|mariadb\w*|sshpass|7za?){_OF}-p(?P<secret>[^\s"']+|"[^"\n]*"|'[^'\n]*')"""),
    (
        (" -p ",),
        (
            r"\b(?:mongo\w*|sshpass|psexec\w*|rabbitmqadmin|(?:docker|podman|registry|oc|az|helm) login|twine|cqlsh)"
            rf"{_OF}-p[ \t]+"
            rf"(?P<secret>(?!-){_WORD})"
        ),
    ),
    (
        ("redis-cli", " -P"),
        rf"\b(?:redis-cli|sqlcmd|bcp|unzip|zip|mosquitto_(?:pub|sub)){_OF}-[aP][ \t]*(?P<secret>(?!-){_WORD})",
    ),
    ((" -w ",), rf"\bldap(?:search|modify|add|whoami|passwd|delete){_OF}-w[ \t]+(?P<secret>{_WORD})"),
    ((" -pw ",), rf"\b(?:plink|pscp|psftp){_OF}-pw[ \t]+(?P<secret>{_WORD})"),
    (
        ("assw",),  # with -n there is no file before the user
        (
            r"\bhtpasswd[ \t]+-(?=[A-Za-z]*b)(?:(?=[A-Za-z]*n)[A-Za-z]+|[A-Za-z]+[ \t]+\S+)[ \t]+\S+[ \t]+"
            rf"(?P<secret>{_WORD})"
        ),
    ),
    (("-pass",), r"-pass(?:in|out)?[ \t]+pass:(?P<secret>[^\s\"']+)"),  # openssl
    ((" /user:",), r"\bnet use[ \t][^\n|;&]{0,80}?/user:\S+[ \t]+(?P<secret>(?!/)\S+)"),
    (
        (" -S", "-stdin"),
        rf"\becho[ \t]+(?:-n[ \t]+)?(?P<secret>{_WORD})[ \t]*\|[ \t]*(?:sudo -S|[^\n|]{{0,80}}--(?:password-)?stdin)",
    ),
    (("assw",), r"""\becho[ \t]+["']?[\w.\-]+:(?P<secret>[^\s"']+)["']?[ \t]*\|[ \t]*(?:sudo[ \t]+)?chpasswd"""),
    (("ConvertTo-SecureString",), rf"ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?(?P<secret>(?![-$]){_WORD})"),
)

FILES = (
    (("assw",), r"\b(?:machine|login|account)\s+\S+\s+passw(?:or)?d[ \t]+(?P<secret>\S+)"),  # .netrc
    (
        (":5432:", ":*:"),  # .pgpass
        r"(?<![^\s\"'])[\w.\-*]+:(?:\d{2,5}|\*):[\w.\-*]+:[\w.\-*]+:(?P<secret>[^\s\"']+)",
    ),
    (
        ("BY '", "by '", 'BY "', "PASSWORD '", "assword '"),
        r"(?i)\b(?:identified by|password)\s+['\"](?P<secret>(?:[^'\"\\\n]|\\.)+)['\"]",
    ),
    (("jdbc:oracle:thin:",), r"jdbc:oracle:thin:[^\s/@]+/(?P<secret>[^\s@]+)@"),
    (
        ("auth=(", "uth: (", "uth': ("),
        r"""\bauth['"]?(?:=|:\s)\(\s*["'][^"'\n]*["']\s*,\s*["'](?P<secret>[^"'\n]*)["']""",
    ),
    (("Credential(",), r"""(?:Key|Sas|Token)Credential\(\s*["'](?P<secret>[^"'\s]{8,})["']"""),
    (
        ("BasicAuth(", "DigestAuth("),
        r"""(?:Basic|Digest)Auth\(\s*["'][^"'\n]*["']\s*,\s*["'](?P<secret>[^"'\n]*)["']""",
    ),
    (("code=",), r"(?i)[?&]code=(?P<secret>(?=[^&\s\"'#]*\d)[^&\s\"'#]{16,})"),  # keys of Azure Functions
    (("密码", "密碼", "口令"), rf"(?:密码|密碼|口令)(?:[是为為]|[^\S\r\n]|[:：=＝])+{_NO_NAME}(?P<secret>[!-~]{{4,}})"),
    (
        ("パスワード", "비밀번호", "암호"),
        rf"(?:パスワード|비밀번호|암호)(?:[は는은]|[^\S\r\n]|[:：=＝])+{_NO_NAME}(?P<secret>[!-~]{{4,}})",
    ),
)

SENTENCES = (
    (
        ("assw", "PASSW"),
        r"(?i)passw(?:or)?[dt][\"']?(?:\s(?:is|ist|lautet|es|est|è)\s|(?:\s|[|,→>—\-]){1,8})(?P<secret>[^\s|,\"'()]{6,})",
    ),
    (
        ("assw", "PASSW"),
        (
            r"(?i)passw(?:or)?[dt]\s(?:for|of|für|fuer|voor|till)\s[^\s:=]{1,60}(?:\s[^\s:=]{1,60})?\s?[:=]\s?"
            r"(?P<secret>[^\s|,\"'()]{6,})"
        ),
    ),
    (
        ("пароль", "Пароль", "hasło", "Hasło"),
        r"(?i)(?:пароль|hasło)(?:\s\w{1,40}){1,2}\s?[:=]?\s(?P<secret>[^\s|,\"'()]{6,})",
    ),
    (("assw", "PASSW"), r"(?i)passw(?:or)?d\(\s*[\"'](?P<secret>[^\"'\s]{6,})"),
    (("wandb",), r"\bwandb(?::|\s+login)\s+(?:--relogin\s+)?(?P<secret>[0-9a-f]{40})(?![0-9a-f])"),
)
"""Those whose group has to look like a password, not like one more word."""

LOGINS = ((("Basic ",), r"\b[Bb]asic[ \t]+(?P<secret>[A-Za-z0-9+/]{8,}={0,2})"),)
"""Those whose group has to be ``user:password`` in base64."""
