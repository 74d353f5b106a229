"""Reading what staff did: filters, pages, the export, and the end of an entry."""

from __future__ import annotations

import csv
import json
import tracemalloc
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from bson import ObjectId

from src.middleware.policies import Audience
from src.models.audit_log import AuditLogEntry
from src.models.connection import database
from src.services.audit_log_reading import COLUMNS, LONGEST_EXPORT_DAYS
from src.services.registry import Services
from src.utils.permissions import PERMISSIONS, Permission, Role
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import tick
from tests.factories.routes import NOBODYS_ID, all_routes
from tests.factories.shop import Person, Shop, data_of, refused

PATH = "/api/merchant/audit-log"
EXPORT = f"{PATH}/export"
BOTH = (PATH, EXPORT)
ENTRIES = 5_000


def listed(person: Person, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data_of(person.get(PATH, **query), 200)["list"]
    return found


def exported(person: Person, **query: Any) -> list[dict[str, str]]:
    """Returns the rows of the file."""
    answer = person.get(EXPORT, **query)
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))


def adjust(shop: Shop, sku: dict[str, Any], delta: int = 1, reason: str = "到货", role: Role = Role.OWNER) -> None:
    body = {"delta": delta, "reason": reason}
    data_of(shop.staff(role).post(f"/api/merchant/skus/{sku['skuId']}/stock", body), 200)


def at(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


@pytest.mark.parametrize("path", BOTH)
def test_who_may_read_it(shop: Shop, path: str) -> None:
    buyer, members = shop.buyer(), {role: shop.staff(role) for role in Role}
    shop.sku()
    with nothing_changes():
        refused(shop.anonymous.get(path), 401)
        refused(buyer.get(path), 401)
        readers = [member for role, member in members.items() if Permission.AUDIT_LOG_READ in PERMISSIONS[role]]
        for member in members.values():
            if member not in readers:
                refused(member.get(path), 403)
    assert [member.get(path).status_code for member in readers] == [200, 200]


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"actor": "somebody"}, "actor"),
        ({"actor": "$ne"}, "actor"),
        ({"action": "product.burn"}, "action"),
        ({"subjectId": "1"}, "subjectId"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-11-20T02:00:00"}, "from"),
        ({"to": "2026-11-20"}, "to"),
        ({"from": "2026-11-20T02:00:00Z", "to": "2026-11-20T02:00:00Z"}, "from"),
        ({"store": "other"}, "store"),
    ],
)
def test_filters_that_make_no_sense(shop: Shop, path: str, query: dict[str, str], field: str) -> None:
    assert list(refused(shop.staff().get(path, **query), 400)["errors"]) == [field]


def test_an_entry_says_who_did_what(shop: Shop, clock: MovableClock) -> None:
    sku, manager = shop.sku(stock=10), shop.staff(Role.MANAGER)
    path = f"/api/merchant/skus/{sku['skuId']}/stock"
    clock.advance(seconds=5)
    answer = manager.post(path, {"delta": -3, "reason": "破损"}, X_Request_Id="from-the-caller")
    assert data_of(answer, 200)["available"] == 7
    newest, *_ = listed(shop.staff())
    assert newest == {
        "id": newest["id"],
        "at": newest["at"],
        "actor": f"staff:{manager.id}",
        "action": "stock.adjust",
        "subjectKind": "sku",
        "subjectId": sku["skuId"],
        "changes": [
            {"field": "available", "before": 10, "after": 7},
            {"field": "reason", "before": None, "after": "破损"},
        ],
        "requestId": "from-the-caller",
    }
    assert timedelta() <= clock.now() - datetime.fromisoformat(newest["at"]) < timedelta(seconds=5)


def test_filters_and_pages(shop: Shop, clock: MovableClock) -> None:
    sku, other = shop.sku(), shop.sku()
    clock.advance(seconds=1)
    begun = clock.now()
    for role in (Role.OWNER, Role.WAREHOUSE):
        clock.advance(seconds=1)
        adjust(shop, sku, role=role)
    clock.advance(seconds=1)
    adjust(shop, other)
    owner, warehouse = shop.staff(), shop.staff(Role.WAREHOUSE)
    third, second, first = listed(owner, **{"from": at(begun)})
    assert [entry["subjectId"] for entry in (first, second, third)] == [sku["skuId"]] * 2 + [other["skuId"]]
    for query, expected in (
        ({"actor": f"staff:{warehouse.id}"}, [second]),
        ({"actor": f"staff:{NOBODYS_ID}"}, []),
        ({"action": "stock.adjust"}, [third, second, first]),
        ({"action": "stock.adjust", "actor": f"staff:{owner.id}"}, [third, first]),
        ({"subjectId": sku["skuId"]}, [second, first]),
        ({"subjectId": sku["skuId"], "actor": f"staff:{owner.id}", "action": "stock.adjust"}, [first]),
        ({"from": second["at"], "to": third["at"]}, [second]),
        ({"action": "stock.adjust", "size": "1", "page": "2"}, [second]),
    ):
        assert listed(owner, **query) == expected, query
        if "size" not in query:
            assert [row["subjectId"] for row in exported(owner, **query)] == [each["subjectId"] for each in expected]
    page = data_of(owner.get(PATH, action="stock.adjust", size="1"), 200)["pagination"]
    assert page == {"page": 1, "size": 1, "total": 3, "totalPages": 3}


