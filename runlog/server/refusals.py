"""How a request is refused: a status, a word for programs, a sentence for people, and what a program needs to go on."""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from runlog.errors import (
    JournalConflictError,
    JournalError,
    JournalGapError,
    JournalVersionError,
    MissingExtraError,
    ObjectStoreError,
    QueryError,
    RunFileNotFoundError,
    RunNotFoundError,
    WrongTypeError,
    WrongValueError,
)
from runlog.journal.open_file import LINK, NOT_REGULAR

_logger = logging.getLogger("runlog.server")
_FULL = (errno.ENOSPC, errno.EDQUOT)
_WORDS = {400: "bad_json", 404: "not_found", 405: "method_not_allowed", 408: "too_slow", 413: "too_large"}


class RefusalError(Exception):
    """A request that is not done."""

    def __init__(
        self,
        status: int,
        error: str,
        message: str,
        *,
        detail: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Say why.

        Args:
            status: of HTTP.
            error: a word in snake case, by which programs tell refusals apart.
            message: what was wrong, with which value, and what to do.
            detail: what a program needs to go on.
            headers: of the answer.
        """
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message
        self.detail = dict(detail or {})
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The answer that tells of it."""
        body = {"error": self.error, "message": self.message, "detail": self.detail}
        return Response(msgspec.json.encode(body), self.status, self.headers, "application/json")


def busy(message: str, seconds: int = 1) -> RefusalError:
    """The server is behind: the caller is to come back."""
    return RefusalError(429, "busy", message, detail={"seconds": seconds}, headers={"Retry-After": str(seconds)})


def refusal_of(error: Exception) -> RefusalError:
    """The refusal that stands for an error. Nothing of the server's own paths is told."""
    if isinstance(error, RefusalError):
        return error
    if isinstance(error, JournalGapError):
        return RefusalError(409, "gap", str(error), detail={"length": error.length})
    if isinstance(error, JournalConflictError):
        return RefusalError(409, "conflict", str(error))
    if isinstance(error, JournalVersionError):
        return RefusalError(400, "journal_version", str(error))
    if isinstance(error, JournalError):
        return RefusalError(400, "bad_journal", str(error))
    if isinstance(error, QueryError):
        return RefusalError(400, "bad_query", str(error), detail={"column": error.column})
    if isinstance(error, RunNotFoundError):
        return RefusalError(404, "run_not_found", "there is no such run here")
    if isinstance(error, RunFileNotFoundError):
        return RefusalError(404, "file_not_found", "there is no such file here")
    if isinstance(error, ObjectStoreError):
        _logger.error("a blob could not be fetched: %s", error)
        wait = {"Retry-After": "30"}
        return RefusalError(
            503, "object_store", "the object store of this server fails: its log says why", headers=wait
        )
    if isinstance(error, MissingExtraError):
        return RefusalError(501, "missing_extra", str(error))
    if isinstance(error, WrongValueError | WrongTypeError):
        return RefusalError(400, "wrong_value", str(error))
    if isinstance(error, FileNotFoundError):
        return RefusalError(404, "not_found", "there is no such thing here, or no longer")
    if isinstance(error, OSError):
        return _refused_by_disk(error)
    if isinstance(error, sqlite3.Error):
        _logger.error("a database of the server can't be used: %s", error)
        wait = {"Retry-After": "5"}
        return RefusalError(503, "database_fault", "a database of the server can't be used now", headers=wait)
    _logger.error("a request ended in an error of the server", exc_info=error)
    return RefusalError(500, "internal", "an error of the server, which its own log tells of")


def _refused_by_disk(error: OSError) -> RefusalError:
    _logger.error("a request could not be kept or read: %s", error)
    if error.strerror in {LINK, NOT_REGULAR}:
        return RefusalError(409, "no_file", "a link, or something that is no file, stands in its place on the server")
    wait = {"Retry-After": "30"}
    if error.errno in _FULL:
        return RefusalError(507, "no_space", "the server's disk is full: make room there", headers=wait)
    return RefusalError(503, "disk_fault", "the server's disk refused it: its own log says why", headers=wait)


def answer_with_refusals(app: FastAPI) -> None:
    """Have every error of an endpoint answered in the one shape."""

    def any_error(request: Request, error: Exception) -> Response:
        return refusal_of(error).response()

    def not_valid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = [{"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors()]
        message = "; ".join(f"{one['where']}: {one['what']}" for one in faults)
        return RefusalError(422, "wrong_argument", message, detail={"faults": faults}).response()

    def no_route(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        word = _WORDS.get(error.status_code, "refused")
        return RefusalError(error.status_code, word, str(error.detail), headers=error.headers).response()

    for kind in (
        RefusalError,
        JournalError,
        RunNotFoundError,
        WrongValueError,
        WrongTypeError,
        OSError,
        sqlite3.Error,
        Exception,
    ):
        app.add_exception_handler(kind, any_error)
    app.add_exception_handler(RequestValidationError, not_valid)
    app.add_exception_handler(HTTPException, no_route)
