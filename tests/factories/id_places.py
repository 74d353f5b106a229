"""Where calls name documents by their ids, as the API's document says: a call for each place, with any id in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from werkzeug.test import TestResponse

from ecosystem.documents import openapi
from src.controllers.openapi import CamelCasePaths
from src.controllers.path_ids import IdConverter
from src.middleware.policies import Audience
from tests.factories.routes import BODIES, NOBODYS_ID, Route, all_routes, changed, places_in
from tests.factories.shop import Person

Json = dict[str, Any]
_PATTERN = f"^{IdConverter.regex}$"

# Whose ids go into fields of a body or a query; in paths the names themselves say it.
_KINDS = {
    "productId": "product_id",
    "skuId": "sku_id",
    "orderItemId": "sku_id",
    "categoryId": "category_id",
    "parentId": "category_id",
    "category": "category_id",
    "brandId": "brand_id",
    "brand": "brand_id",
    "uploadId": "upload_id",
    "subjectId": "product_id",
    "actor": "staff_id",
}
_KINDS_OF_ROUTES = {
    "PUT /api/products/<id:product_id> id": "sku_id",
    "GET /api/merchant/orders/print ids": "order_id",
    **{
        f"POST /api/products/batch/{action} ids": "product_id"
        for action in ("publish", "withdraw", "price", "category", "delete")
    },
}
# Bodies beside the example, for ids that it does not have.
_PARCELS = [{"company": "SF", "trackingNo": "SF1234567890", "items": [{"orderItemId": NOBODYS_ID, "quantity": 1}]}]
_FURTHER: dict[str, list[Json]] = {
    "POST /api/products": [{"name": "茶", "price": 1, "categoryId": NOBODYS_ID, "brandId": NOBODYS_ID}],
    "POST /api/merchant/categories": [{"name": "茶", "parentId": NOBODYS_ID}],
    "POST /api/merchant/orders/<id:order_id>/reprice": [
        {"expected": 1000, "adjustments": [{"orderItemId": NOBODYS_ID, "amount": -1}]}
    ],
    "POST /api/orders/<id:order_id>/ship": [{"parcels": _PARCELS}],
    "PUT /api/orders/<id:order_id>/shipment": [{"parcels": _PARCELS}],
    "POST /api/merchant/exports": [
        {"kind": "products", "format": "csv", "filters": {"categoryId": NOBODYS_ID}},
        {"kind": "stock_movements", "format": "csv", "filters": {"skuId": NOBODYS_ID}},
    ],
}
# Ids that the document does not tell by their pattern.
_UNTOLD = {
    "GET /api/products": ("category",),
    "GET /api/products/facets": ("category",),
    "GET /api/merchant/products": ("category",),
    "GET /api/merchant/orders/print": ("ids",),
    "GET /api/merchant/audit-log": ("actor",),
    "GET /api/merchant/audit-log/export": ("actor",),
}


@dataclass(frozen=True)
class IdPlace:
    """A place of a route where an id is given: in its path, its query or a body like `example`.

    `kind` names the document as ids of paths do.
    """

    route: Route
    where: str
    name: tuple[Any, ...]
    kind: str
    example: Json | None

    def __str__(self) -> str:
        return f"{self.route} {self.where} {'.'.join(map(str, self.name))}"

    def call(self, person: Person, own: Mapping[str, str], here: str) -> TestResponse:
        """Makes the call with own ids everywhere, but `here` in this place."""
        in_path = {**own, self.name[0]: here} if self.where == "path" else own
        query = {self.name[0]: f"staff:{here}" if self.name[0] == "actor" else here} if self.where == "query" else {}
        body = filled(self.route, self.example, own)
        if body is not None and self.where == "body":
            body = changed(body, self.name, here)
        path, headers = self.route.path(**in_path), person.headers
        return person.shop.client.open(path, method=self.route.method, json=body, query_string=query, headers=headers)


def id_places() -> list[IdPlace]:
    """Returns each place of each route that belongs to a store. Raises AssertionError: no example has the id."""
    routes = [route for route in all_routes() if route.policy.audience not in (Audience.SYSTEM, Audience.PLATFORM)]
    return [place for route in routes for place in _places(route)]


def filled(route: Route, example: Json | None, own: Mapping[str, str]) -> Json | None:
    """Returns the body with an own id in each place that has one."""
    body = deepcopy(example)
    for name, value in places_in(example):
        if value == NOBODYS_ID:
            body = changed(body or {}, name, own[_kind(route, name)])
    return body


def _places(route: Route) -> Iterator[IdPlace]:
    examples = [BODIES.get(str(route)), *_FURTHER.get(str(route), [])]
    for name in route.ids:
        yield IdPlace(route, "path", (name,), name, examples[0])
    for name in _in_query(route):
        yield IdPlace(route, "query", (name,), _kind(route, (name,)), examples[0])
    for documented in _in_body(route):
        yield _in_example(route, documented, examples)


def _in_example(route: Route, documented: tuple[str, ...], examples: list[Json | None]) -> IdPlace:
    for example in examples:
        for name, value in places_in(example):
            if value == NOBODYS_ID and _written(name) == documented:
                return IdPlace(route, "body", name, _kind(route, name), example)
    raise AssertionError(f"{route}: no example has an id at {'.'.join(documented)}")


def _written(name: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple("[]" if isinstance(step, int) else step for step in name)


def _kind(route: Route, name: tuple[Any, ...]) -> str:
    last = [step for step in name if isinstance(step, str)][-1]
    return _KINDS_OF_ROUTES.get(f"{route} {last}") or _KINDS[last]


@cache
def _document() -> Json:
    document: Json = json.loads(openapi())
    return document


def _operation(route: Route) -> Json:
    item = _document()["paths"].get(CamelCasePaths.flaskpath2openapi(route.rule), {})
    operation: Json = item.get(route.method.lower(), {})
    return operation


def _in_query(route: Route) -> Iterator[str]:
    yield from _UNTOLD.get(str(route), ())
    for parameter in map(_resolved, _operation(route).get("parameters", [])):
        if parameter["in"] == "query" and parameter["schema"].get("pattern") == _PATTERN:
            yield parameter["name"]


def _in_body(route: Route) -> Iterator[tuple[str, ...]]:
    content = _operation(route).get("requestBody", {}).get("content", {})
    for media in content.values():
        yield from _in_schema(media["schema"], ())


def _in_schema(schema: Json, name: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    schema = _resolved(schema)
    if schema.get("pattern") == _PATTERN:
        yield name
    for inner in [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]:
        yield from _in_schema(inner, name)
    if "items" in schema:
        yield from _in_schema(schema["items"], (*name, "[]"))
    for key, inner in schema.get("properties", {}).items():
        yield from _in_schema(inner, (*name, key))


def _resolved(node: Json) -> Json:
    found: Any = node
    while "$ref" in found:
        target: Any = _document()
        for step in found["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        found = target
    return dict(found)
