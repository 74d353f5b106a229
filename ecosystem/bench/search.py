"""What searching costs in a large store: `python -m ecosystem.bench.search [PRODUCTS] [SECONDS]`.

Fills a scratch database of an embedded mongod, prints the sizes of the indexes, and then the times of typical searches
beside those of a plain list page, each measured for SECONDS. The times are of the service and its database: no HTTP.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bson import ObjectId
from pymongo.errors import NetworkTimeout

from ecosystem.bench.catalogue import fill
from ecosystem.embedded.mongod import running_mongod
from ecosystem.run.progress import say
from src.models import connection
from src.models.indexes import ensure_indexes
from src.models.product_queries import ProductFilter, ProductSort
from src.models.products import Product
from src.services.catalogue.catalog import Catalog
from src.services.search.facets import facets
from src.services.search.suggesting import completions
from src.utils.pages import PageRequest

PRODUCTS = 100_000
SECONDS = 1.0
STORE = ObjectId()
# One character of half the names, words, a part across words, pinyin, initials, labels, descriptions, nothing.
KEYWORDS = (
    "茶",
    "号",
    "乌龙",
    "乌龙茶",
    "特级火锅底",
    "wulong",
    "wl",
    "ch",
    "华山",
    "包邮",
    "七天无理由",
    "号龙",
    "没有这种东西",
)

Call = Callable[[], object]


def calls() -> Iterator[tuple[str, Call]]:
    """Yield what is measured, the plain list first."""
    yield "plain list", lambda: _list(ProductFilter())
    yield "plain list by sales", lambda: _list(ProductFilter(sort=ProductSort.SALES))
    for keyword in KEYWORDS:
        yield f"search {keyword}", _search(keyword)
    yield "search 乌龙, newest first", lambda: _list(ProductFilter(keyword="乌龙"))
    yield (
        "search 茶, a price and in stock",
        lambda: _list(
            ProductFilter(keyword="茶", sort=ProductSort.RELEVANCE, min_price=5_000, max_price=6_000, in_stock=True)
        ),
    )
    for sort in (ProductSort.RELEVANCE, ProductSort.SALES):
        yield f"search 号, red, by {sort}", _narrowed("号", sort)
    yield "sold out", lambda: _list(ProductFilter(in_stock=False))
    yield "search 火锅 乌龙", _search("火锅 乌龙")
    yield "tag", lambda: _list(ProductFilter(tag="有机"))
    yield "spec", lambda: _list(ProductFilter(specs=(("颜色", "红"),)))
    for typed in ("乌", "wu", "wlc"):
        yield f"suggest {typed}", _suggest(typed)
    yield "facets of all", lambda: facets(STORE, ProductFilter())
    yield "facets of 乌龙", lambda: facets(STORE, ProductFilter(keyword="乌龙"))


def _list(wanted: ProductFilter) -> object:
    return Catalog().list_products(STORE, wanted, PageRequest(1, 10))


def _narrowed(keyword: str, sort: ProductSort) -> Call:
    return lambda: _list(ProductFilter(keyword=keyword, sort=sort, specs=(("颜色", "红"),)))


def _search(keyword: str) -> Call:
    return lambda: _list(ProductFilter(keyword=keyword, sort=ProductSort.RELEVANCE))


def _suggest(typed: str) -> Call:
    return lambda: completions(STORE, typed)


def make_indexes() -> None:
    """Make the indexes; where the driver's patience ends before an index is there, wait for it again."""
    while True:
        with suppress(NetworkTimeout):
            return ensure_indexes()


def print_sizes() -> None:
    """Print what the products and each of their indexes take."""
    stats = connection.database().command("collStats", Product.collection().name)
    for name, size in sorted(stats["indexSizes"].items(), key=lambda entry: entry[1]):
        say(f"  {size / 2**20:7.1f} MB  {name}")
    say(f"  {stats['totalIndexSize'] / 2**20:7.1f} MB  all indexes")
    say(f"  {stats['storageSize'] / 2**20:7.1f} MB  documents, compressed; {stats['size'] / 2**20:.1f} MB in memory")


def print_times(seconds: float) -> None:
    """Print the times of each call, and its median as a multiple of the plain list's."""
    say(f"  {'p50 ms':>8} {'p99 ms':>8} {'ratio':>6}")
    plain = 0.0
    for name, call in calls():
        times = _times(call, seconds)
        median = times[len(times) // 2]
        plain = plain or median
        say(f"  {median:8.1f} {times[len(times) * 99 // 100]:8.1f} {median / plain:6.1f}  {name}")


def _times(call: Call, seconds: float) -> list[float]:
    call()
    times, ends = [], time.perf_counter() + seconds
    while time.perf_counter() < ends:
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1_000)
    return sorted(times)


def print_sales(count: int = 100) -> None:
    """Print what a sale costs: of products that sell well, whose popularity stays, and of those that never sold."""
    for name, order in (("a sale of what sells well", -1), ("the first sale of a product", 1)):
        found = Product.collection().find({"store_id": STORE, "status": "on_sale"}).sort("sales", order).limit(count)
        ids = [raw["_id"] for raw in found]
        started = time.perf_counter()
        with connection.client().start_session() as session:
            for product_id in ids:
                Product.add_sales(product_id, 1, session=session)
        say(f"  {(time.perf_counter() - started) / count * 1_000:8.1f} ms  {name}")


def main(products: int, seconds: float) -> None:
    """Fill a database in a temporary folder, measure and take everything down."""
    with tempfile.TemporaryDirectory() as folder, running_mongod(Path(folder)) as uri:
        connection.connect(uri, "bench", pool_size=4)
        started = datetime.now(UTC)
        for done in fill(STORE, products):
            if done % 10_000 == 0:
                say(f"  {done} products")
        make_indexes()
        say(f"{products} products made and indexed in {(datetime.now(UTC) - started).seconds} s")
        print_sizes()
        print_times(seconds)
        print_sales()
        connection.disconnect()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PRODUCTS, float(sys.argv[2]) if len(sys.argv) > 2 else SECONDS)
