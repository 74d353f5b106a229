"""Every operation succeeds as the document says: a whole shop's traffic compared with it, answer by answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import jsonschema_rs
from flask import Flask, Response, request, request_finished

from config.settings import Settings
from ecosystem.documents import openapi
from src.app import create_app
from src.controllers.openapi import CamelCasePaths
from src.middleware.policies import Audience
from src.services.registry import Services
from tests.factories.routes import all_routes
from tests.factories.shop import Shop, refused
from tests.factories.whole_shop import WholeShop

Json = dict[str, Any]
OF_SOMEBODY = (Audience.SHOPPER, Audience.STAFF, Audience.EITHER, Audience.PLATFORM)


class Conformity:
    """Checks each answer against the document and remembers which operations succeeded."""

    def __init__(self) -> None:
        self.document: Json = json.loads(openapi())
        self.succeeded: set[str] = set()

    def operations(self) -> dict[tuple[str, str], Json]:
        return {
            (path, method): operation
            for path, item in self.document["paths"].items()
            for method, operation in item.items()
            if method != "parameters"
        }

    def check(self, sender: Flask, response: Response, **extra: Any) -> None:
        route = request.url_rule and CamelCasePaths.flaskpath2openapi(request.url_rule.rule)
        operation = self.operations().get((route or "", request.method.lower()))
        if operation is None:
            return
        documented = self._resolved(operation["responses"][str(response.status_code)])
        content = documented["content"]
        assert response.mimetype in content
        if response.is_json:
            self._validator(content[response.mimetype]["schema"]).validate(response.get_json())
        if response.status_code < 300:
            self.succeeded.add(operation["operationId"])

    def _resolved(self, node: Json) -> Json:
        reference = node.get("$ref", "").removeprefix("#/components/responses/")
        return self.document["components"]["responses"][reference] if reference else node

    def _validator(self, schema: Json) -> jsonschema_rs.Validator:
        return jsonschema_rs.Draft202012Validator(
            {**schema, "components": self.document["components"]}, validate_formats=True
        )


@contextmanager
def _watching(app: Flask) -> Iterator[Conformity]:
    conformity = Conformity()
    with request_finished.connected_to(conformity.check, app):
        yield conformity


def test_every_operation_succeeds_as_documented(shop: Shop) -> None:
    with _watching(shop.app) as watched:
        WholeShop.open(shop).walk()
    assert watched.succeeded == {operation["operationId"] for operation in watched.operations().values()}


def test_what_needs_a_token_says_so(shop: Shop) -> None:
    operations = Conformity().operations().items()
    secured = {key for key, operation in operations if operation["security"] and {} not in operation["security"]}
    of_somebody = [route for route in all_routes() if route.policy.audience in OF_SOMEBODY]
    for route in of_somebody:
        # Not 404: a client whose token has ended must learn that, whatever store it names.
        answer = shop.client.open(route.path(), method=route.method, json={}, headers={"X-Store": "nowhere"})
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert secured == {(CamelCasePaths.flaskpath2openapi(route.rule), route.method.lower()) for route in of_somebody}


def test_too_many_requests_say_when_to_come_back(shop: Shop, settings: Settings, services: Services) -> None:
    tight = create_app(replace(settings, rate_limit_anonymous="2 per hour"), services).test_client()
    with _watching(tight.application):
        *_, limited = [tight.get("/api/products") for _ in range(3)]
    refused(limited, 429)
    assert (limited.headers["RateLimit-Limit"], limited.headers["RateLimit-Remaining"]) == ("2", "0")
    assert 1 <= int(limited.headers["Retry-After"]) <= 3601
    assert limited.headers["RateLimit-Reset"] == limited.headers["Retry-After"]
