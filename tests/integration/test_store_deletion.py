"""Whole stores, deleted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from src.models.connection import database
from src.models.store_documents import delete_some
from src.services.tenants import deletion
from tests.factories.clock import MovableClock
from tests.factories.contents import Contents, contents, nothing_changes
from tests.factories.full_store import everything, failed, fill, of_store, run, suspend
from tests.factories.shop import Shop, data_of, refused


def test_a_store_is_not_deleted_while_it_may_be_used_or_money_moves(shop: Shop, clock: MovableClock) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    arguments = data_of(buyer.pay(order["id"]), 200)
    platform = shop.platform()

    def delete(confirm: str = "main") -> str:
        with nothing_changes():
            return failed(run(shop, "stores", "delete", "main", "--confirm", confirm))

    assert "--confirm" in delete("other")
    assert "suspend it first" in delete()
    data_of(platform.post(f"/api/tenants/{shop.store_id}/suspend", {"reason": "closed"}), 200)
    assert "just now" in delete()
    clock.advance(minutes=2)
    assert "a payment is under way" in delete()
    buyer.pay_in_wechat(arguments)
    shop.deliver(order["orderNo"])
    database()["refunds"].insert_one({"store_id": shop.store_id, "status": "processing", "out_refund_no": "r"})
    assert "a refund is under way" in delete()


def test_a_deleted_store_leaves_nothing_and_others_are_untouched(
    shop: Shop, other_shop: Shop, clock: MovableClock, settings: Settings
) -> None:
    fill(shop)
    fill(other_shop)
    suspend(other_shop, clock)
    before, objects = everything(), _objects(settings)
    result = run(shop, "stores", "delete", "other", "--confirm", "other")
    assert result.output.endswith("store other is deleted\n"), result.output
    after = everything()
    expected = {name: [one for one in found if not _belongs(one, other_shop)] for name, found in before.items()}
    # Calls are counted beside all this.
    assert {name: found for name, found in after.items() if name != "store_days"} == {
        name: found for name, found in expected.items() if name != "store_days"
    }
    assert not {str(other_shop.store_id), other_shop.appid, other_shop.credentials["mchid"]} & _words(after)
    ours, theirs = _split(objects, before["media_files"], other_shop)
    assert ours
    assert len([path for path in theirs if ".private" in path.parts]) == 2
    assert len(theirs) > 2
    assert _objects(settings) == ours
    assert "no such store" in failed(run(shop, "stores", "delete", "other", "--confirm", "other"))
    assert data_of(shop.anonymous.get("/api/products"), 200)["pagination"]["total"] == 1


def _belongs(document: dict[str, Any], shop: Shop) -> bool:
    of_merchant = str(document["_id"]).startswith(f"{shop.credentials['mchid']}:")
    return shop.store_id in (document["_id"], document.get("store_id")) or document["_id"] == shop.appid or of_merchant


def _objects(settings: Settings) -> set[Path]:
    folder = Path(settings.media_dir)
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def _split(objects: set[Path], pictures: list[dict[str, Any]], shop: Shop) -> tuple[set[Path], set[Path]]:
    """Returns the objects that are not the store's, and those that are."""
    keys = [one["key"].rpartition(".")[0] for one in pictures if one["store_id"] == shop.store_id]
    theirs = {path for path in objects if str(shop.store_id) in path.parts or str(path).startswith(tuple(keys))}
    return objects - theirs, theirs


def _words(everything: Contents) -> set[str]:
    """Returns all texts and ids that are stored anywhere."""
    return set(re.findall(r"[0-9a-z]+", json.dumps(everything, default=str)))


def test_a_deletion_that_broke_off_goes_on(
    shop: Shop, other_shop: Shop, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(other_shop)
    suspend(other_shop, clock)
    calls = iter(range(100))

    def breaking(*arguments: Any, **options: Any) -> int:
        if next(calls) == 7:
            raise KeyboardInterrupt
        return delete_some(*arguments, **options)

    monkeypatch.setattr(deletion, "delete_some", breaking)
    run(shop, "stores", "delete", "other", "--confirm", "other")
    monkeypatch.undo()
    path = f"/api/tenants/{other_shop.store_id}"
    platform = shop.platform()
    assert data_of(platform.get(path), 200)["status"] == "deleting"
    assert refused(platform.post(f"{path}/resume"), 40931) == {"status": "deleting"}
    assert run(shop, "stores", "delete", "other", "--confirm", "other").exit_code == 0
    assert of_store(other_shop, contents()) == {}
    refused(platform.get(path), 404)
