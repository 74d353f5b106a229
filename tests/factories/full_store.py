"""Stores that have something of everything, and commands on whole stores."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from bson import ObjectId
from click.testing import Result

from src.models.connection import database
from src.models.documents import BaseDocument
from src.models.indexes import DOCUMENTS
from src.models.store_documents import STORE_DOCUMENTS
from tests.factories.clock import MovableClock
from tests.factories.contents import Contents
from tests.factories.pictures import picture, sent
from tests.factories.sheets import TEA, csv_file, sheet_ids
from tests.factories.sheets import send as send_file
from tests.factories.shop import PASSWORD, Shop, data_of
from tests.factories.webhooks import add_webhook


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
    data_of(send_file(staff, csv_file(TEA)), 202)
    _post_picture(shop)
    _put_canaries(shop)


def _post_picture(shop: Shop) -> None:
    """Posts a picture past this server, or what stands for that, and leaves it there."""
    content = picture()
    permit = data_of(shop.staff().post("/api/uploads/presign", {"contentType": "image/png", "size": len(content)}), 201)
    form: dict[str, Any] = {**permit["form"]["fields"], "file": (BytesIO(content), "wx-tmp.png")}
    assert shop.client.post(urlsplit(permit["form"]["url"]).path, data=form).status_code == 204


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


def everything() -> Contents:
    return {name: list(database()[name].find().sort("_id", 1)) for name in all_names()}


def all_names() -> list[str]:
    return [document._get_collection_name() for document in DOCUMENTS]
