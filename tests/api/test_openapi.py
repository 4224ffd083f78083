"""The OpenAPI document: complete, its examples executed, and nothing that follows it gets a 500."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from kgservice.release import Release
from kgservice.server import listen, make_server

from .conftest import Json, make_app

# That ids which fit the pattern are unknown (404) is no fault: acceptance of all that fits is not checked.
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]


@pytest.fixture(scope="module")
def document(client: TestClient) -> Json:
    """``/openapi.json``."""
    answer: Json = client.get("/openapi.json").json()
    return answer


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _example(document: Json, parameter: Json) -> Any:
    """The first example of a parameter, beside it or in its schema."""
    schema = parameter.get("schema", {})
    for holder in (parameter, schema):
        if "example" in holder:
            return holder["example"]
        if holder.get("examples"):
            examples = holder["examples"]
            return (
                examples[0]
                if isinstance(examples, list)
                else next(iter(examples.values()))["value"]
            )
    return None


def _call(client: TestClient, path: str, parameters: list[Json], document: Json) -> Any:
    """A GET with the examples of these parameters."""
    query = {}
    for parameter in parameters:
        value = _example(document, parameter)
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(value))
        elif value is not None:
            query[parameter["name"]] = value
    return client.get(path, params=query)


def _check(document: Json, operation: Json, answer: Any) -> None:
    """That an answer is the one described."""
    assert answer.status_code == 200, answer.text[:500]
    media_type = answer.headers["content-type"].partition(";")[0]
    described = operation["responses"]["200"]["content"][media_type]["schema"]
    if media_type == "application/json":
        schema = {**described, "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(answer.json())


def test_every_part_is_described_in_both_languages(document: Json) -> None:
    operations = list(_operations(document))
    assert len(operations) >= 11
    for method, path, operation in operations:
        assert " · " in operation["summary"], path
        for parameter in operation.get("parameters", []):
            name = (method, path, parameter["name"])
            schema = parameter["schema"]
            assert parameter.get("description") or schema.get("description"), name
            described = _example(document, parameter) is not None or "default" in schema
            assert described or schema.get("enum") or "$ref" in schema or "anyOf" in schema, name
        assert "422" not in operation["responses"]
        for status, response in operation["responses"].items():
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"], (path, status)


def test_examples_are_executed(client: TestClient, document: Json) -> None:
    """All examples of a route together, and each alone beside what is required."""
    executed = 0
    for method, path, operation in _operations(document):
        if method != "get":
            continue
        parameters = operation.get("parameters", [])
        required = [parameter for parameter in parameters if parameter.get("required")]
        answer = _call(client, path, parameters, document)
        _check(document, operation, answer)
        for parameter in parameters:
            if not parameter.get("required"):
                alone = _call(client, path, [*required, parameter], document)
                _check(document, operation, alone)
                executed += 1
        content = operation["responses"]["200"]["content"]
        shown = content.get("application/json", {}).get("example")
        if shown is not None:
            assert _call(client, path, required, document).json() == shown, path
    assert executed >= 15


def test_bodies_of_examples_are_executed(client: TestClient, document: Json) -> None:
    for method, path, operation in _operations(document):
        if method != "post":
            continue
        for media_type, body in operation["requestBody"]["content"].items():
            given = _example(document, body)
            if given is None:
                schema = document["components"]["schemas"][
                    body["schema"]["$ref"].rpartition("/")[2]
                ]
                given = _example(document, {"schema": schema})
            assert given, path
            if media_type == "application/json":
                answer = client.post(path, json=given)
            else:
                headers = {"content-type": media_type}
                answer = client.post(path, content=given.encode(), headers=headers)
            _check(document, operation, answer)


@pytest.fixture(scope="module")
def address(release: Release) -> Iterator[str]:
    """The address of the application behind the real server."""
    listener = listen("127.0.0.1", 0)
    server = make_server(make_app(release.path.parent, release), grace=2.0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.mark.timeout(300)
def test_nothing_gets_a_500(address: str, document: Json) -> None:
    """Schemathesis: requests within and beside the description; the answers are the described ones."""
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    failures: list[str] = []
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in GenerationMode:

            @given(operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=20,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            def run(case: schemathesis.Case) -> None:
                nonlocal asked
                asked += 1
                case.validate_response(case.call(), checks=CHECKS)

            try:
                run()
            except Unsatisfiable:
                pass  # a route without parameters has nothing to get wrong
            except BaseExceptionGroup as group:
                failures += [f"{operation.label}: {error}" for error in group.exceptions]
    assert not failures, "\n\n".join(failures)
    assert asked > 200
