"""The OpenAPI document says what is served: requests made from it are answered as it says."""

from __future__ import annotations

import re

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from runlog.server.app import declared

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


OPERATIONS = sorted((re.sub(r":[a-z]+}", "}", one.path), one.method) for one in declared() if "events" not in one.path)


@pytest.fixture(scope="module")
def schema(reader, writer):
    writer("PUT", "/api/v1/runs/described")
    return schemathesis.openapi.from_dict(reader("GET", "/api/v1/openapi.json").json())


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_what_is_asked_as_the_document_says_is_answered_as_it_says(server, schema, path, method):
    headers = {"Authorization": f"Bearer {server.tokens['admin']}"}

    @settings(max_examples=8, suppress_health_check=list(HealthCheck), phases=[Phase.generate], database=None)
    @given(case=schema[path][method].as_strategy())
    def ask(case):
        case.call_and_validate(base_url=server.url, headers=headers, checks=CHECKS, timeout=30)

    ask()
