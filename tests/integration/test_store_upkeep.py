"""Whole stores: exported, deleted, sealed with another key."""

from __future__ import annotations

import base64
import gzip
import json
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId, json_util
from click.testing import Result

from config.settings import Settings
from src.app import create_app
from src.models.connection import database
from src.models.documents import BaseDocument
from src.models.indexes import DOCUMENTS
from src.models.store_documents import STORE_DOCUMENTS, delete_some
from src.services.registry import build_services
from src.services.tenants import deletion
from tests.factories.clock import MovableClock
from tests.factories.contents import Contents, contents, nothing_changes
from tests.factories.environment import environment, settings_for
from tests.factories.pictures import picture, sent
from tests.factories.sheets import sheet_ids
from tests.factories.shop import PASSWORD, Shop, data_of, refused
from tests.factories.webhooks import add_webhook

AWARE = json_util.JSONOptions(tz_aware=True)


def run(shop: Shop, *arguments: str) -> Result:
    return shop.app.test_cli_runner().invoke(args=list(arguments))


def failed(result: Result) -> str:
    assert result.exit_code == 1, result.output
    return result.output.splitlines()[-1].removeprefix("Error: ")


def fill(shop: Shop, *, paid: bool = True) -> None:
    """Lets a store have something of most kinds."""
    buyer, staff = shop.buyer(), shop.staff()
    url = sent(staff, picture())["url"]
    sku = shop.sku()
    data_of(staff.put(f"/api/products/{sku['productId']}", {"images": [url]}), 200)
    if paid:
        shop.paid_order(buyer, (sku, 1))
    data_of(staff.post("/api/merchant/categories", {"name": "茶"}), 201)
    data_of(staff.post("/api/merchant/api-keys", {"name": "ERP", "scopes": ["orders:read"]}), 201)
    endpoint = add_webhook(shop)
    data_of(staff.post(f"/api/merchant/webhooks/{endpoint['id']}/rotate-secret"), 200)
    data_of(staff.post("/api/staff/totp", {"password": PASSWORD}), 201)
    buyer.get("/api/products", keyword="茶")
    assert shop.anonymous.get(f"/api/products/{sku['productId']}/code").status_code == 200
    sheet_ids(shop, "marked")
    _put_canaries(shop)


def _put_canaries(shop: Shop) -> None:
    """Lets the store have a document of every kind that names its store, whatever kinds there will be."""
    for document in STORE_DOCUMENTS:
        if not document.collection().count_documents({"store_id": shop.store_id}, limit=1):
            unique = dict.fromkeys(_unique_fields(document), f"canary of {shop.code}")
            document.collection().insert_one({"_id": ObjectId(), **unique, "store_id": shop.store_id})


def _unique_fields(document: type[BaseDocument]) -> set[str]:
    """Returns the fields of which no two stores may have the same value."""
    indexes = document.collection().index_information().values()
    return {field for index in indexes if index.get("unique") for field, _ in index["key"]}


def of_store(shop: Shop, everything: Contents) -> Contents:
    own = {name: [one for one in found if one.get("store_id") == shop.store_id] for name, found in everything.items()}
    return {name: found for name, found in own.items() if found}


def suspend(shop: Shop, clock: MovableClock) -> None:
    data_of(shop.platform().post(f"/api/tenants/{shop.store_id}/suspend", {"reason": "closed"}), 200)
    clock.advance(minutes=2)


def test_an_export_holds_the_store_and_nothing_else(shop: Shop, other_shop: Shop, tmp_path: Path) -> None:
    fill(shop)
    fill(other_shop)
    file = tmp_path / "main.ndjson.gz"
    result = run(shop, "stores", "export", "main", str(file))
    assert result.exit_code == 0, result.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        *rows, last = [json_util.loads(line, json_options=AWARE) for line in lines]
    found: Contents = {}
    for row in rows:
        found.setdefault(row["collection"], []).append(row["document"])
    (store,) = found.pop("stores")
    assert store["code"] == "main"
    expected = of_store(shop, {name: list(database()[name].find().sort("_id", 1)) for name in _names()})
    assert {name: len(documents) for name, documents in found.items()} == {
        name: len(documents) for name, documents in expected.items()
    }
    assert found == expected
    assert set(found) == set(_names())
    assert last["counts"] == {"stores": 1, **{name: len(documents) for name, documents in found.items()}}
    text = json.dumps(rows, default=str)
    assert shop.credentials["apiV3Key"] not in text
    assert str(other_shop.store_id) not in text


