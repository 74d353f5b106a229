"""Generated requests against the app: no 5xx, no undocumented status, every answer as documented."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from ecosystem.documents import openapi
from tests.factories.shop import Buyer, Person, Shop

EXAMPLES = 30
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

    buyer: Buyer
    staff: Person
    platform: Person
    ids: dict[str, str]

    @classmethod
    def of(cls, shop: Shop) -> Target:
        buyer, sku = shop.buyer(), shop.sku(stock=1000)
        order = buyer.placed((sku, 1))
        return cls(buyer, shop.staff(), shop.platform(), {"orderId": order["id"], **sku})

    def make_real(self, case: Case[Any]) -> None:
        """Puts what exists in the place of what is well-formed: most requests would get no further than a 404."""
        if "X-Store" in case.headers:
            case.headers["X-Store"] = self.buyer.shop.code
        if case.headers.get("Idempotency-Key", "").isalnum():
            case.headers["Idempotency-Key"] = secrets.token_hex(8)
        if case.meta and case.meta.generation.mode is GenerationMode.POSITIVE:
            case.path_parameters = self.fill_in(case.path_parameters)
            if isinstance(case.body, dict):
                case.body = self.fill_in(case.body)

    def headers(self, case: Case[Any]) -> dict[str, str]:
        security = case.operation.definition.raw["security"]
        schemes = [] if {} in security else [name for entry in security for name in entry]
        people = {"shopperToken": self.buyer, "staffToken": self.staff, "platformKey": self.platform}
        return people[schemes[0]].headers if schemes else {}

    def fill_in(self, node: Any) -> Any:
        """Returns `node` with each well-formed id replaced by one that exists."""
        if isinstance(node, list):
            return [self.fill_in(inner) for inner in node]
        if not isinstance(node, dict):
            return node
        return {
            name: self._id(name, inner) if name in self.ids else self.fill_in(inner) for name, inner in node.items()
        }

    def _id(self, name: str, value: Any) -> Any:
        return self.ids[name] if isinstance(value, str) and _ID.fullmatch(value) else value


@pytest.fixture
def target(shop: Shop) -> Target:
    return Target.of(shop)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_documented(case: Case[Any], target: Target, shop: Shop) -> None:
    target.make_real(case)
    case.call_and_validate(
        app=shop.app,
        headers=target.headers(case),
        additional_checks=[documented_code],
        # Rules between fields are said in words; who may call is tested next to the policies.
        excluded_checks=[positive_data_acceptance, ignored_auth],
    )
