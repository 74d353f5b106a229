"""However long the audit log is, it is read and purged through an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from ecosystem.bench.profile import Profile, profiling
from src.models.connection import database
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.shop import Person, Shop, data_of

ENTRIES = 4_000
ACTORS = 4
ACTIONS = ("product.edit", "stock.adjust", "order.ship", "refund.approve")
PATH = "/api/merchant/audit-log"
# A count reads what it counts; everything else reads little more than it returns.
EXAMINED_PER_RETURNED = 2


@pytest.fixture
def owner(shop: Shop, other_shop: Shop, clock: MovableClock) -> Person:
    """Has two stores with ENTRIES entries, one per minute."""
    for each in (shop, other_shop):
        each.sku()
        raw = database()["audit_log"].find_one({"store_id": each.store_id})
        assert raw is not None
        database()["audit_log"].insert_many([_copy(raw, n, clock) for n in range(ENTRIES)])
    return shop.staff()


def _copy(raw: dict[str, Any], n: int, clock: MovableClock) -> dict[str, Any]:
    return {
        **raw,
        "_id": ObjectId(),
        "actor": f"staff:{n % ACTORS:024}",
        "action": ACTIONS[n // ACTORS % len(ACTIONS)],
        "subject_id": ObjectId(f"{n % 100:024}"),
        "created_at": clock.now() - timedelta(minutes=n),
    }


@pytest.fixture
def profile(owner: Person) -> Iterator[Profile]:
    with profiling() as running:
        yield running


def assert_indexed(profile: Profile, what: Any) -> None:
    queries = [query for query in profile.new() if query.collection == "audit_log"]
    assert queries, what
    for query in queries:
        assert query.plan.startswith(("IXSCAN", "COUNT_SCAN", "IDHACK", "EXPRESS")), query
        assert not query.sorted_in_memory, query
        assert query.counts or query.examined <= EXAMINED_PER_RETURNED * max(query.returned, 1), query


def test_every_list_has_its_index(owner: Person, clock: MovableClock, profile: Profile) -> None:
    actor, action, subject = f"staff:{1:024}", "stock.adjust", f"{5:024}"
    since, until = (clock.now() - timedelta(hours=hours) for hours in (40, 10))
    period = {"from": since.isoformat(), "to": until.isoformat()}
    for query in (
        {},
        {"page": 50},
        {"actor": actor},
        {"actor": actor, "page": 20},
        {"action": action},
        {"actor": actor, "action": action},
        {"subjectId": subject},
        {"subjectId": subject, "actor": actor},
        period,
        {**period, "actor": actor, "action": action},
    ):
        profile.new()
        assert len(data_of(owner.get(PATH, **query), 200)["list"]) == 10, query
        assert_indexed(profile, query)


def test_an_export_and_the_purge_have_theirs(
    owner: Person, services: Services, clock: MovableClock, profile: Profile
) -> None:
    lines = owner.get(f"{PATH}/export", to=clock.now().isoformat()).get_data(as_text=True).count("\r\n")
    assert lines == 1 + ENTRIES + 1
    assert_indexed(profile, "export")
    clock.advance(days=729)
    assert services.audit_log.purge(1) == 1
    assert_indexed(profile, "purge")
