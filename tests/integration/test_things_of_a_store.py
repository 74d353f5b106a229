"""Everything of a store is found by those whose it is, until the store is suspended."""

from __future__ import annotations

import pytest
from bson import ObjectId

from src.middleware.policies import Audience
from src.models.jobs import Job
from src.services.registry import Services
from tests.factories.contents import nothing_changes
from tests.factories.id_places import IdPlace, filled, id_places
from tests.factories.inhabited import Inhabited, inhabit
from tests.factories.jobs import run_jobs
from tests.factories.routes import all_routes, body_of
from tests.factories.sheets import EXPORTS, lines_of
from tests.factories.shop import Shop, data_of, refused

PLACES = id_places()
# A filter that names nothing of the store is no mistake: the file holds nothing then.
OF_EXPORTS = [place for place in PLACES if str(place).startswith("POST /api/merchant/exports body")]
ROUTES = [
    route
    for route in all_routes()
    if route.policy.audience in (Audience.PUBLIC, Audience.SHOPPER, Audience.STAFF, Audience.EITHER)
]


@pytest.fixture
def here(shop: Shop) -> Inhabited:
    return inhabit(shop)


def ends_something(place: IdPlace) -> tuple[bool, bool, int]:
    """Sorts what ends something behind the rest, and parts of a thing before the thing."""
    rule, ends = place.route.rule, place.route.method == "DELETE"
    return rule.endswith("/disable"), ends or rule.endswith("/delete"), -len(place.route.ids) if ends else 0


def test_own_ids_are_found(here: Inhabited) -> None:
    """Whatever else an answer says, it is not that there is no such thing."""
    once = {(str(place.route), str(place.example)): place for place in PLACES}
    for place in sorted(once.values(), key=ends_something):
        own = here.own(place.route)
        if place.route.rule.endswith("/batch/delete"):  # the other product is deleted alone
            own = {**own, "product_id": here.shop.product()["id"]}
        answer = place.call(here.callers_of(place.route)[0], own, own[place.kind])
        assert answer.status_code in (200, 201, 202, 204, 400, 409), (str(place), answer.get_json())


def test_an_export_by_an_id_of_the_other_store_is_empty(here: Inhabited, other_shop: Shop, services: Services) -> None:
    owner, product = here.shop.staff(), other_shop.product(category="茶")
    theirs = {"category_id": product["categoryId"], "sku_id": product["skus"][0]["id"]}
    assert len(OF_EXPORTS) == 2
    for place in OF_EXPORTS:
        sizes = []
        for id_ in (here.ids[place.kind], theirs[place.kind]):
            export = data_of(place.call(owner, here.ids, id_), 202)
            run_jobs(services)
            sizes.append(len(lines_of(owner.get(f"{EXPORTS}/{export['id']}/file").data)))
        assert (sizes[0] > 1, sizes[1]) == (True, 1), str(place)


def test_work_of_no_store_is_shown_to_none(here: Inhabited) -> None:
    owner, job_id = here.shop.staff(), here.ids["job_id"]
    Job.collection().update_one({"_id": ObjectId(job_id)}, {"$unset": {"store_id": 1}})
    with nothing_changes():
        refused(owner.get(f"/api/jobs/{job_id}"), 404)
        refused(owner.post(f"/api/jobs/{job_id}/retry", {}), 404)
        assert job_id not in owner.get("/api/jobs", size=50).get_data(as_text=True)


def test_a_suspended_store_answers_nobody(here: Inhabited, other_shop: Shop) -> None:
    platform = here.shop.platform()
    data_of(platform.post(f"/api/tenants/{here.shop.store_id}/suspend", {"reason": "欠费"}), 200)
    with nothing_changes():
        for route in ROUTES:
            for person in here.callers_of(route):
                own = here.own(route)
                body = filled(route, body_of(route), own)
                path, headers = route.path(**own), person.headers
                answer = here.shop.client.open(path, method=route.method, json=body, headers=headers)
                assert refused(answer, 40302) is None, str(route)
    data_of(other_shop.staff().get("/api/merchant/products"), 200)
