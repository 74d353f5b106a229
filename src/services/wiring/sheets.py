"""Imports and exports, wired."""

from __future__ import annotations

from dataclasses import dataclass

from src.services.catalogue.product_writing import ProductWriting
from src.services.exports.exports import Exports
from src.services.exports.wiring import wire_exports
from src.services.imports.imports import Imports
from src.services.imports.wiring import wire_imports
from src.services.jobs.contracts import JobParts
from src.services.media.object_store import ObjectStore
from src.services.stock.inventory import Inventory
from src.services.stock.levels import StockLevels
from src.services.wiring.foundation import Foundation


@dataclass(frozen=True)
class Sheets:
    imports: Imports
    exports: Exports
    job_parts: JobParts


def wire_sheets(base: Foundation, inventory: Inventory, objects: ObjectStore) -> Sheets:
    transactions, clock = base.transactions, base.clock
    importing = wire_imports(
        writing=ProductWriting(inventory=inventory, limits=base.limits, clock=clock),
        levels=StockLevels(default_low_at=base.settings.low_stock_threshold),
        objects=objects,
        transactions=transactions,
        clock=clock,
    )
    exporting = wire_exports(objects=objects, stores=base.stores, transactions=transactions, clock=clock)
    return Sheets(importing.imports, exporting.exports, JobParts.joined(importing.job_parts, exporting.job_parts))
