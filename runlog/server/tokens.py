"""Tokens: made once, shown once, and kept as hashes."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from runlog.errors import WrongValueError
from runlog.journal import real_time
from runlog.names import normalise
from runlog.server.database import Database
from runlog.server.roles import Role

PREFIX = "rl_"
"""What every token begins with, so that it is known for one wherever it turns up."""
SECRET_BYTES = 32
ID_BYTES = 4
USED_EVERY = 60
"""Seconds within which the use of a token is written down once."""
ROWS = "SELECT id, name, role, created, expires, used, hash FROM tokens"
"""What is read of tokens: see :func:`token_of`."""


class Token(NamedTuple):
    """What is known of a token. The token itself is not."""

    id: str
    name: str
    role: Role
    created: int
    """UTC seconds since 1970."""
    expires: int | None
    used: int | None
    """When it was used last, give or take a minute."""


class Tokens:
    """The tokens that a server knows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, role: Role, days: float | None = None) -> tuple[Token, str]:
        """Make a token.

        Args:
            name: whose it is, for lists and logs.
            role: what it may do.
            days: until it expires; None: never.

        Returns:
            what is kept of it, and the token.

        Raises:
            WrongValueError: the name is empty, or the time is not positive.
        """
        called = normalise(name, "token name").name
        if days is not None and days <= 0:
            raise WrongValueError(f"a token can't be valid for {days} days: give a positive number")
        secret = new_secret()
        now = int(real_time.wall())
        expires = None if days is None else now + round(days * 86_400)
        token = Token(os.urandom(ID_BYTES).hex(), called, role, now, expires, None)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO tokens (id, hash, name, role, created, expires) VALUES (?, ?, ?, ?, ?, ?)",
                (token.id, hash_of(secret), called, role.word, now, expires),
            )
        return token, secret

    def list(self) -> list[Token]:
        """All tokens, the oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(ROWS + " ORDER BY created, id")
            return [token_of(row) for row in rows]

    def revoke(self, token_id: str) -> Token:
        """Let a token be one no more; the next request with it is refused.

        Args:
            token_id: the id that lists show, or a name that only one token has.

        Raises:
            WrongValueError: no token, or more than one, answers to it.
        """
        with self._database.writing() as connection:
            rows = connection.execute(ROWS + " WHERE id = ?1 OR name = ?1", (token_id,)).fetchall()
            if len(rows) != 1:
                found = "no token answers" if not rows else f"{len(rows)} tokens answer"
                raise WrongValueError(f"{found} to {token_id!r}: give an id of `runlog token list`")
            connection.execute("DELETE FROM tokens WHERE id = ?", (rows[0][0],))
        return token_of(rows[0])

    def note_use(self, token: Token) -> None:
        """Write down that a token was used, once a minute.

        Raises:
            sqlite3.Error: it can't be written, or somebody else writes for long.
        """
        now = int(real_time.wall())
        if token.used is not None and now - token.used < USED_EVERY:
            return
        with self._database.writing() as connection:
            connection.execute("UPDATE tokens SET used = ? WHERE id = ?", (now, token.id))


def new_secret() -> str:
    """A token that nobody has yet."""
    return PREFIX + base64.urlsafe_b64encode(os.urandom(SECRET_BYTES)).rstrip(b"=").decode()


def hash_of(secret: str) -> bytes:
    """A token is 32 random bytes: there is nothing to guess, so one round is enough."""
    return hashlib.sha256(secret.encode()).digest()


def token_of(row: Sequence[Any]) -> Token:
    """What a row of ``ROWS`` stands for."""
    token_id, name, role, created, expires, used, _ = row
    return Token(token_id, name, Role.of(role), created, expires, used)
