"""What lists, searches and figures cost in a large store: `python -m ecosystem.bench.big_store [--orders N …]`.

Fills a scratch database of an embedded mongod as `ecosystem.bench.generate` does, adds its days up, and shows of each
call which indexes it used, how many index keys and documents it read, and its times beside those of a plain list. A
call that scans a collection ends the program with status 1. The times are of services and database: no HTTP.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bson import ObjectId

from ecosystem.bench.generate import Sizes, generate
from ecosystem.bench.search import make_indexes
from ecosystem.embedded.mongod import running_mongod
from ecosystem.run.progress import say, step
from src.models import connection
from src.models.connection import database
from src.models.order_search import OrderFilter, page_of_orders
from src.models.orders import Order
from src.models.product_queries import ProductFilter, ProductSort
from src.models.refunds import Refund
from src.models.stores import Store
from src.models.transaction import Transactions
from src.services.accounts.callers import StaffMember
from src.services.catalogue.catalog import Catalog
from src.services.search.facets import facets
from src.services.statistics.attention import Attention
from src.services.statistics.rankings import Measure, Rankings, WantedRanking
from src.services.statistics.reading import Statistics, Step
from src.services.statistics.rolling_up import RollingUp
from src.services.stock.overview import StockOverview
from src.services.stores.stores import Stores
from src.utils.clock import Clock
from src.utils.figures import Metric
from src.utils.order_states import OrderStatus
from src.utils.pages import PageRequest
from src.utils.permissions import Role

SECONDS = 1.0
STORE = ObjectId()
STAFF = StaffMember(STORE, ObjectId(), "", Role.OWNER)
_PAGE = PageRequest(1, 10)
_PROFILE = "system.profile"

Call = Callable[[], object]


class OneStore(Stores):
    """Knows one store, and no secrets."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, store_id: ObjectId) -> Store:
        """Return the store."""
        return self._store


@dataclass(frozen=True)
class Cost:
    """What the server did for one call."""

    plans: frozenset[str]
    keys: int
    documents: int
    returned: int

    @property
    def scans(self) -> bool:
        """Tell whether a whole collection was read."""
        return any("COLLSCAN" in plan for plan in self.plans)


def calls(stores: Stores) -> Iterator[tuple[str, Call]]:
    """Yield what is measured, the plain list first."""
    yield "plain list of products", _products()
    yield from _product_lists()
    yield from _order_lists()
    yield from _figures(stores)


def _products(**wanted: Any) -> Call:
    return lambda: Catalog().list_products(STORE, ProductFilter(**wanted), _PAGE)


def _product_lists() -> Iterator[tuple[str, Call]]:
    category = database()["categories"].find_one({"store_id": STORE, "parent_id": None}) or {}
    yield "products by sales", _products(sort=ProductSort.SALES)
    yield "products by price", _products(sort=ProductSort.PRICE)
    yield "products of a category and below", _products(category=category.get("_id"))
    yield "search 乌龙", _products(keyword="乌龙", sort=ProductSort.RELEVANCE)
    yield "search wulong", _products(keyword="wulong", sort=ProductSort.RELEVANCE)
    yield "facets of 乌龙", lambda: facets(STORE, ProductFilter(keyword="乌龙"))
    overview = StockOverview(default_low_at=10)
    yield "stock", lambda: overview.list_levels(STAFF, _PAGE)
    yield "low stock", lambda: overview.list_levels(STAFF, _PAGE, low=True)


def _order_lists() -> Iterator[tuple[str, Call]]:
    order = database()["orders"].find_one({"store_id": STORE}, sort=[("created_at", -1)]) or {}
    address, user = order["address"], order["user_id"]
    for name, wanted in (
        ("orders", OrderFilter()),
        ("orders that are paid", OrderFilter(status=OrderStatus.PAID)),
        ("orders of a phone", OrderFilter(phone=address["phone"])),
        ("orders of a receiver", OrderFilter(receiver=address["name"])),
        ("orders of a product", OrderFilter(product_ids=[order["items"][0]["product_id"]])),
        ("orders by number", OrderFilter(order_no=order["order_no"][:20])),
    ):
        yield name, _orders(wanted)
    yield "orders of a shopper", lambda: Order.page_for_user(STORE, user, None, _PAGE)
    yield "refunds", lambda: Refund.page_in_store(STORE, None, _PAGE)


