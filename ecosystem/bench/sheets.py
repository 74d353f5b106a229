"""What files of rows cost in a large store: `python -m ecosystem.bench.sheets [--rows N]`.

Fills a scratch database of an embedded mongod. Then each import and each export is done in a process of its own, and
shown are its seconds, its rows a second, and by how much the process grew at most.
"""

import argparse
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bson import ObjectId

from ecosystem.bench.generate import Sizes, generate
from ecosystem.bench.search import make_indexes
from ecosystem.bench.sheet_work import (
    Cost,
    Place,
    cost_of_check,
    cost_of_export,
    cost_of_run,
    put_export,
    put_import,
)
from ecosystem.embedded.mongod import running_mongod
from ecosystem.run.progress import say
from src.models import connection
from src.models.imports import Import
from src.models.reconciliations import Difference, Reconciliation, Totals
from src.models.stock_moves import MoveKind
from src.utils.difference_kinds import DifferenceKind, MoneyKind
from src.utils.sheet_kinds import ExportKind, SheetFormat

ROWS = 50_000
_DATABASE = "bench"
_DIFFERENCES = 100
_LAST_DAY = date(2026, 11, 20)


def measured(place: Place, rows: int) -> Iterator[tuple[str, int, Cost]]:
    """Yield what was done, of how many rows, and what it took."""
    yield from _imports(place, rows)
    for kind in ExportKind:
        # Of the moves those that the import has made: an export has an end.
        filters = {"moveKind": MoveKind.RECEIVE.value} if kind is ExportKind.STOCK_MOVES else {}
        for written_as in SheetFormat:
            cost = cost_of_export(place, put_export(place, kind, written_as, **filters))
            yield f"export of {kind.value}, {written_as.value}", rows, cost


def _imports(place: Place, rows: int) -> Iterator[tuple[str, int, Cost]]:
    """The second file is the first one again: nothing changes any more."""
    for written_as, outcome in ((SheetFormat.CSV, "created"), (SheetFormat.XLSX, "unchanged")):
        import_id = put_import(place, rows, written_as)
        yield f"import, {written_as.value}: check", rows, cost_of_check(place, import_id)
        yield f"import, {written_as.value}: products {outcome}", rows, cost_of_run(place, import_id)
        done = Import.find_in_store(place.store_id, import_id)
        assert done is not None, "it was stored"
        assert getattr(done, outcome) == rows, "each product is brought"


def fill(store_id: ObjectId, rows: int) -> None:
    """Make orders that are as many rows as that in an export, their stock moves, and differences of money."""
    generate(store_id, Sizes(products=1_000, categories=100, orders=rows))
    first = _LAST_DAY - timedelta(days=rows // _DIFFERENCES)
    days = [first + timedelta(days=number) for number in range(rows // _DIFFERENCES)]
    Reconciliation.collection().insert_many([_reconciliation(store_id, day).to_mongo().to_dict() for day in days])


def _reconciliation(store_id: ObjectId, day: date) -> Reconciliation:
    now, totals = datetime.now(UTC), Totals(payments=1, paid_fen=1990, refunds=0, refunded_fen=0)
    found = [_difference(number) for number in range(_DIFFERENCES)]
    counters = {"missing_here": 0, "missing_there": 0, "amounts_differ": _DIFFERENCES}
    facts = {"day": day.isoformat(), "mchid": "1900000000", "differs": True, "differences": found, **counters}
    times = {"created_at": now, "finished_at": now}
    return Reconciliation(id=ObjectId(), store_id=store_id, ours=totals, wechat=totals, **facts, **times)


def _difference(number: int) -> Difference:
    kind, money = next(iter(DifferenceKind)), next(iter(MoneyKind))
    return Difference(kind=kind, money=money, number=f"20261120{number:024}", our_fen=1990, wechat_fen=1980)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m ecosystem.bench.sheets", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder, running_mongod(Path(folder)) as uri:
        connection.connect(uri, _DATABASE, pool_size=4)
        place = Place(uri, _DATABASE, Path(folder) / "files", ObjectId())
        fill(place.store_id, rows)
        make_indexes()
        say(f"  {'s':>8} {'rows/s':>8} {'MB':>6}")
        for name, count, cost in measured(place, rows):
            say(f"  {cost.seconds:8.1f} {count / cost.seconds:8.0f} {cost.peak_kb / 1024:6.1f}  {name}")
        connection.disconnect()


if __name__ == "__main__":
    main()
