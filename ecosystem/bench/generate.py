"""Fills a scratch database with one large store: `python -m ecosystem.bench.generate --uri URI [--orders N …]`.

The documents are written as they are stored, without the services: a database for measuring and for nothing else.
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from bson import ObjectId

from ecosystem.bench import catalogue, orders
from ecosystem.run.progress import say
from src.models import connection
from src.models.categories import Category
from src.models.products import Product
from src.models.stores import DEFAULT_TIME_ZONE, Store

_BAR = 30
_BRANCHES = 10
# Of the database and of the store in it.
DATABASE = CODE = "bench"


@dataclass(frozen=True)
class Sizes:
    """How large the store is to be."""

    products: int
    categories: int
    orders: int

    @classmethod
    def add_to(cls, parser: argparse.ArgumentParser) -> None:
        """Give the parser an option for each size."""
        parser.add_argument("--products", type=int, default=100_000)
        parser.add_argument("--categories", type=int, default=1_000)
        parser.add_argument("--orders", type=int, default=1_000_000)


def generate(store_id: ObjectId, sizes: Sizes) -> None:
    """Fill the connected database, which must be empty and without indexes, and show how far it is."""
    now = datetime.now(UTC)
    _store(store_id, now)
    show("products", catalogue.fill(store_id, sizes.products), sizes.products)
    show("categories", _categories(store_id, sizes.categories, now), sizes.categories)
    show("orders", orders.fill(store_id, _sold(store_id), sizes.orders, now), sizes.orders)


def show(title: str, steps: Iterable[int], total: int) -> None:
    """Draw a bar that grows with the numbers that `steps` yields."""
    for done in steps:
        filled = _BAR * done // max(total, 1)
        say(f"\r  {title:<12} [{'#' * filled}{'.' * (_BAR - filled)}] {done} of {total}", end="")
    say()


def _store(store_id: ObjectId, now: datetime) -> None:
    facts = {"code": CODE, "name": "Bench", "is_default": True, "status": "active", "time_zone": DEFAULT_TIME_ZONE}
    wechat = {"appid": "wxbench", "mchid": "1900000000", "merchant_serial": "0"}
    sealed = dict.fromkeys(("app_secret_sealed", "merchant_private_key_sealed", "api_v3_key_sealed"), "-")
    times = {"created_at": now, "updated_at": now}
    Store.collection().insert_one({"_id": store_id, "version": 1, **facts, **wechat, **sealed, **times})


def _categories(store_id: ObjectId, count: int, now: datetime) -> Iterable[int]:
    """Make a tree in which each category has up to _BRANCHES below it, and file the products in turn."""
    made: list[Category] = []
    for number in range(count):
        above = made[number // _BRANCHES - 1] if number >= _BRANCHES else None
        made.append(
            Category(
                id=ObjectId(),
                store_id=store_id,
                parent_id=above.id if above else None,
                ancestors=above.path if above else [],
                name=f"分类 {number}",
                created_at=now,
                updated_at=now,
            )
        )
    if made:
        Category.collection().insert_many([category.to_mongo().to_dict() for category in made])
    products = (raw["_id"] for raw in Product.collection().find({"store_id": store_id}, {"_id": 1}))
    each = -(-Product.collection().count_documents({"store_id": store_id}) // max(count, 1))
    for number, category in enumerate(made, start=1):
        filed = {"category_id": category.id, "category_path": category.path, "category": category.name}
        Product.collection().update_many({"_id": {"$in": list(islice(products, each))}}, {"$set": filed})
        yield number


def _sold(store_id: ObjectId) -> list[orders.Sold]:
    found = Product.collection().find({"store_id": store_id}, {"name": 1, "price": 1, "category_id": 1, "skus.id": 1})
    return [
        orders.Sold(raw["_id"], raw["skus"][0]["id"], raw.get("category_id"), raw["name"], raw["price"])
        for raw in found
    ]


def main() -> None:
    """Fill the database that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m ecosystem.bench.generate", description=__doc__)
    parser.add_argument("--uri", required=True, help="of a MongoDB whose database `bench` is empty")
    Sizes.add_to(parser)
    wanted = parser.parse_args()
    connection.connect(wanted.uri, DATABASE, pool_size=4)
    generate(ObjectId(), Sizes(wanted.products, wanted.categories, wanted.orders))
    connection.disconnect()


if __name__ == "__main__":
    main()
