"""Generated requests against the app: no 5xx, no undocumented status, every answer as documented."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from ecosystem.documents import openapi
from ecosystem.sandbox.server import RunningSandbox
from src.controllers.openapi import CamelCasePaths
from src.controllers.schemas.base import camel_case
from src.utils.text import clean_text
from tests.factories.audited_shop import restore
from tests.factories.contents import Contents, contents
from tests.factories.inhabited import Inhabited, inhabited_anew
from tests.factories.routes import all_routes
from tests.factories.shop import Person

EXAMPLES = 30
TOKENS_LAST_S = 240
ROUTES = {(CamelCasePaths.flaskpath2openapi(route.rule), route.method.lower()): route for route in all_routes()}
_ID = re.compile(r"[0-9a-f]{24}")
schema = schemathesis.openapi.from_dict(json.loads(openapi()))
schema.config.seed = 1


@schemathesis.check
def documented_code(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """The envelope's code is one that the operation lists for this status."""
    documented = case.operation.responses.find_by_status_code(response.status_code)
    if documented is None:
        return  # another check's business
    examples = documented.definition.get("content", {}).get("application/json", {}).get("examples", {})
    codes = {example["value"]["code"] for example in examples.values()} or {0, "SUCCESS", "FAIL"}
    if "json" in response.headers["content-type"][0]:
        assert response.json()["code"] in codes


@dataclass
class Target:
    """A shop with something of everything, whose ids take the place of made-up ones."""

    inhabited: Inhabited
    platform: Person
    documents: Contents
    since: float

    @classmethod
    def open(cls, app: Flask, wechat: RunningSandbox) -> Target:
        inhabited = inhabited_anew(app, wechat)
        return cls(inhabited, inhabited.shop.platform(), contents(), time.monotonic())

    @property
    def is_old(self) -> bool:
        return time.monotonic() - self.since > TOKENS_LAST_S

    def make_real(self, case: Case[Any]) -> None:
        """Puts what exists in the place of what is well-formed: most requests would get no further than a 404."""
        if "X-Store" in case.headers:
            case.headers["X-Store"] = self.inhabited.shop.code
        if case.headers.get("Idempotency-Key", "").isalnum():
            case.headers["Idempotency-Key"] = secrets.token_hex(8)
        if case.meta and case.meta.generation.mode is GenerationMode.POSITIVE:
            ids = self._ids(case)
            case.path_parameters, case.query = fill_in(case.path_parameters, ids), fill_in(case.query, ids)
            if isinstance(case.body, dict):
                case.body = fill_in(case.body, ids)

    def headers(self, case: Case[Any]) -> dict[str, str]:
        security = case.operation.definition.raw["security"]
        schemes = [] if {} in security else [name for entry in security for name in entry]
        shop, buyer = self.inhabited.shop, self.inhabited.buyer
        people = {"shopperToken": buyer, "staffToken": shop.staff(), "platformKey": self.platform}
        return people[schemes[0]].headers if schemes else {}

    def _ids(self, case: Case[Any]) -> dict[str, str]:
        known = self.inhabited.own(ROUTES[case.operation.path, case.operation.method.lower()])
        named = {camel_case(name): value for name, value in known.items()}
        others = {"orderItemId": "skuId", "parentId": "categoryId", "brand": "brandId", "category": "categoryId"}
        return {
            **named,
            **{name: named[other] for name, other in others.items()},
            "tenantId": str(self.inhabited.shop.store_id),
        }


def fill_in(node: Any, ids: dict[str, str]) -> Any:
    """Returns `node` with each well-formed id replaced by one that exists."""
    if isinstance(node, list):
        return [fill_in(inner, ids) for inner in node]
    if not isinstance(node, dict):
        return node
    return {name: ids[name] if name in ids and _is_id(inner) else fill_in(inner, ids) for name, inner in node.items()}


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_judged_as_made(case: Case[Any]) -> bool:
    """Returns whether the app judges what was made up: it cleans texts first, and nothing is sent of empty lists."""
    query = case.query or {}
    return all(value not in ([], {}) for value in query.values()) and all(
        clean_text(text) == text for text in _texts([query, case.body])
    )


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for inner in [*node.keys(), *node.values()] if isinstance(node, dict) else node:
            yield from _texts(inner)


@pytest.fixture(scope="module")
def kept() -> list[Target]:
    """The shop that tests share, once the first of them has opened it."""
    return []


@pytest.fixture
def target(kept: list[Target], app: Flask, running_wechat: RunningSandbox) -> Target:
    """A shop that no other operation has changed."""
    if kept and not kept[0].is_old:
        restore(kept[0].documents)
    else:
        kept[:] = [Target.open(app, running_wechat)]
    return kept[0]


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_documented(case: Case[Any], target: Target) -> None:
    target.make_real(case)
    unjudged = [] if is_judged_as_made(case) else [negative_data_rejection]
    case.call_and_validate(
        app=target.inhabited.shop.app,
        headers=target.headers(case),
        additional_checks=[documented_code],
        # Rules between fields are said in words; who may call is tested next to the policies.
        excluded_checks=[positive_data_acceptance, ignored_auth, *unjudged],
    )
