"""What staff make of the catalogue, wired: categories, brands, products."""

from __future__ import annotations

from dataclasses import dataclass

from src.services.catalogue.brands import Brands
from src.services.catalogue.product_batches import ProductBatches
from src.services.catalogue.product_editing import ProductEditing
from src.services.catalogue.product_writing import ProductWriting
from src.services.catalogue.publishing import Publishing
from src.services.catalogue.relabelling import Relabelling
from src.services.catalogue.upgrading import ProductUpgrade
from src.services.categories.editing import CategoryEditing
from src.services.categories.reading import CategoryList
from src.services.jobs.contracts import JobParts
from src.services.stock.inventory import Inventory
from src.services.wiring.foundation import Foundation


@dataclass(frozen=True)
class Catalogue:
    categories: CategoryList
    category_editing: CategoryEditing
    brands: Brands
    product_writing: ProductWriting
    product_editing: ProductEditing
    product_batches: ProductBatches
    product_upgrade: ProductUpgrade
    relabelling: Relabelling
    publishing: Publishing

    @property
    def job_parts(self) -> JobParts:
        return JobParts.of(handlers=self.relabelling.handlers, scheduled=(self.publishing.scheduled,))


def wire_catalogue(base: Foundation, inventory: Inventory) -> Catalogue:
    transactions, clock = base.transactions, base.clock
    categories = CategoryList(clock=clock)
    writing = ProductWriting(inventory=inventory, limits=base.limits, clock=clock)
    return Catalogue(
        categories=categories,
        category_editing=CategoryEditing(transactions=transactions, shown=categories, clock=clock),
        brands=Brands(transactions=transactions, clock=clock),
        product_writing=writing,
        product_editing=ProductEditing(transactions=transactions, writing=writing, clock=clock),
        product_batches=ProductBatches(transactions=transactions, writing=writing, clock=clock),
        product_upgrade=ProductUpgrade(transactions=transactions, clock=clock),
        relabelling=Relabelling(transactions=transactions, clock=clock),
        publishing=Publishing(clock=clock),
    )