def test_a_store_sees_its_own_entries(shop: Shop, other_shop: Shop) -> None:
    sku, foreign = shop.sku(), other_shop.sku()
    adjust(other_shop, foreign)
    owner, stranger = shop.staff(), other_shop.staff()
    assert [entry["action"] for entry in listed(owner)] == ["product.create"]
    assert {entry["action"] for entry in listed(stranger)} == {"product.create", "stock.adjust"}
    for query in ({"subjectId": foreign["skuId"]}, {"actor": f"staff:{stranger.id}"}):
        assert (listed(owner, **query), exported(owner, **query)) == ([], [])
    mine = [row["subjectId"] for row in exported(owner) if row["action"] != "audit_log.export"]
    assert mine == [sku["productId"]]


def test_who_takes_a_file_of_it_is_recorded(shop: Shop, clock: MovableClock) -> None:
    owner, until = shop.staff(), clock.now()
    exported(owner, action="product.edit", to=at(until))
    (entry,) = listed(owner)
    assert (entry["actor"], entry["action"]) == (f"staff:{owner.id}", "audit_log.export")
    assert (entry["subjectKind"], entry["subjectId"]) == ("store", str(shop.store_id))
    since = until - timedelta(days=LONGEST_EXPORT_DAYS)
    assert {change["field"]: change["after"] for change in entry["changes"]} == {
        "action": "product.edit",
        "from": at(since),
        "to": at(until),
    }


def test_a_file_of_it(shop: Shop, clock: MovableClock) -> None:
    sku = shop.sku()
    clock.advance(seconds=1)
    adjust(shop, sku, reason="=1+1; =2")
    clock.advance(seconds=1)
    answer = shop.staff().get(EXPORT)
    assert answer.headers["Content-Disposition"] == "attachment; filename=audit-log.csv"
    assert answer.headers["Cache-Control"] == "no-store"
    lines = answer.get_data(as_text=True).split("\r\n")
    assert lines[0] == "\ufeff" + ",".join(f'"{name}"' for name in COLUMNS)
    assert len(lines) == 4  # and an empty one at the end
    entry, row = listed(shop.staff())[0], exported(shop.staff())[0]
    assert {name: row[name] for name in row if name != "changes"} == {
        name: entry[name] for name in COLUMNS if name != "changes"
    }
    assert row["changes"] == json.dumps(entry["changes"], ensure_ascii=False).replace("; =2", ";' =2")


def test_an_export_is_of_some_days(shop: Shop, clock: MovableClock) -> None:
    adjust(shop, shop.sku())
    clock.advance(days=LONGEST_EXPORT_DAYS, seconds=5)
    shop.forget_staff_logins()
    owner, now = shop.staff(), clock.now()
    longest = timedelta(days=LONGEST_EXPORT_DAYS)
    assert exported(owner) == []
    assert len(exported(owner, to=at(now - timedelta(days=1)))) == 2
    assert len(exported(owner, **{"from": at(now - longest), "to": at(now)})) == 0
    too_long = {"from": at(now - longest - timedelta(milliseconds=1)), "to": at(now)}
    assert refused(owner.get(EXPORT, **too_long), 400) == {
        "errors": {"from": [f"An export covers at most {LONGEST_EXPORT_DAYS} days."]}
    }
    assert len(listed(owner, **{**too_long, "from": at(now - 2 * longest)})) == 2


def test_a_long_export_takes_little_memory(shop: Shop, clock: MovableClock) -> None:
    adjust(shop, shop.sku())
    raw = database()["audit_log"].find_one({"action": "stock.adjust"})
    assert raw is not None
    changes = [{"field": "reason", "before": None, "after": "a" * 2_000}]
    database()["audit_log"].insert_many([{**raw, "_id": ObjectId(), "changes": changes} for _ in range(ENTRIES)])
    clock.advance(seconds=1)
    staff, client = shop.staff(), shop.client
    tracemalloc.start()
    answer = client.get(EXPORT, headers=staff.headers, buffered=False)
    sizes, rows = zip(*((len(part), part.count(b"\r\n")) for part in answer.iter_encoded()), strict=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(rows) == 1 + 2 + ENTRIES
    assert sum(sizes) > ENTRIES * 2_000
    assert peak < 3 * 2**20


def test_entries_are_kept_for_two_years(shop: Shop, services: Services, clock: MovableClock) -> None:
    shop.sku()
    clock.advance(days=729)
    shop.forget_staff_logins()
    adjust(shop, {"skuId": shop.sku()["skuId"]})
    assert tick(services, "purge_audit_log") == 0
    clock.advance(days=2)
    assert tick(services, "purge_audit_log") == 1
    assert {entry.action for entry in AuditLogEntry.objects} == {"product.create", "stock.adjust"}
    assert tick(services, "purge_audit_log") == 0


def test_nobody_changes_or_deletes_an_entry() -> None:
    routes = [route for route in all_routes() if "audit" in route.rule]
    assert sorted((route.method, route.policy.audience) for route in routes) == [
        ("GET", Audience.PLATFORM),
        ("GET", Audience.STAFF),
        ("GET", Audience.STAFF),
    ]
