"""A file is brought on somebody's word: while they may, and with their name to each change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from src.models.audit_log import AuditLogEntry
from src.models.products import Product
from src.services.imports import running
from src.services.registry import Services
from src.utils.permissions import Role
from tests.factories.contents import contents
from tests.factories.jobs import run_jobs
from tests.factories.races import run_before
from tests.factories.sheets import IMPORTS, TEA, checked, csv_file, send
from tests.factories.shop import Person, Shop, data_of
from tests.factories.staff import API_KEYS, Member, joined, program

FILE = csv_file(*({**TEA, "商品编号": f"P{n}", "SKU编码": f"S{n}"} for n in range(3)))
LOCKED_OUT = "whoever started it was locked out"
MAY_NOT = "whoever started it may not write this any more"
SUSPENDED = "the store is suspended"


def disable(shop: Shop, member: Member) -> None:
    data_of(shop.staff().post(f"{member.path}/disable", {}), 200)


def demote(shop: Shop, member: Member) -> None:
    data_of(shop.staff().put(member.path, {"role": Role.CLERK.value}), 200)


def suspend(shop: Shop, member: Member) -> None:
    data_of(shop.platform().post(f"/api/tenants/{shop.store_id}/suspend", {"reason": "x"}), 200)


def resume(shop: Shop) -> None:
    data_of(shop.platform().post(f"/api/tenants/{shop.store_id}/resume", {}), 200)


def the_import(shop: Shop) -> tuple[str, str, int]:
    (found,) = contents()["imports"]
    return found["state"], found.get("reason", ""), Product.objects(store_id=shop.store_id).count()


def entries() -> list[tuple[str, str, list[str]]]:
    """Returns who did what of each entry on products and stock, and to which fields."""
    kinds = ["product", "sku", "category"]
    found = AuditLogEntry.objects(subject_kind__in=kinds).order_by("id")
    return [(one.actor, one.action.value, [change["field"] for change in one.changes]) for one in found]


ENDS = pytest.mark.parametrize(
    ("end", "reason"), [(disable, LOCKED_OUT), (demote, MAY_NOT), (suspend, SUSPENDED)], ids=["out", "less", "store"]
)


@ENDS
@pytest.mark.parametrize("dry_run", [False, True])
def test_who_may_not_any_more_brings_nothing(
    shop: Shop, services: Services, end: Callable[[Shop, Member], None], reason: str, *, dry_run: bool
) -> None:
    member = joined(shop, Role.MANAGER)
    if dry_run:
        sent = checked(services, member, FILE)
        data_of(member.post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
    else:
        data_of(send(member, FILE, dryRun="false"), 202)
    end(shop, member)
    for _ in range(2):
        run_jobs(services)
    assert the_import(shop) == ("failed", reason, 0)
    assert entries() == []


@ENDS
def test_between_portions_it_is_looked_at_again(
    shop: Shop,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Shop, Member], None],
    reason: str,
) -> None:
    monkeypatch.setattr(running, "_AT_ONCE", 2)
    member = joined(shop, Role.MANAGER)
    sent = checked(services, member, FILE)
    data_of(member.post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
    with run_before(running.RunningImports, "_bring", lambda: end(shop, member)):
        run_jobs(services)
    assert the_import(shop) == ("failed", reason, 2)


def test_somebody_else_goes_on_with_it(shop: Shop, services: Services) -> None:
    member = joined(shop, Role.MANAGER)
    sent = checked(services, member, FILE)
    data_of(member.post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
    disable(shop, member)
    run_jobs(services)
    data_of(shop.staff().post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
    run_jobs(services)
    assert the_import(shop) == ("finished", "", 3)
    assert {actor for actor, _, _ in entries()} == {f"staff:{shop.staff().id}"}


def test_a_store_that_is_open_again_goes_on(shop: Shop, services: Services) -> None:
    sent = checked(services, shop.staff(), FILE)
    data_of(shop.staff().post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
    suspend(shop, joined(shop))
    run_jobs(services)
    resume(shop)
    data_of(shop.staff().post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
    run_jobs(services)
    assert the_import(shop) == ("finished", "", 3)


def started_by_program(shop: Shop, services: Services) -> Person:
    caller = program(shop, "imports:run", "products:write")
    sent = checked(services, caller, FILE)
    data_of(caller.post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
    return caller


def test_a_program_is_named(shop: Shop, services: Services) -> None:
    caller = started_by_program(shop, services)
    run_jobs(services)
    assert the_import(shop) == ("finished", "", 3)
    assert [(actor, action) for actor, action, _ in entries()] == [(f"api_key:{caller.id}", "product.create")] * 3


def test_a_program_whose_key_was_revoked(shop: Shop, services: Services) -> None:
    caller = started_by_program(shop, services)
    data_of(shop.staff().delete(f"{API_KEYS}/{caller.id}"), 200)
    run_jobs(services)
    assert the_import(shop) == ("failed", LOCKED_OUT, 0)


def test_each_change_has_an_entry(shop: Shop, services: Services) -> None:
    starter = joined(shop, Role.MANAGER)
    named = f"staff:{starter.id}"
    product = shop.product(code="A", stock=3)
    AuditLogEntry.objects.delete()
    rows = [{"商品编号": "x", "SKU编码": "A", "价格（元）": "12"}, {**TEA, "分类": "茶饮"}]
    for _ in range(2):
        sent = checked(services, shop.staff(), csv_file(*rows))
        data_of(starter.post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
        run_jobs(services)
    edited, category, created = entries()
    assert (edited[:2], category[:2], created[:2]) == (
        (named, "product.edit"),
        (named, "category.create"),
        (named, "product.create"),
    )
    (entry,) = AuditLogEntry.objects(action="product.edit")
    (change,) = [one for one in entry.changes if one["field"] == f"skus.{product['skus'][0]['id']}"]
    assert (str(entry.subject_id), change["before"]["price"], change["after"]["price"]) == (product["id"], 1000, 1200)


def test_counted_stock_has_an_entry(shop: Shop, services: Services) -> None:
    product = shop.product(code="A", stock=3)
    AuditLogEntry.objects.delete()
    for _ in range(2):
        sent = checked(services, shop.staff(), csv_file({"SKU编码": "A", "可售库存": "7"}), "stock")
        data_of(shop.staff().post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
        run_jobs(services)
    (entry,) = AuditLogEntry.objects(action="stock.set")
    assert (str(entry.subject_id), entry.actor) == (product["skus"][0]["id"], f"staff:{shop.staff().id}")
    assert entry.changes == [
        {"field": "available", "before": 3, "after": 7},
        {"field": "reason", "before": None, "after": "import"},
    ]