def _orders(wanted: OrderFilter) -> Call:
    return lambda: page_of_orders(STORE, wanted, _PAGE)


def _figures(stores: Stores) -> Iterator[tuple[str, Call]]:
    clock = Clock()
    statistics, rankings = Statistics(stores=stores, clock=clock), Rankings(stores=stores, clock=clock)
    attention = Attention(stock_overview=StockOverview(default_low_at=10))
    wanted = WantedRanking(Measure.AMOUNT, 10)
    yield "overview", lambda: statistics.overview(STAFF)
    yield "series by day", lambda: statistics.series(STAFF, Metric.GMV, Step.DAY, first=None, last=None)
    yield "series by hour", lambda: statistics.series(STAFF, Metric.PAYING_USERS, Step.HOUR, first=None, last=None)
    yield "top products", lambda: rankings.products(STAFF, wanted)
    yield "top categories", lambda: rankings.categories(STAFF, wanted)
    yield "stock alerts", lambda: attention.stock_alerts(STAFF, 10)
    yield "status counts", lambda: attention.status_counts(STAFF)


def cost_of(call: Call) -> Cost:
    """Return what the server says that one call made it do."""
    db = database()
    db.drop_collection(_PROFILE)
    db.create_collection(_PROFILE, capped=True, size=16 * 2**20)
    db.command("profile", 2)
    try:
        call()
    finally:
        db.command("profile", 0)
    return _cost(list(db[_PROFILE].find({"ns": {"$ne": f"{db.name}.{_PROFILE}"}, "planSummary": {"$exists": True}})))


def _cost(entries: list[dict[str, Any]]) -> Cost:
    plans = frozenset(entry["planSummary"] for entry in entries)
    keys, documents, returned = (
        sum(entry.get(name, 0) for entry in entries) for name in ("keysExamined", "docsExamined", "nreturned")
    )
    return Cost(plans, keys, documents, returned)


def times_of(call: Call, seconds: float) -> list[float]:
    """Return the milliseconds of each of the calls made in that time, ascending."""
    times, ends = list[float](), time.perf_counter() + seconds
    while not times or time.perf_counter() < ends:
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1_000)
    return sorted(times)


def report(seconds: float) -> bool:
    """Print a line for each call; return whether each found what it read through an index."""
    say(f"  {'keys':>8} {'docs':>8} {'returned':>8} {'p50 ms':>8} {'p99 ms':>8} {'ratio':>6}")
    plain, indexed = 0.0, True
    for name, call in calls(OneStore(Store._from_son(database()["stores"].find_one({"_id": STORE})))):
        cost, times = cost_of(call), times_of(call, seconds)
        median, slow = times[len(times) // 2], times[len(times) * 99 // 100]
        plain = plain or median
        counts = f"{cost.keys:8} {cost.documents:8} {cost.returned:8}"
        say(f"  {counts} {median:8.1f} {slow:8.1f} {median / plain:6.1f}  {name}")
        for plan in sorted(cost.plans):
            say(f"{'':50}  {plan}")
        indexed = indexed and not cost.scans
    return indexed


def add_days_up() -> None:
    """Add up every day that is over, and show how long a day takes."""
    rolling, started = RollingUp(transactions=Transactions(timeout_s=30), clock=Clock()), time.perf_counter()
    days = rolling.run(1_000)
    say(f"  {days} days added up, {(time.perf_counter() - started) / max(days, 1) * 1_000:.0f} ms each")


def main() -> int:
    """Fill, measure, take everything down; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ecosystem.bench.big_store", description=__doc__)
    Sizes.add_to(parser)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each call is measured")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_mongod(Path(folder)) as uri:
        connection.connect(uri, "bench", pool_size=4)
        generate(STORE, Sizes(wanted.products, wanted.categories, wanted.orders))
        with step("indexes"):
            make_indexes()
        add_days_up()
        indexed = report(wanted.seconds)
        connection.disconnect()
    return 0 if indexed else 1


if __name__ == "__main__":
    sys.exit(main())
