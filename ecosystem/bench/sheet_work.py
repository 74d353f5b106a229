"""One import or export, done in a process of its own, and what it took."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bson import ObjectId

from src.models import connection
from src.models.connection import database
from src.models.exports import Export
from src.models.imports import Import
from src.models.jobs import Job
from src.models.staff import Staff
from src.models.stores import Store
from src.models.transaction import Transactions
from src.services.catalogue.product_writing import ProductWriting
from src.services.exports.wiring import wire_exports
from src.services.exports.writing import WRITE_KIND
from src.services.imports.checking import CHECK_KIND, RUN_KIND
from src.services.imports.product_columns import COLUMNS
from src.services.imports.wiring import wire_imports
from src.services.jobs.contracts import Handler, JobParts
from src.services.media.folder_store import FolderStore
from src.services.media.local_forms import LocalForms
from src.services.sheets.writing import Cell, file_of, yuan
from src.services.stock.inventory import Inventory
from src.services.stock.levels import StockLevels
from src.services.stores.stores import Stores
from src.services.tenants.limits import StoreLimits
from src.utils.clock import Clock
from src.utils.permissions import Role
from src.utils.sheet_kinds import ExportKind, ExportState, ImportKind, ImportState, Language, SheetFormat

# A process that is forked would begin with the memory of its parent.
_FRESH = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Place:
    """Where the work is done: a database, a folder for the files, and a store."""

    uri: str
    name: str
    folder: Path
    store_id: ObjectId


@dataclass(frozen=True)
class Cost:
    """What one job took; `peak_kb` is by how much the memory of its process was larger than before it."""

    seconds: float
    peak_kb: int


class _OneStore(Stores):
    """Knows one store, and no secrets."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, store_id: ObjectId) -> Store:
        return self._store


class _Undisturbed:
    """The only attempt at a job, as long as it takes."""

    should_pause = False

    def __init__(self, job: Job) -> None:
        self.job = job

    def progress(self, done: int, total: int | None = None) -> None:
        """Nobody looks."""


def product_rows(count: int) -> Iterator[Sequence[Cell]]:
    """Yield the header of a file of products, and so many rows, each a product with one SKU."""
    yield [column.chinese for column in COLUMNS]
    for number in range(count):
        cells = _product(number)
        yield [cells.get(column.name, "") for column in COLUMNS]


def _product(number: int) -> dict[str, Cell]:
    """Return the cells of a product by the names of their columns."""
    return {
        "productCode": f"P{number}",
        "name": f"高山乌龙茶 {number} 号",
        "category": "茶饮",
        "tags": "新品|春茶",
        "description": f"<p>海拔一千二百米的春茶，第 {number} 批。</p>",
        "status": "on_sale",
        "skuCode": f"TEA-{number}",
        "specs": "规格:250g",
        "price": yuan(3990 + number % 100),
        "originalPrice": yuan(4990),
        "weight": 280,
        "stock": 7,
    }


def put_import(place: Place, rows: int, written_as: SheetFormat) -> ObjectId:
    """Store an import of a file with so many products, to be checked; return its id."""
    import_id, member_id = ObjectId(), _put_member(place)
    key = f".private/imports/{place.store_id}/{import_id}"
    _objects(place).put(key, b"".join(file_of(product_rows(rows), written_as)), "")
    Import(
        id=import_id,
        store_id=place.store_id,
        kind=ImportKind.PRODUCTS,
        written_as=written_as,
        state=ImportState.CHECKING,
        runs_by_itself=True,
        staff_id=member_id,
        starter_id=member_id,
        object_key=key,
        created_at=datetime.now(UTC),
    ).insert(session=None)
    return import_id


def _put_member(place: Place) -> ObjectId:
    """Store somebody who may bring products; return their id."""
    member = Staff(
        store_id=place.store_id,
        username=str(ObjectId()),
        password_hash="none",
        role=Role.MANAGER,
        created_at=datetime.now(UTC),
    )
    return member.insert(session=None).id


def put_export(place: Place, kind: ExportKind, written_as: SheetFormat, **filters: str) -> ObjectId:
    """Store an export that waits to be written; return its id."""
    now, export_id = datetime.now(UTC), ObjectId()
    Export(
        id=export_id,
        store_id=place.store_id,
        kind=kind,
        written_as=written_as,
        language=Language.CHINESE,
        filters=filters,
        state=ExportState.WAITING,
        staff_id=ObjectId(),
        prefix=f".private/exports/{place.store_id}/{export_id}",
        created_at=now,
        expires_at=now,
    ).insert(session=None)
    return export_id


def cost_of_check(place: Place, import_id: ObjectId) -> Cost:
    """Check an import in a new process; it is to be run then."""
    return _cost(place, CHECK_KIND, {"importId": str(import_id)})


def cost_of_run(place: Place, import_id: ObjectId) -> Cost:
    """Run an import in a new process."""
    return _cost(place, RUN_KIND, {"importId": str(import_id)})


def cost_of_export(place: Place, export_id: ObjectId) -> Cost:
    """Write an export in a new process."""
    return _cost(place, WRITE_KIND, {"exportId": str(export_id)})


def _cost(place: Place, kind: str, payload: dict[str, str]) -> Cost:
    ours, theirs = _FRESH.Pipe(duplex=False)
    process = _FRESH.Process(target=_work, args=(place, kind, payload, theirs))
    process.start()
    theirs.close()
    try:
        return cast(Cost, ours.recv())
    finally:
        process.join()


def _work(place: Place, kind: str, payload: dict[str, str], told: Any) -> None:
    connection.connect(place.uri, place.name, pool_size=4)
    handler = _job_parts(place).handlers[kind]
    told.send(_measured(handler, cast(Job, SimpleNamespace(store_id=place.store_id, payload=payload, fence=1))))
    connection.disconnect()


def _measured(handler: Handler, job: Job) -> Cost:
    database().command("ping")
    before, started = _memory_kb("VmRSS"), time.monotonic()
    handler.handle(_Undisturbed(job))
    return Cost(time.monotonic() - started, _memory_kb("VmHWM") - before)


def _memory_kb(field: str) -> int:
    """Return what Linux says of this process: VmRSS is its memory now, VmHWM the most it ever had."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(f"{field}:")))


def _job_parts(place: Place) -> JobParts:
    clock, transactions, objects = Clock(), Transactions(timeout_s=30), _objects(place)
    store = Store.find_by_id(place.store_id)
    assert store is not None, "it has been filled"
    stores, levels = _OneStore(store), StockLevels(default_low_at=10)
    limits = StoreLimits(stores=stores, upload_bytes=0)
    writing = ProductWriting(inventory=Inventory(levels=levels), limits=limits, clock=clock)
    importing = wire_imports(writing=writing, levels=levels, objects=objects, transactions=transactions, clock=clock)
    exporting = wire_exports(objects=objects, stores=stores, transactions=transactions, clock=clock)
    return JobParts.joined(importing.job_parts, exporting.job_parts)


def _objects(place: Place) -> FolderStore:
    forms = cast(LocalForms, None)  # nobody uploads
    return FolderStore(place.folder, forms=forms)
