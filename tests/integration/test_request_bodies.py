"""Every field of every body against values that are not its own, taken from the examples of all bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ecosystem.sandbox.server import RunningSandbox
from tests.factories.contents import nothing_changes
from tests.factories.routes import BODIES, Route, all_routes, body_of, changed, places_in
from tests.factories.shared_shop import Callers, only_shop
from tests.factories.shop import Person, refused

WITH_BODY = [route for route in all_routes() if body_of(route) is not None]
WITH_FIELDS = [route for route in WITH_BODY if body_of(route)]
OPERATORS: list[Any] = [{"$ne": None}, {"$gt": ""}, {"$regex": "^1"}, {"$where": "sleep(5000)"}, {"$in": [1]}]
FOREIGN_NAMES = [
    "$set",
    "$where",
    "a.b",
    "__raw__",
    "__proto__",
    "_cls",
    "_id",
    "pk",
    "role__ne",
    "storeId",
    "userId",
    "createdAt",
    "",
]
# Where null says that there is none.
_OF_STORES = {"wechatpayPublicKeyId", "wechatpayPublicKey", "pushToken", "pushAesKey"}
NULLABLE = {"categoryId", "brandId", "parentId", "publishAt", "video", "icon", "logo", *_OF_STORES}
NULLABLE_OF_SKUS = {"code", "barcode", "image"}
# Python cannot write all of these, so they are put into the text of a body.
RAW_NUMBERS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "5.0",
    "5.9",
    "-0.5",
    "true",
    '"5"',
    '"１２"',
    str(2**63),
    str(2**64),
    "9" * 4_000,
]
MARK = "PUT-A-NUMBER-HERE"


@pytest.fixture(scope="module")
def callers(app: Flask, running_wechat: RunningSandbox) -> Callers:
    return Callers(only_shop(app, running_wechat))


def takes_null(place: tuple[Any, ...]) -> bool:
    return place[-1] in NULLABLE or (place[0] == "skus" and place[-1] in NULLABLE_OF_SKUS)


def send(person: Person, route: Route, body: Any) -> TestResponse:
    raw = body if isinstance(body, str) else json.dumps(body)
    return person.shop.client.open(
        route.path(), method=route.method, data=raw, content_type="application/json", headers=person.headers
    )


def test_every_route_with_a_body_has_an_example() -> None:
    assert sorted(map(str, WITH_BODY)) == sorted(BODIES)


@pytest.mark.parametrize("route", WITH_FIELDS, ids=str)
def test_an_operator_in_any_field(callers: Callers, route: Route) -> None:
    body, person = body_of(route), callers.of(route)
    assert body
    with nothing_changes():
        for place, _ in places_in(body):
            for operator in OPERATORS:
                refused(send(person, route, changed(body, place, operator)), 400)


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_an_unknown_name_in_any_object(callers: Callers, route: Route) -> None:
    body, person = body_of(route), callers.of(route)
    assert body is not None
    objects = [((), body), *((place, value) for place, value in places_in(body) if isinstance(value, dict))]
    with nothing_changes():
        for place, value in objects:
            for name in FOREIGN_NAMES:
                refused(send(person, route, changed({"": body}, ("", *place), {**value, name: {}})[""]), 400)


@pytest.mark.parametrize("route", WITH_FIELDS, ids=str)
def test_a_null_character_in_any_text(callers: Callers, route: Route) -> None:
    body, person = body_of(route), callers.of(route)
    assert body
    with nothing_changes():
        for place, value in places_in(body):
            if isinstance(value, str):
                refused(send(person, route, changed(body, place, f"{value}\x00")), 400)


@pytest.mark.parametrize("route", WITH_FIELDS, ids=str)
def test_a_number_list_or_null_in_any_text(callers: Callers, route: Route) -> None:
    body, person = body_of(route), callers.of(route)
    assert body
    with nothing_changes():
        for place, value in places_in(body):
            if isinstance(value, str):
                for other in (5, True, [value]) if takes_null(place) else (5, True, None, [value]):
                    refused(send(person, route, changed(body, place, other)), 400)


@pytest.mark.parametrize("route", WITH_FIELDS, ids=str)
def test_a_huge_text_in_any_text(callers: Callers, route: Route) -> None:
    body, person = body_of(route), callers.of(route)
    assert body
    with nothing_changes():
        for place, value in places_in(body):
            if isinstance(value, str):
                refused(send(person, route, changed(body, place, "x" * 200_000)), 400)


@pytest.mark.parametrize("route", WITH_FIELDS, ids=str)
def test_what_is_no_integer_in_any_integer(callers: Callers, route: Route) -> None:
    body, person = body_of(route), callers.of(route)
    assert body
    with nothing_changes():
        for place, value in places_in(body):
            if isinstance(value, int) and not isinstance(value, bool):
                marked = json.dumps(changed(body, place, MARK))
                for number in RAW_NUMBERS:
                    refused(send(person, route, marked.replace(f'"{MARK}"', number)), 400)


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_a_body_that_is_no_object(callers: Callers, route: Route) -> None:
    person = callers.of(route)
    with nothing_changes():
        for body in ("5", "null", "[]", '"x"', "[{}]", "{"):
            refused(send(person, route, body), 400)


def test_a_list_far_too_long_is_refused_for_its_length_alone(callers: Callers) -> None:
    body: dict[str, Any] = {"items": [{}] * 80_000, "address": {}}
    errors = refused(callers.shop.buyer().post("/api/orders", body), 400)["errors"]
    assert errors.pop("items") == ["Length must be between 1 and 50."]
    assert {path.partition(".")[0] for path in errors} == {"address"}


def test_of_many_errors_some_are_named(callers: Callers) -> None:
    body = {f"unknown{number}": 1 for number in range(10_000)}
    assert len(refused(callers.shop.buyer().post("/api/orders", body), 400)["errors"]) == 50
