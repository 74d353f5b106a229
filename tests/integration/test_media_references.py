"""Looking for the places that show pictures, in stores where very many do."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from ecosystem.bench.profile import profiling
from src.models.connection import database
from src.models.media_files import MediaFile
from src.models.media_references import shown
from src.utils.rich_text import clean_html
from tests.factories.pictures import picture, sent
from tests.factories.shop import Shop, data_of

MANY = 350
# Of each of eight places one page, and of orders one more for each page that is full.
MOST_READ = 100 * 3


@pytest.fixture
def files(shop: Shop) -> list[dict[str, Any]]:
    return [sent(shop.staff(), picture(colour=colour)) for colour in ("red", "green", "blue")]


def many_orders(shop: Shop, *urls: str) -> None:
    """Has MANY orders show the first of the pictures, and one each of the others."""
    shop.buyer().placed((shop.sku(), 1))
    order = database()["orders"].find_one({}, {"idempotency_key": 0})
    assert order is not None
    shows = [urls[0]] * MANY + list(urls[1:])
    database()["orders"].insert_many(
        {**order, "_id": ObjectId(), "order_no": f"many-{number}", "items": [{**order["items"][0], "image": url}]}
        for number, url in enumerate(shows)
    )


def shown_names(shop: Shop) -> dict[str, str]:
    found = shown(shop.store_id, list(MediaFile.objects))
    return {str(file_id): reference.path for file_id, reference in found.items()}


def test_a_picture_of_very_many_orders_hides_no_other(shop: Shop, files: list[dict[str, Any]]) -> None:
    many_orders(shop, files[0]["url"], files[1]["variants"]["list"])
    assert shown_names(shop) == {files[0]["id"]: "items.image", files[1]["id"]: "items.image"}


def test_looking_reads_no_more_than_some_pages(shop: Shop, files: list[dict[str, Any]]) -> None:
    many_orders(shop, files[0]["url"], files[1]["url"])
    with profiling():
        shown_names(shop)
        looked = list(database()["system.profile"].find({"op": {"$in": ["query", "getmore"]}}))
    read = [entry for entry in looked if entry["ns"].rpartition(".")[2] != "media_files"]
    assert sum(entry.get("docsExamined", 0) for entry in read) <= MOST_READ
    assert not any("COLLSCAN" in entry.get("planSummary", "") for entry in read)
    assert all(entry["command"].get("maxTimeMS") for entry in read if "find" in entry["command"])
    of_orders = {entry["planSummary"] for entry in read if entry["ns"].endswith(".orders")}
    assert of_orders == {"IXSCAN { store_id: 1, items.image: 1 }"}


def test_an_order_older_than_the_picture_shows_it_too(shop: Shop, files: list[dict[str, Any]]) -> None:
    """As when an order was brought from elsewhere, or a clock was set."""
    many_orders(shop, files[0]["url"])
    first = database()["orders"].find_one({"items.image": files[0]["url"]})
    assert first is not None
    database()["media_files"].update_many({}, {"$set": {"created_at": first["created_at"].replace(year=2199)}})
    assert shown_names(shop) == {files[0]["id"]: "items.image"}


def test_pictures_of_a_description_are_noted_with_it(shop: Shop, files: list[dict[str, Any]]) -> None:
    html = clean_html(f'<p>春茶</p><img src="{files[0]["url"]}">')
    product = shop.product(description=html)
    assert shown_names(shop) == {files[0]["id"]: "description_pictures"}
    data_of(shop.staff().put(f"/api/products/{product['id']}", {"description": "<p>春茶</p>"}), 200)
    assert shown_names(shop) == {}
