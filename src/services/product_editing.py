"""What staff do with products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.products import Product, ProductStatus, Sku
from src.models.stock import StockCause
from src.models.transaction import Session, Transactions
from src.services.callers import StaffMember
from src.services.catalog import ProductView, with_stock
from src.services.inventory import Inventory
from src.utils.clock import Clock
from src.utils.errors import BadRequest, NotFound, Unavailable
from src.utils.search_fields import SearchTexts, search_fields

MAX_SKUS_EVER = 500
_EDIT_TRIES = 5


@dataclass(frozen=True)
class SkuInput:
    """A SKU as the merchant writes it. Price in fen; `id` names an existing one, `stock` is for a new one."""

    price: int
    specs: dict[str, str] = field(default_factory=dict)
    image: str = ""
    stock: int = 0
    id: ObjectId | None = None


@dataclass(frozen=True)
class CreateProduct:
    """A new product. A product without specs has exactly one SKU."""

    name: str
    skus: Sequence[SkuInput]
    description: str = ""
    category: str = ""
    images: Sequence[str] = ()
    original_price: int | None = None
    status: ProductStatus = ProductStatus.ON_SALE


@dataclass(frozen=True)
class EditProduct:
    """The fields to change. `price` is for a product of one SKU, `skus` is the whole new list."""

    values: dict[str, Any]
    price: int | None = None
    skus: Sequence[SkuInput] | None = None


class ProductEditing:
    """Creates, changes and deletes products."""

    def __init__(self, *, transactions: Transactions, inventory: Inventory, clock: Clock) -> None:
        self._transactions = transactions
        self._inventory = inventory
        self._clock = clock

    def create(self, store_id: ObjectId, new: CreateProduct, *, staff_id: ObjectId | None) -> ProductView:
        """Stores the product, its SKUs' counters and their first ledger rows, all or nothing."""
        now, cause = self._clock.now(), StockCause(staff_id=staff_id, reason="new product")
        product = _build(store_id, new, now)
        quantities = {sku.id: wanted.stock for sku, wanted in zip(product.skus, new.skus, strict=True)}

        def work(session: Session) -> None:
            product.insert(session=session)
            self._receive(product, quantities, cause, now, session)

        self._transactions.run(work)
        return with_stock(store_id, [product])[0]

    def edit(self, staff: StaffMember, product_id: ObjectId, edit: EditProduct) -> ProductView:
        """Changes what is given. SKUs left out of a new list are retired, never deleted.

        Raises:
            NotFound. BadRequest: the change does not fit the product's SKUs.
        """
        for _ in range(_EDIT_TRIES):
            product = Product.find_by_id(staff.store_id, product_id)
            if product is None:
                raise NotFound()
            if edited := self._try_edit(staff, product, edit):
                return with_stock(staff.store_id, [edited])[0]
        raise Unavailable()

    def delete(self, staff: StaffMember, product_id: ObjectId) -> None:
        """Hides the product for good; orders keep their snapshots. Raises NotFound."""
        self.edit(staff, product_id, EditProduct({"status": ProductStatus.DELETED.value}))

    def _try_edit(self, staff: StaffMember, product: Product, edit: EditProduct) -> Product | None:
        now = self._clock.now()
        skus, quantities = _edited_skus(product, edit)
        new_sold_out = [sku_id for sku_id, quantity in quantities.items() if quantity == 0]
        values = {**edit.values, **_derived(product, edit, skus), "updated_at": now}

        def work(session: Session) -> Product | None:
            edited = product.edited(values, new_sold_out, session=session)
            if edited is not None:
                cause = StockCause(staff_id=staff.staff_id, reason="new SKU")
                self._receive(edited, quantities, cause, now, session)
            return edited

        return self._transactions.run(work)

    def _receive(
        self,
        product: Product,
        quantities: dict[ObjectId, int],
        cause: StockCause,
        now: datetime,
        session: Session,
    ) -> None:
        for sku_id, quantity in quantities.items():
            self._inventory.receive(
                product.store_id, product.id, sku_id, quantity, cause=cause, now=now, session=session
            )


def _build(store_id: ObjectId, new: CreateProduct, now: datetime) -> Product:
    skus = [_new_sku(wanted) for wanted in new.skus]
    sold_out = [sku.id for sku, wanted in zip(skus, new.skus, strict=True) if wanted.stock == 0]
    return Product(
        id=ObjectId(),
        store_id=store_id,
        name=new.name,
        description=new.description,
        category=new.category,
        images=list(new.images),
        status=new.status,
        price=min(sku.price for sku in skus),
        original_price=new.original_price,
        skus=skus,
        sold_out_skus=sold_out,
        in_stock=len(sold_out) < len(skus),
        sales=0,
        version=1,
        created_at=now,
        updated_at=now,
        **search_fields(_texts(new.name, new.description, new.category, skus)),
    )


def _new_sku(wanted: SkuInput) -> Sku:
    return Sku(id=ObjectId(), specs=wanted.specs, price=wanted.price, image=wanted.image, retired=False)


def _edited_skus(product: Product, edit: EditProduct) -> tuple[list[Sku], dict[ObjectId, int]]:
    """Returns the product's SKUs after the edit, and the first stock of the new ones."""
    if edit.price is not None:
        if len(product.active_skus) != 1:
            raise BadRequest.for_field("price", "The product has several SKUs; change their prices in skus.")
        only = product.active_skus[0]
        return [_with_price(sku, edit.price) if sku.id == only.id else sku for sku in product.skus], {}
    if edit.skus is None:
        return list(product.skus), {}
    return _replaced_skus(product, edit.skus)


def _replaced_skus(product: Product, wanted: Sequence[SkuInput]) -> tuple[list[Sku], dict[ObjectId, int]]:
    existing = {sku.id: sku for sku in product.skus}
    kept: list[Sku] = []
    quantities: dict[ObjectId, int] = {}
    for index, entry in enumerate(wanted):
        if entry.id is None:
            sku = _new_sku(entry)
            quantities[sku.id] = entry.stock
        elif entry.id in existing:
            sku = Sku(id=entry.id, specs=entry.specs, price=entry.price, image=entry.image, retired=False)
        else:
            raise BadRequest.for_field(f"skus.{index}.id", "The product has no such SKU.")
        kept.append(sku)
    if len(product.skus) + len(quantities) > MAX_SKUS_EVER:
        raise BadRequest.for_field("skus", f"A product has at most {MAX_SKUS_EVER} SKUs, retired ones included.")
    kept_ids = {sku.id for sku in kept}
    retired = [_retired(sku) for sku in product.skus if sku.id not in kept_ids]
    return kept + retired, quantities


def _with_price(sku: Sku, price: int) -> Sku:
    return Sku(id=sku.id, specs=sku.specs, price=price, image=sku.image, retired=sku.retired)


def _retired(sku: Sku) -> Sku:
    return Sku(id=sku.id, specs=sku.specs, price=sku.price, image=sku.image, retired=True)


def _derived(product: Product, edit: EditProduct, skus: Sequence[Sku]) -> dict[str, Any]:
    name, description, category = (
        edit.values.get(text, getattr(product, text)) for text in ("name", "description", "category")
    )
    return {
        "skus": [sku.to_mongo().to_dict() for sku in skus],
        "price": min(sku.price for sku in skus if not sku.retired),
        **search_fields(_texts(name, description, category, skus)),
    }


def _texts(name: str, description: str, category: str, skus: Sequence[Sku]) -> SearchTexts:
    specs = [sku.specs for sku in skus if not sku.retired]
    return SearchTexts(name, labels=[category], description=description, specs=specs)
