"""What every read costs in a large store: `python -m ecosystem.bench.big_store [--orders N …] [--uri URI]`.

Fills a scratch database of an embedded mongod as `ecosystem.bench.generate` does, or takes one that it has filled,
adds its days up, and makes every read of the API through the application. Of each it shows how many index keys and
documents it read, and its times beside those of a plain list. A read that scans a collection, or examines more than
the stated multiple of what it returns, ends the program with status 1.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bson import ObjectId

from ecosystem.bench.generate import DATABASE, Sizes, generate
from ecosystem.bench.profile import EXAMINED_PER_RETURNED, FEW, MOST_COMPARED, Query, profiling
from ecosystem.bench.reads import Read, all_reads
from ecosystem.bench.search import make_indexes
from ecosystem.bench.served import Served, serving
from ecosystem.embedded.mongod import running_mongod
from ecosystem.run.progress import say, step
from src.models import connection
from src.models.connection import database
from src.models.stores import Store
from src.services.registry import Services

SECONDS = 1.0
_PLAIN = Read("/api/products", "/api/products")


@dataclass(frozen=True)
class Cost:
    """What the server did for one read."""

    queries: Sequence[Query]

    @property
    def keys(self) -> int:
        """How many entries of indexes were read."""
        return sum(query.keys for query in self.queries)

    @property
    def documents(self) -> int:
        """How many documents were read."""
        return sum(query.examined for query in self.queries)

    @property
    def returned(self) -> int:
        """How many documents or sums the database returned."""
        return sum(query.returned for query in self.queries)


def cost_of(served: Served, read: Read) -> Cost:
    """Return what one call made the server do."""
    with profiling() as profile:
        served.get(read)
        return Cost(profile.new())


@dataclass(frozen=True)
class Times:
    """Milliseconds of a read and, taken in turns with it, of a plain list: both had the same neighbours."""

    of_read: list[float]
    of_plain: list[float]

    @property
    def median(self) -> float:
        """Of the read."""
        return _at(self.of_read, 50)

    def ratio(self, percent: int) -> float:
        """Return how many times as long as a plain list it takes, at this percentile of both."""
        return _at(self.of_read, percent) / _at(self.of_plain, percent)


def times_of(served: Served, read: Read, seconds: float) -> Times:
    """Return the times of the calls made in that time, at least one of each."""
    times, ends = Times([], []), time.perf_counter() + seconds
    while not times.of_plain or time.perf_counter() < ends:
        for one, taken in ((read, times.of_read), (_PLAIN, times.of_plain)):
            started = time.perf_counter()
            served.get(one)
            taken.append((time.perf_counter() - started) * 1_000)
    return times


def report(served: Served, seconds: float, only: str = "") -> list[str]:
    """Print a line for each read; return what is wasteful."""
    wrong = list[str]()
    say(f"  {'':34} {'as multiples of a plain list':>13}")
    say(f"  {'keys':>8} {'docs':>6} {'returned':>8} {'p50 ms':>8} {'p50':>6} {'p99':>6}")
    for read in all_reads(served.store_id, served.user_id):
        if only not in read.rule:
            continue
        cost, times = cost_of(served, read), times_of(served, read, seconds)
        counts = f"{cost.keys:8} {cost.documents:6} {cost.returned:8}"
        say(f"  {counts} {times.median:8.1f} {times.ratio(50):6.1f} {times.ratio(99):6.1f}  {read}")
        wrong += [str(query) for query in cost.queries if _is_wrong(query)]
    return wrong


def _at(times: Sequence[float], percent: int) -> float:
    return sorted(times)[len(times) * percent // 100]


def _is_wrong(query: Query) -> bool:
    return query.collection not in FEW and not (query.is_indexed and query.compares_little and query.sorts_little)


def add_days_up(services: Services, store_id: ObjectId) -> None:
    """Add up every day that is over, and show how long a day takes."""
    Store.make_figures_due(store_id, datetime.now(UTC))
    work, started = services.jobs.scheduling.works["roll_up_figures"], time.perf_counter()
    days = work.run(1_000)
    say(f"  {days} days added up, {(time.perf_counter() - started) / max(days, 1) * 1_000:.0f} ms each")


def print_sizes() -> None:
    """Print what the largest collections hold."""
    for name in ("products", "stock_items", "stock_moves", "orders", "payments", "refunds", "sales_of_days"):
        stats = database().command("collStats", name)
        documents, indexes = (stats[part] / 2**20 for part in ("storageSize", "totalIndexSize"))
        say(f"  {stats['count']:10} {name:<12} {documents:6.0f} MB of documents {indexes:6.0f} MB of indexes")


@contextmanager
def large_store(uri: str | None, sizes: Sizes) -> Iterator[str]:
    """Yield the URI of a filled database with its indexes: the given one, or one that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, nullcontext(uri) if uri else running_mongod(Path(folder)) as found:
        connection.connect(found, DATABASE, pool_size=4)
        if uri is None:
            generate(ObjectId(), sizes)
        with step("indexes"):
            make_indexes()
        connection.disconnect()
        yield found


def main() -> int:
    """Fill, measure, take everything down; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ecosystem.bench.big_store", description=__doc__)
    Sizes.add_to(parser)
    parser.add_argument("--uri", help="of a MongoDB that ecosystem.bench.generate has filled")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each call is measured")
    parser.add_argument("--only", default="", help="only reads with this in their path")
    wanted = parser.parse_args()
    sizes = Sizes(wanted.products, wanted.categories, wanted.orders)
    with large_store(wanted.uri, sizes) as uri, serving(uri) as served:
        add_days_up(served.app.extensions["minimall"], served.store_id)
        print_sizes()
        wrong = report(served, wanted.seconds, wanted.only)
    say("\n".join([f"\n{len(wrong)} queries read or sort too much, or scan:", *wrong]) if wrong else "")
    say(f"No read may examine more than {EXAMINED_PER_RETURNED} documents for each that it returns, counts or adds up.")
    say(f"A search may compare so many: {MOST_COMPARED}.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
