"""How an endpoint is declared: with its path, method, and the role that it asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from runlog.server.roles import Role
from runlog.server.shapes import Refused

F = TypeVar("F", bound=Callable[..., Any])


class Endpoint(NamedTuple):
    """One method of one path."""

    method: str
    path: str
    role: Role | None
    """The least role that may call it; None: anybody may."""
    function: Callable[..., Any]
    documents: dict[str, Any]


class Endpoints:
    """The endpoints of one part of the API. One that is not declared here is not served."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.declared: list[Endpoint] = []

    def __call__(
        self,
        method: str,
        path: str,
        role: Role | None,
        *,
        status: int = 200,
        shape: Any = None,
        refusals: Sequence[int] = (),
        responses: dict[int | str, dict[str, Any]] | None = None,
        body: dict[str, Any] | None = None,
    ) -> Callable[[F], F]:
        """Declare the decorated function.

        Args:
            method: of HTTP.
            path: with its parameters in braces.
            role: the least role that may call it; None: anybody may.
            status: of its usual answer.
            shape: the model of its JSON answer; None: it is none, and ``responses`` describes it.
            refusals: statuses that it may refuse with, beside those of every endpoint.
            responses: further answers.
            body: OpenAPI's description of a body that no model reads.
        """

        def declare(function: F) -> F:
            refused = {400, 401, 403, 404, 413, 422, *refusals} if role is not None else set(refusals)
            described: dict[int | str, dict[str, Any]] = {code: {"model": Refused} for code in sorted(refused)}
            if shape is not None:
                described[status] = {"model": shape}
            documents: dict[str, Any] = {
                "status_code": status,
                "responses": described | (responses or {}),
                "tags": [self.tag],
                "response_model": None,
            }
            if body is not None:
                documents["openapi_extra"] = {"requestBody": body}
            self.declared.append(Endpoint(method, path, role, function, documents))
            return function

        return declare


def raw_body(*media_types: str) -> dict[str, Any]:
    """OpenAPI's description of a body of bytes."""
    content = {one: {"schema": {"type": "string", "format": "binary"}} for one in media_types}
    return {"required": True, "content": content}


def raw_answer(description: str, *media_types: str) -> dict[str, Any]:
    """OpenAPI's description of an answer of bytes."""
    content = {one: {"schema": {"type": "string", "format": "binary"}} for one in media_types}
    return {"description": description, "content": content}
