"""The same change of many products at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bson import ObjectId

from src.models.products import Product, ProductStatus
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_action
from src.services.catalogue.product_inputs import EditProduct
from src.services.catalogue.product_records import changes_of
from src.services.catalogue.product_skus import input_of
from src.services.catalogue.product_writing import ProductWriting
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import BadRequest, NotFound, Unavailable

SUBJECT = "product_batch"
MAX_PRICE_FEN = 100_000_000

# What the batch does to one product.
Change = Callable[[Product], EditProduct]


@dataclass(frozen=True)
class Repricing:
    """A price in fen for all SKUs, or so many per cent of each SKU's own, rounded down to the fen.

    Nothing becomes free by rounding.
    """

    price: int | None = None
    percent: int | None = None

    def of(self, price: int) -> int:
        if self.percent is None:
            return self.price or 0
        return max(price * self.percent // 100, min(price, self.percent, 1))


@dataclass(frozen=True)
class Batch:
    """What became of a batch; the audit log has it under its id. Products that were so before are not counted."""

    id: ObjectId
    changed: int


class ProductBatches:
    """Changes all the products of a list, or none."""

    def __init__(self, *, transactions: Transactions, writing: ProductWriting, clock: Clock) -> None:
        self._transactions = transactions
        self._writing = writing
        self._clock = clock

    def set_values(self, staff: StaffMember, product_ids: Sequence[ObjectId], values: dict[str, Any]) -> Batch:
        """Sets fields of the products as an edit does. Raises NotFound: one of them, or what they are given."""
        return self._change(staff, product_ids, lambda _: EditProduct(dict(values)))

    def set_status(self, staff: StaffMember, product_ids: Sequence[ObjectId], status: ProductStatus) -> Batch:
        """Publishes, withdraws or deletes the products; none of them waits for its time any more. Raises NotFound."""
        return self.set_values(staff, product_ids, {"status": status.value})

    def reprice(self, staff: StaffMember, product_ids: Sequence[ObjectId], pricing: Repricing) -> Batch:
        """Changes the prices of all SKUs that can be bought. Raises NotFound, or BadRequest: a price is too high."""
        return self._change(staff, product_ids, lambda product: _repriced(product, pricing))

    def _change(self, staff: StaffMember, product_ids: Sequence[ObjectId], change: Change) -> Batch:
        batch_id = ObjectId()

        def work(session: Session) -> Batch:
            products = Product.list_by_ids(staff.store_id, product_ids, session=session)
            if len(products) != len(set(product_ids)):
                raise NotFound()
            pairs = [(product, self._changed(staff, product, change, session)) for product in products]
            return self._recorded(staff, batch_id, [pair for pair in pairs if pair[0] is not pair[1]], session)

        return self._transactions.run(work)

    def _changed(self, staff: StaffMember, product: Product, change: Change, session: Session) -> Product:
        changed = self._writing.change(product, change(product), staff_id=staff.staff_id, session=session)
        if changed is None:
            raise Unavailable()
        return changed

    def _recorded(
        self, staff: StaffMember, batch_id: ObjectId, pairs: list[tuple[Product, Product]], session: Session
    ) -> Batch:
        changes = {
            f"{before.id}.{name}": change
            for before, after in pairs
            for name, change in changes_of(before, after).items()
        }
        if pairs:
            now = self._clock.now()
            record_action(staff, Action.PRODUCT_BATCH, SUBJECT, batch_id, changes, at=now, session=session)
        return Batch(batch_id, len(pairs))


def _repriced(product: Product, pricing: Repricing) -> EditProduct:
    skus = [replace(input_of(sku), price=pricing.of(sku.price)) for sku in product.active_skus]
    if any(sku.price > MAX_PRICE_FEN for sku in skus):
        raise BadRequest.for_field("percent", f"A price is at most {MAX_PRICE_FEN} fen.")
    return EditProduct({}, skus=skus)
