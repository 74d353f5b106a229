"""The OpenAPI document: committed as served, valid, complete, and its examples are true."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask

from ecosystem.documents import documents, openapi
from src.controllers import BLUEPRINTS
from src.controllers.openapi import CamelCasePaths
from src.utils.permissions import PERMISSIONS, Role
from tests.factories.routes import all_routes

Json = dict[str, Any]
DOCUMENT: Json = json.loads(openapi())
OPERATIONS: dict[str, Json] = {
    operation["operationId"]: operation
    for path in DOCUMENT["paths"].values()
    for method, operation in path.items()
    if method != "parameters"
}


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_the_committed_file_is_current(path: Path) -> None:
    assert path.read_text("utf-8") == documents()[path], f"docs/{path.name} is stale: run make openapi"


def test_the_app_serves_the_committed_file(app: Flask) -> None:
    answer = app.test_client().get("/api/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_data(as_text=True) == openapi()


def test_it_is_built_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        openapi()


def test_it_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(DOCUMENT).validate()
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_every_route_is_documented(app: Flask) -> None:
    names = {blueprint.name for blueprint, _ in BLUEPRINTS}
    routes = {
        (CamelCasePaths.flaskpath2openapi(rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] in names
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    documented = {(path, method) for path, item in DOCUMENT["paths"].items() for method in item.keys() - {"parameters"}}
    assert documented == routes


def test_operation_ids_are_unique_camel_case() -> None:
    total = sum(len(item.keys() - {"parameters"}) for item in DOCUMENT["paths"].values())
    assert len(OPERATIONS) == total
    assert [name for name in OPERATIONS if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", name)] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_operation_is_described(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert re.fullmatch(r"\S.+\n\n\*\*Callers\*\*: .+\.", operation["description"], re.S)
    assert "security" in operation
    assert [tag for tag in operation["tags"] if tag not in {known["name"] for known in DOCUMENT["tags"]}] == []
    assert {"400", "411", "413", "500", "503"} <= operation["responses"].keys()
    for status, response in _responses(operation):
        assert response["description"]
        assert response["headers"]["X-Request-Id"]
        if status in ("429", "503"):
            assert response["headers"]["Retry-After"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_examples_match_their_schemas(name: str) -> None:
    operation = OPERATIONS[name]
    sent = operation.get("requestBody", {"content": {}})["content"]
    media = [content for kind, content in sent.items() if kind != "multipart/form-data"]
    media += [content for _, response in _responses(operation) for content in response["content"].values()]
    for content in media:
        validator = _validator(content["schema"])
        for example in _examples(content):
            validator.validate(example)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_failure_lists_its_codes(name: str) -> None:
    for status, response in _responses(OPERATIONS[name]):
        content = response["content"].get("application/json", {})
        if content.get("schema", {}).get("$ref", "").endswith("/ErrorEnvelope"):
            codes = {example["value"]["code"] for example in content["examples"].values()}
            assert {int(code) for code in re.findall(r"^- `(\d+)` \w", response["description"], re.M)} == codes
            assert {str(code)[:3] for code in codes} == {status}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_refusal_comes_with_an_example(name: str) -> None:
    for status, response in _responses(OPERATIONS[name]):
        if status.startswith("4"):
            # WeChat's servers are answered in their own words.
            assert _examples(response["content"].get("application/json", {})) or "text/plain" in response["content"]


def test_the_roles_that_may_call_are_named() -> None:
    for route in all_routes():
        operation = DOCUMENT["paths"].get(CamelCasePaths.flaskpath2openapi(route.rule), {}).get(route.method.lower())
        if operation and (needed := route.policy.permission):
            callers = operation["description"].rpartition("**Callers**: ")[2]
            roles = ", ".join(role for role in Role if needed in PERMISSIONS[role])
            assert f"staff with `{needed}` ({roles})" in callers
            assert ("API keys" in callers) == ({"apiKey": []} in operation["security"])
            assert ("shoppers" in callers) == ({"shopperToken": []} in operation["security"])


def test_integers_are_bounded() -> None:
    unbounded = [
        where
        for where, schema in _schemas({"paths": DOCUMENT["paths"], **DOCUMENT["components"], "headers": {}})
        if "integer" in _types(schema) and "enum" not in schema and not {"minimum", "maximum"} <= schema.keys()
    ]
    assert unbounded == []


def test_what_clients_send_is_bounded() -> None:
    sent = {name: schema for name, schema in DOCUMENT["components"]["schemas"].items() if name.endswith("In")}
    loose = [
        where
        for where, schema in _schemas(sent)
        if ("string" in _types(schema) and not {"maxLength", "pattern", "enum"} & schema.keys())
        or ("array" in _types(schema) and "maxItems" not in schema)
        or ("object" in _types(schema) and schema.get("additionalProperties", True) is True)
    ]
    assert loose == []


def test_patterns_are_those_of_json_schema() -> None:
    assert [where for where, schema in _schemas(DOCUMENT) if "\\A" in str(schema.get("pattern", ""))] == []


def _responses(operation: Json) -> Iterator[tuple[str, Json]]:
    for status, response in operation["responses"].items():
        yield status, _resolved(response)


def _resolved(node: Json) -> Json:
    if "$ref" not in node:
        return node
    found = DOCUMENT
    for name in node["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def _validator(schema: Json) -> jsonschema_rs.Validator:
    return _validator_of(json.dumps(schema))


@cache
def _validator_of(schema: str) -> jsonschema_rs.Validator:
    whole = {**json.loads(schema), "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _examples(content: Json) -> list[Any]:
    if "examples" in content:
        return [example["value"] for example in content["examples"].values()]
    return [content["example"]] if content and content["schema"].get("type") != "string" else []


def _types(schema: Json) -> list[str]:
    named = schema.get("type", [])
    return [named] if isinstance(named, str) else list(named)


def _schemas(node: Any, where: str = "") -> Iterator[tuple[str, Json]]:
    """Yields everything that looks like a schema, with its place."""
    if isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _schemas(inner, f"{where}/{index}")
    elif isinstance(node, dict):
        if isinstance(node.get("type"), (str, list)):
            yield where, node
        for name, inner in node.items():
            if name not in ("example", "examples"):
                yield from _schemas(inner, f"{where}/{name}")
