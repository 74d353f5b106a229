"""No answer shows anything of another store, of another shopper, or of what only staff may see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from bson import ObjectId
from flask import Flask

from ecosystem.sandbox.server import RunningSandbox
from src.middleware.policies import Audience
from src.models.connection import database
from src.models.store_documents import STORE_DOCUMENTS
from src.services.registry import Services
from src.utils.permissions import Role
from tests.factories.contents import nothing_changes
from tests.factories.id_places import id_places
from tests.factories.inhabited import Inhabited, Shopping, inhabit, inhabited_anew, shopping
from tests.factories.jobs import run_jobs
from tests.factories.routes import NOBODYS_ID, Route, all_routes
from tests.factories.sheets import EXPORTS
from tests.factories.shop import Person, Shop, data_of
from tests.factories.traces import Query, seen, traces

KINDS_OF_ROWS = ("products", "orders", "stock_movements", "reconciliations")
READS = [
    route
    for route in all_routes()
    if route.method == "GET" and route.policy.audience not in (Audience.SYSTEM, Audience.PLATFORM)
]
OF_SHOPPERS = {Audience.SHOPPER, Audience.EITHER, Audience.PUBLIC}
# What nothing was put into: WeChat has sent and judged nothing, nothing came late, no hour was busy, and one has
# numbers only.
NOT_FILLED = {"message_sends", "media_checks", "wechat_messages", "late_changes", "hourly_sales", "limit_turns"}
# What shows nobody anything that only one store could have.
TELLS_NOTHING = {
    "GET /api/subscriptions/templates",
    "GET /api/merchant/delivery-companies",
    "GET /api/queues/stats",
    "GET /api/merchant/statistics/overview",
    "GET /api/merchant/statistics/series",
    "GET /api/merchant/statistics/status-counts",
    "GET /api/merchant/imports/templates/products",
    "GET /api/merchant/imports/templates/stock",
    "GET /api/staff/sessions",
    "GET /api/merchant/staff/<id:staff_id>/sessions",
    "GET /api/products/<id:product_id>/code",
}
STAFF_ONLY = (
    "staff",
    "staff_codes",
    "api_keys",
    "stock_moves",
    "audit_log",
    "webhooks",
    "webhook_deliveries",
    "imports",
    "import_parts",
    "import_findings",
    "exports",
    "jobs",
    "events",
    "reconciliations",
    "daily_figures",
)


@pytest.fixture(scope="module")
def here(app: Flask, running_wechat: RunningSandbox) -> Inhabited:
    return inhabited_anew(app, running_wechat)


@pytest.fixture(scope="module")
def there(here: Inhabited) -> Inhabited:
    return inhabit(here.shop.open_another("other"))


def of_store(shop: Shop) -> list[tuple[str, Query]]:
    every = [(document._get_collection_name(), {"store_id": shop.store_id}) for document in STORE_DOCUMENTS]
    return [*every, ("stores", {"_id": shop.store_id})]


def of_store_but(shop: Shop, *collections: str) -> list[tuple[str, Query]]:
    return [(name, query) for name, query in of_store(shop) if name not in collections]


def of_shopper(shopper: Person) -> list[tuple[str, Query]]:
    user_id = ObjectId(shopper.id)
    by_user = ("orders", "payments", "refunds", "search_histories", "message_grants")
    return [
        *((name, {"user_id": user_id}) for name in by_user),
        ("users", {"_id": user_id}),
        ("media_files", {"holder": f"user:{shopper.id}"}),
    ]


def in_the_window(shop: Shop) -> list[tuple[str, Query]]:
    return [(name, {"store_id": shop.store_id}) for name in ("products", "brands", "categories")]


def searches(route: Route, other: Inhabited) -> list[dict[str, Any]]:
    """Returns queries by everything of the other store that can be searched for."""
    order = database()["orders"].find_one({"_id": ObjectId(other.ids["order_id"])}) or {}
    product = {"keyword": other.canary}, {"tag": other.canary}, {"category": other.canary}
    found: dict[str, list[dict[str, Any]]] = {
        "GET /api/products": [*product],
        "GET /api/products/facets": [*product],
        "GET /api/merchant/products": [*product],
        "GET /api/search/suggest": [{"q": other.canary[:4]}, {"q": other.canary}],
        "GET /api/merchant/orders": [
            {"orderNo": order["order_no"]},
            {"receiver": other.canary},
            {"productName": other.canary},
            {"phone": "13800138000"},
        ],
        "GET /api/merchant/orders/print": [{"ids": other.ids["order_id"]}],
        "GET /api/merchant/stock": [{"keyword": other.canary}, {"keyword": f"code-{other.canary}"}],
        "GET /api/merchant/audit-log": [{"size": 50}, {"subjectId": other.ids["product_id"]}],
        "GET /api/merchant/statistics/series": [{"metric": "gmv"}],
    }
    return found.get(str(route), [])


def reads(viewer: Inhabited, person: Person, asked: Inhabited) -> Iterator[tuple[str, bytes]]:
    """Yields each route and an answer of it: with the ids of `asked`, plain, and by its texts."""
    for route in READS:
        for ids in [asked.own(route), viewer.own(route)][: 2 if route.ids else 1]:
            # A shopper's searches are remembered and shown to that shopper.
            found = [] if person is viewer.buyer else searches(route, asked)
            for query in [{}, *found]:
                answer = viewer.shop.client.get(route.path(**ids), headers=person.headers, query_string=query)
                yield str(route), answer.get_data()


def test_every_collection_of_a_store_is_filled(here: Inhabited) -> None:
    # Calls are counted in batches, of which none may have been written yet.
    kept = of_store_but(here.shop, "store_days")
    empty = {name for name, query in kept if database()[name].find_one(query) is None}
    assert empty == NOT_FILLED


def test_no_answer_shows_anything_of_the_other_store(here: Inhabited, there: Inhabited) -> None:
    for viewer, other in ((here, there), (there, here)):
        theirs = traces(of_store(other.shop), but=of_store(viewer.shop))
        assert other.canary in theirs
        for person in viewer.everybody:
            for route, answer in reads(viewer, person, other):
                assert seen(theirs, answer) == [], route


def test_no_file_shows_anything_of_the_other_store(
    here: Inhabited, there: Inhabited, session_services: Services
) -> None:
    owner, theirs = here.shop.staff(), traces(of_store(there.shop), but=of_store(here.shop))
    for kind in KINDS_OF_ROWS:
        export = data_of(owner.post(EXPORTS, {"kind": kind, "format": "csv"}), 202)
        run_jobs(session_services)
        content = owner.get(f"{EXPORTS}/{export['id']}/file").data
        assert content.count(b"\n") > 1, kind
        assert seen(theirs, content) == [], kind


def test_what_is_looked_for_would_be_seen(here: Inhabited, there: Inhabited) -> None:
    own = traces(of_store(here.shop), but=of_store(there.shop))
    telling = {route for person in here.everybody for route, answer in reads(here, person, here) if seen(own, answer)}
    assert {str(route) for route in READS} - telling == TELLS_NOTHING


@pytest.fixture(scope="module")
def neighbour(here: Inhabited) -> Shopping:
    """Another shopper of the store, who has bought the same."""
    return shopping(here.shop.buyer(), here.product, "neighbour-of-theirs")


def test_shoppers_see_nothing_of_each_other(here: Inhabited, neighbour: Shopping) -> None:
    common = [*in_the_window(here.shop), ("stores", {"_id": here.shop.store_id})]
    theirs = traces(of_shopper(neighbour.buyer), but=[*of_shopper(here.buyer), *common])
    assert {"neighbour-of-theirs", neighbour.ids["order_id"], neighbour.buyer.id} <= theirs
    asked = Inhabited(here.shop, "neighbour", here.product, {**here.ids, **neighbour.ids}, here.buyer, here.program)
    for person in (here.buyer, here.shop.anonymous):
        for route, answer in reads(here, person, asked):
            assert seen(theirs, answer) == [], route


def test_the_id_of_another_shoppers_thing_names_nothing(here: Inhabited, neighbour: Shopping) -> None:
    places = [
        place for place in id_places() if place.route.policy.audience in OF_SHOPPERS and place.kind in neighbour.ids
    ]
    assert {place.kind for place in places} == {"order_id", "refund_id", "upload_id", "file_id"}
    with nothing_changes():
        for place in places:
            own, foreign = here.own(place.route), neighbour.ids[place.kind]
            if "paid_order_id" in neighbour.ids and place.kind == "order_id":
                foreign = neighbour.ids[here.order_of(place.route)]
            answer = place.call(here.buyer, own, foreign)
            nobodys = place.call(here.buyer, own, NOBODYS_ID)
            assert (answer.status_code, answer.get_json()) == (404, nobodys.get_json()), str(place)


def test_shoppers_see_nothing_that_is_for_staff(here: Inhabited) -> None:
    shown = [*of_shopper(here.buyer), *in_the_window(here.shop), ("stock_items", {})]
    theirs = traces([(name, {"store_id": here.shop.store_id}) for name in STAFF_ONLY], but=shown)
    theirs |= {f"staff{here.canary}", f"code-{here.canary}", f"6900-{here.canary}"}
    assert {here.shop.staff(role).id for role in (Role.OWNER,)} <= theirs
    for person in (here.buyer, here.shop.anonymous):
        for route, answer in reads(here, person, here):
            assert seen(theirs, answer) == [], route
