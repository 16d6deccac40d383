"""Whether the server works, what it is, and what it counts."""

from __future__ import annotations

from fastapi import Request, Response

from runlog import __version__
from runlog.journal.format import VERSION
from runlog.server import shapes
from runlog.server.answers import json_answer
from runlog.server.bodies import ENCODINGS
from runlog.server.endpoints import Endpoints, raw_answer
from runlog.server.measures import CONTENT_TYPE
from runlog.server.refusals import RefusalError
from runlog.server.roles import Role
from runlog.server.service import caller_of, service_of

API_VERSION = 1
endpoint = Endpoints("status")


@endpoint("GET", "/healthz", None, shape=shapes.Health)
async def health(request: Request) -> Response:
    """Say that the process answers."""
    return json_answer({"status": "ok"})


@endpoint("GET", "/readyz", None, shape=shapes.Ready, refusals=[503])
async def ready(request: Request) -> Response:
    """Say whether the workspace can be read, as of a second ago, and what is amiss though it can be."""
    service = service_of(request)
    if service.fault():
        raise RefusalError(503, "not_ready", "the workspace can't be read: the server's own log says why")
    return json_answer({"status": "ok", "troubles": service.store.troubles})


@endpoint("GET", "/metrics", Role.READER, responses={200: raw_answer("Prometheus's text format.", "text/plain")})
def metrics(request: Request) -> Response:
    """Tell what the server counts."""
    return Response(service_of(request).measures.text(), media_type=CONTENT_TYPE)


@endpoint("GET", "/api/v1/server", Role.READER, shape=shapes.Server)
def server(request: Request) -> Response:
    """Tell what the server is, and who asks."""
    service, caller = service_of(request), caller_of(request)
    upload = service.settings.upload
    return json_answer(
        {
            "version": __version__,
            "api": API_VERSION,
            "journal_versions": [VERSION],
            "workspace": service.backend.name,
            "encodings": list(ENCODINGS),
            "limits": {
                "json_bytes": upload.json_bytes,
                "piece_bytes": upload.piece_bytes,
                "file_bytes": upload.file_bytes,
                "entry_bytes": upload.entry_bytes,
                "page": service.settings.page,
            },
            "caller": {"name": caller.name, "role": caller.role.word},
        }
    )


@endpoint("GET", "/api/v1/openapi.json", Role.READER, responses={200: {"description": "This document."}})
def openapi(request: Request) -> Response:
    """Describe the API."""
    return json_answer(request.app.openapi())
