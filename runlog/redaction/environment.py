"""Secrets that the environment holds: values of variables that are named like secrets."""

from __future__ import annotations

from collections.abc import Mapping

from runlog.redaction.names import HIDDEN, is_secret_name

SHORTEST = 8
"""Characters of a value that is taken for a secret: shorter ones are found in ordinary texts."""
_DIGITS = 12
_NO_SECRETS = frozenset(
    {
        *("password", "passwort", "passphrase", "changeme", "changeit", "secret", "credentials", "credential"),
        *("disabled", "enabled", "required", "optional", "anonymous", "undefined", "redacted", "unknown", "default"),
        *("postgres", "postgresql", "administrator", "username", "localhost", "development", "production", "testing"),
        *("training", "validation", "evaluation", "accuracy", "gradient", "checkpoint", "environment", "experiment"),
        *("interactive", "automatic", "external", "internal", "keychain", "keyring", "kerberos", "negotiate"),
        *("insecure", "readonly", "readwrite", "noninteractive", "placeholder", "example", "template", "notebook"),
    }
)
"""Values that say something else, and words that logs are made of."""


def secrets_in(environment: Mapping[str, str]) -> frozenset[str]:
    """The values of variables that are named like secrets, less those that are words, numbers, paths or switches."""
    return frozenset(
        value for name, value in environment.items() if len(value) >= SHORTEST and _is_secret(name, value.strip())
    )


def _is_secret(name: str, value: str) -> bool:
    if len(value) < SHORTEST or value in HIDDEN or value.lower() in _NO_SECRETS or not is_secret_name(name):
        return False
    if value.isdigit():
        return len(value) >= _DIGITS
    return not (value.startswith(("/", "./", "../", "~")) or ("://" in value and "@" not in value))
