"""Imports of one process, wired."""

from __future__ import annotations

from dataclasses import dataclass

from src.models.transaction import Transactions
from src.services.catalogue.product_writing import ProductWriting
from src.services.imports import product_columns, stock_columns
from src.services.imports.checking import Checking
from src.services.imports.contracts import KindOfImport
from src.services.imports.grouping import product_groups, single_rows
from src.services.imports.imports import Imports
from src.services.imports.product_import import ProductImport
from src.services.imports.running import RunningImports
from src.services.imports.stock_import import StockImport
from src.services.jobs.contracts import JobParts
from src.services.media.object_store import ObjectStore
from src.services.stock.levels import StockLevels
from src.utils.clock import Clock
from src.utils.permissions import Permission
from src.utils.sheet_kinds import ImportKind


@dataclass(frozen=True)
class Importing:
    imports: Imports
    job_parts: JobParts


def wire_imports(
    *, writing: ProductWriting, levels: StockLevels, objects: ObjectStore, transactions: Transactions, clock: Clock
) -> Importing:
    products, stock = ProductImport(writing=writing, clock=clock), StockImport(levels=levels, clock=clock)
    kinds = {
        ImportKind.PRODUCTS: KindOfImport(product_columns.COLUMNS, product_groups, products, Permission.PRODUCTS_WRITE),
        ImportKind.STOCK: KindOfImport(stock_columns.COLUMNS, single_rows, stock, Permission.STOCK_WRITE),
    }
    checking = Checking(kinds=kinds, objects=objects, transactions=transactions, clock=clock)
    running = RunningImports(kinds=kinds, transactions=transactions, clock=clock)
    imports = Imports(kinds=kinds, objects=objects, transactions=transactions, clock=clock)
    parts = JobParts.of(handlers=(checking.handler, running.handler), scheduled=(imports.purging,))
    return Importing(imports, parts)