def _names() -> list[str]:
    return [document._get_collection_name() for document in STORE_DOCUMENTS]


def test_an_export_that_breaks_off_leaves_the_file_before(shop: Shop, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "main.gz"
    assert "cannot be written" in failed(run(shop, "stores", "export", "main", str(missing)))
    assert "no such store" in failed(run(shop, "stores", "export", "gone", str(tmp_path / "a")))
    assert list(tmp_path.iterdir()) == []


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
    before, objects = _everything(), _objects(settings)
    result = run(shop, "stores", "delete", "other", "--confirm", "other")
    assert result.output.endswith("store other is deleted\n"), result.output
    after = _everything()
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


def _all_names() -> list[str]:
    return [document._get_collection_name() for document in DOCUMENTS]


def _belongs(document: dict[str, Any], shop: Shop) -> bool:
    of_merchant = str(document["_id"]).startswith(f"{shop.credentials['mchid']}:")
    return shop.store_id in (document["_id"], document.get("store_id")) or document["_id"] == shop.appid or of_merchant


def _everything() -> Contents:
    return {name: list(database()[name].find().sort("_id", 1)) for name in _all_names()}


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


@pytest.fixture
def keys() -> tuple[str, str]:
    old, new = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    return f"old:{old}", f"new:{new}"


def at(settings: Settings, shop: Shop, clock: MovableClock, *keys: str) -> Shop:
    """Returns the shop as a process with these ENCRYPTION_KEYS has it."""
    ring = settings_for(environment(ENCRYPTION_KEYS=",".join(keys))).encryption_keys
    settings = replace(settings, encryption_keys=ring)
    app = create_app(settings, build_services(settings, clock))
    return replace(shop, app=app, _staff={})


def test_after_a_rotation_the_old_key_can_go(
    shop: Shop, settings: Settings, clock: MovableClock, keys: tuple[str, str]
) -> None:
    old, new = keys
    before = at(settings, shop, clock, old)
    before.configure(push_token="pushToken2026", push_aes_key="a" * 43)
    fill(before, paid=False)
    sealed = _sealed_with("old")
    assert len(sealed) == 10, sealed
    both = at(settings, shop, clock, new, old)
    result = run(both, "stores", "rotate-encryption")
    assert result.output.endswith("everything is sealed with the first key\n"), result.output
    assert (_sealed_with("old"), _sealed_with("new")) == ([], sealed)
    again = run(both, "stores", "rotate-encryption")
    assert all(line.split()[1] == "0" for line in again.output.splitlines()[:-1])
    after = at(settings, shop, clock, new)
    buyer = after.buyer()
    order = buyer.placed((after.sku(), 1))
    assert buyer.pay_in_wechat(data_of(buyer.pay(order["id"]), 200)) == "requestPayment:ok"
    after.app.extensions["minimall"].stores.push_keys(after.app.extensions["minimall"].stores.current("main"))


def test_what_cannot_be_opened_stays_and_is_told(
    shop: Shop, settings: Settings, clock: MovableClock, keys: tuple[str, str]
) -> None:
    old, new = keys
    at(settings, shop, clock, old).configure()
    without = at(settings, shop, clock, new)
    with nothing_changes():
        result = run(without, "stores", "rotate-encryption")
    assert "3 values cannot be opened" in failed(result)
    platform, path = without.platform(), f"/api/tenants/{shop.store_id}/settings"
    with nothing_changes():
        refused(platform.put(path, {"name": "新名"}), 400)
    anew = {name: shop.credentials[name] for name in ("appSecret", "merchantPrivateKey", "apiV3Key")}
    data_of(platform.put(path, anew), 200)
    without.buyer()


def _sealed_with(kid: str) -> list[str]:
    """Returns where values are that this key has sealed."""
    rows = [(name, row) for name in _all_names() for row in database()[name].find()]
    return sorted(f"{name} {place}" for name, row in rows for place in _places(row, f"{kid}."))


def _places(value: Any, start: str, place: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, start, f"{place}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _places(inner, start, place)
    elif isinstance(value, str) and "sealed" in place and value.startswith(start):
        yield place
