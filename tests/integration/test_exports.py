"""What a store has, as files for its staff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from src.models.audit_log import AuditLogEntry
from src.models.stores import Store
from src.services.exports import writing
from src.services.registry import Services
from src.utils.permissions import PERMISSIONS, Permission, Role
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import run_jobs, tick
from tests.factories.sheets import EXPORTS, exported, imported, lines_of
from tests.factories.shop import Person, Shop, data_of, refused

READS = {
    "products": Permission.PRODUCTS_READ,
    "orders": Permission.ORDERS_READ,
    "stock_movements": Permission.STOCK_READ,
    "reconciliations": Permission.RECONCILIATIONS_READ,
}
ENGLISH = {"Accept-Language": "en"}


def private_files(settings: Settings) -> list[Path]:
    return [path for path in (Path(settings.media_dir) / ".private" / "exports").rglob("*") if path.is_file()]


def test_nobody_exports_without_a_token(shop: Shop) -> None:
    with nothing_changes():
        refused(Person(shop, {"Authorization": "Bearer x"}, "").post(EXPORTS, {"kind": "orders"}), 401)


@pytest.mark.parametrize("kind", READS)
@pytest.mark.parametrize("role", list(Role))
def test_who_may_export_what(shop: Shop, role: Role, kind: str) -> None:
    member = shop.staff(role)
    if {Permission.EXPORTS_RUN, READS[kind]} <= PERMISSIONS[role]:
        data_of(member.post(EXPORTS, {"kind": kind}), 202)
    else:
        with nothing_changes():
            refused(member.post(EXPORTS, {"kind": kind}), 403)


def test_the_file_too_is_for_those_who_may_read_it(shop: Shop, other_shop: Shop, services: Services) -> None:
    finance, stranger = shop.staff(Role.FINANCE), other_shop.staff()
    moves = data_of(shop.staff().post(EXPORTS, {"kind": "stock_movements"}), 202)
    run_jobs(services)
    with nothing_changes():
        for path in ("", "/file"):
            refused(finance.get(f"{EXPORTS}/{moves['id']}{path}"), 403)
            refused(stranger.get(f"{EXPORTS}/{moves['id']}{path}"), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "users"}, "kind"),
        ({"kind": "orders", "format": "pdf"}, "format"),
        ({"kind": "orders", "filters": {"categoryId": "0" * 24}}, "filters.categoryId"),
        ({"kind": "orders", "filters": {"status": "on_sale"}}, "filters.status"),
        ({"kind": "products", "filters": {"status": "deleted"}}, "filters.status"),
        ({"kind": "stock_movements", "filters": {"moveKind": "lost"}}, "filters.moveKind"),
    ],
)
def test_a_wish_that_is_wrong(shop: Shop, body: dict[str, Any], field: str) -> None:
    staff = shop.staff()
    with nothing_changes():
        assert list(refused(staff.post(EXPORTS, body), 400)["errors"]) == [field]


def test_products_come_back_as_they_went(shop: Shop, services: Services) -> None:
    skus = [
        {"specs": {"规格": "250g"}, "price": 3990, "code": "T1", "stock": 4, "weight": 280},
        {"specs": {"规格": "500g"}, "price": 6900, "code": "T2"},
    ]
    product = shop.product(name="=1+1", skus=skus, category="茶饮", tags=["新品", "春茶"])
    shop.product(name="不要", code="D", status="draft")
    for written_as in ("csv", "xlsx"):
        content = exported(services, shop.staff(), "products", written_as, status="on_sale")
        again = imported(services, shop.staff(), content)
        assert (again["errors"], again["rows"], again["unchanged"]) == (0, 2, 1)
    content = exported(services, shop.staff(), "products", status="on_sale")
    first = lines_of(content)[1]
    assert (first[0], first[1], first[8:]) == (
        product["id"],
        "'=1+1",
        ["T1", "", "规格:250g", "39.90", "", "280", "4", product["skus"][0]["id"]],
    )


def test_orders_with_the_times_of_the_store(shop: Shop, services: Services, clock: MovableClock) -> None:
    Store.collection().update_one({"_id": shop.store_id}, {"$set": {"time_zone": "America/New_York"}})
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(price=1990), 2))
    shop_staff = {**shop.staff().headers, **ENGLISH}
    body = {"kind": "orders", "format": "csv", "filters": {"status": "pending"}}
    export = data_of(shop.client.post(EXPORTS, json=body, headers=shop_staff), 202)
    assert (export["state"], export["file"]) == ("waiting", None)
    refused(shop.staff().get(f"{EXPORTS}/{export['id']}/file"), 40936)
    run_jobs(services)
    ready = data_of(shop.staff().get(f"{EXPORTS}/{export['id']}"), 200)
    assert (ready["state"], ready["progress"]) == ("ready", {"done": 1, "total": 1})
    answer = shop.staff().get(ready["file"])
    assert (answer.content_length, answer.headers["Cache-Control"]) == (ready["size"], "no-store")
    header, line = lines_of(answer.data)
    told = dict(zip(header, line, strict=True))
    assert (told["Order number"], told["Amount (yuan)"], told["Quantity"]) == (order["orderNo"], "39.80", "2")
    assert told["Status"] == "pending"
    assert told["Placed at"][11:13] != f"{clock.now():%H}"


def test_the_status_of_an_order_is_in_the_language_of_the_file(shop: Shop, services: Services) -> None:
    shop.buyer().placed((shop.sku(), 1))
    _, line = lines_of(exported(services, shop.staff(), "orders"))
    assert line[1] == "待付款"


def test_stock_movements(shop: Shop, services: Services) -> None:
    shop.product(code="A", stock=10)
    content = exported(services, shop.staff(), "stock_movements", moveKind="receive")
    _, line = lines_of(content)
    assert (line[1], line[3], line[5:9]) == ("入库", "A", ["10", "0", "0", "10"])
    assert lines_of(exported(services, shop.staff(), "reconciliations"))[1:] == []


def test_files_are_private_and_go_after_a_day(
    shop: Shop, services: Services, settings: Settings, clock: MovableClock
) -> None:
    tick(services, "purge_exports")
    before = private_files(settings)
    shop.sku()
    export = data_of(shop.staff().post(EXPORTS, {"kind": "products"}), 202)
    run_jobs(services)
    (path,) = set(private_files(settings)) - set(before)
    assert shop.client.get(f"/media/{path.relative_to(settings.media_dir)}").status_code == 404

    clock.advance(hours=24)
    shop.forget_staff_logins()
    assert refused(shop.staff().get(f"{EXPORTS}/{export['id']}/file"), 40936) == {"state": "expired"}
    assert tick(services, "purge_exports") == 1
    assert not path.exists()
    assert data_of(shop.staff().get(f"{EXPORTS}/{export['id']}"), 200)["state"] == "expired"


def test_too_much_is_refused(shop: Shop, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_DOCUMENTS", 1)
    shop.sku()
    shop.sku()
    export = data_of(shop.staff().post(EXPORTS, {"kind": "products"}), 202)
    run_jobs(services)
    after = data_of(shop.staff().get(f"{EXPORTS}/{export['id']}"), 200)
    assert (after["state"], after["reason"], after["file"]) == ("failed", "too_much", None)


def test_what_is_recorded(shop: Shop) -> None:
    body = {"kind": "orders", "filters": {"status": "paid"}}
    export = data_of(shop.staff().post(EXPORTS, body), 202)
    (entry,) = AuditLogEntry.objects
    assert (entry.action.value, str(entry.subject_id)) == ("export.request", export["id"])
    assert {change["field"]: change["after"] for change in entry.changes} == {
        "kind": "orders",
        "format": "xlsx",
        "status": "paid",
    }
