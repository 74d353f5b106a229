"""Writing one product inside a transaction: its texts, its SKUs, their counters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from bson import ObjectId

from src.models.product_parts import ProductAttribute, PurchaseLimit
from src.models.products import Product, ProductStatus
from src.models.stock import StockItem
from src.models.stock_moves import StockCause
from src.models.transaction import Session
from src.services.catalogue.original_prices import beside
from src.services.catalogue.product_inputs import AttributeInput, CreateProduct, EditProduct, PurchaseLimitInput
from src.services.catalogue.product_labels import Labelling
from src.services.catalogue.product_pictures import refuse_foreign_pictures
from src.services.catalogue.product_search import search_fields_of
from src.services.catalogue.product_skus import (
    edited_skus,
    gone_skus,
    lowest_price,
    matrix_of,
    new_sku,
    sku_keys,
    stored_skus,
)
from src.services.categories.choosing import CategoryMade, tell_nobody
from src.services.stock.inventory import Inventory
from src.services.tenants.limits import Limit, StoreLimits
from src.utils.clock import Clock
from src.utils.errors import BadRequest, SkuCodeTaken
from src.utils.picture_addresses import pictures_in


class ProductWriting:
    """Stores products. The caller's transaction must end when anything is raised."""

    def __init__(self, *, inventory: Inventory, limits: StoreLimits, clock: Clock) -> None:
        self._inventory = inventory
        self._limits = limits
        self._clock = clock

    def insert(
        self,
        store_id: ObjectId,
        new: CreateProduct,
        *,
        staff_id: ObjectId | None,
        session: Session,
        made: CategoryMade = tell_nobody,
    ) -> Product:
        """Stores a new product, its SKUs' counters and their first ledger rows; `made` is told of a new category.

        Raises:
            BadRequest. NotFound: the store has no such category or brand. CategoryTreeConflict.
            SkuCodeTaken. AlreadyStored, by the transaction: a code has been taken at this very moment.
            StoreLimitReached.
        """
        now = self._clock.now()
        _refuse_past(new.publish_at, now)
        refuse_foreign_pictures(store_id, images=new.images, description=new.description, skus=new.skus)
        self._limits.require_room(store_id, Limit.PRODUCTS, partial(Product.count_kept, store_id), session=session)
        product = _built(store_id, new, now)
        for name, value in Labelling(store_id, now, session, made).of(_labels_of(new), None).items():
            setattr(product, name, value)
        for name, value in search_fields_of(product, {}).items():
            setattr(product, name, value)
        _refuse_taken(product, product.sku_keys, session)
        product.insert(session=session)
        quantities = {sku.id: wanted.stock for sku, wanted in zip(product.skus, new.skus, strict=True)}
        self._receive(product, quantities, StockCause(staff_id=staff_id, reason="new product"), now, session)
        return product

    def change(
        self,
        product: Product,
        edit: EditProduct,
        *,
        staff_id: ObjectId | None,
        session: Session,
        made: CategoryMade = tell_nobody,
    ) -> Product | None:
        """Returns the product after the edit, `product` itself if it changes nothing.

        None if somebody has edited it since it was read. Raises, and tells `made`, as `insert` does.
        """
        now = self._clock.now()
        given = edit.values
        images, description = given.get("images", ()), given.get("description", "")
        refuse_foreign_pictures(product.store_id, images=images, description=description, skus=edit.skus or ())
        values, quantities = _values_after(product, edit, Labelling(product.store_id, now, session, made))
        if not quantities and not _differ(product, values):
            return product
        _refuse_taken(product, values["sku_keys"], session)
        new_sold_out = [sku_id for sku_id, quantity in quantities.items() if quantity == 0]
        edited = product.edited({**values, "updated_at": now}, new_sold_out, session=session)
        if edited is not None:
            self._receive(edited, quantities, StockCause(staff_id=staff_id, reason="new SKU"), now, session)
            if (gone := gone_skus(edited)) != gone_skus(product):
                StockItem.mark_retired(edited.store_id, edited.id, gone, session=session)
        return edited

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


def _built(store_id: ObjectId, new: CreateProduct, now: datetime) -> Product:
    skus = [new_sku(wanted) for wanted in new.skus]
    sold_out = [sku.id for sku, wanted in zip(skus, new.skus, strict=True) if wanted.stock == 0]
    return Product(
        id=ObjectId(),
        store_id=store_id,
        name=new.name,
        description=new.description,
        description_pictures=pictures_in(new.description),
        tags=list(new.tags),
        images=list(new.images),
        video=new.video,
        attributes=_attributes(new.attributes),
        freight_class=new.freight_class,
        purchase_limit=_limit(new.purchase_limit),
        publish_at=new.publish_at,
        status=new.status,
        price=lowest_price(skus),
        original_price=beside(lowest_price(skus), new.original_price, before=None),
        spec_names=matrix_of(skus, new.spec_names),
        skus=skus,
        sku_keys=sku_keys(skus),
        sold_out_skus=sold_out,
        in_stock=len(sold_out) < len(skus),
        sales=0,
        version=1,
        created_at=now,
        updated_at=now,
    )


def _refuse_taken(product: Product, keys: Sequence[str], session: Session) -> None:
    if taken := product.taken_keys(keys, session=session):
        raise SkuCodeTaken({"codes": [key.partition(" ")[2] for key in taken]})


def _labels_of(new: CreateProduct) -> dict[str, Any]:
    named = {"category": new.category} if new.category_id is None else {"category_id": new.category_id}
    return {**named, "brand_id": new.brand_id}


def _values_after(
    product: Product, edit: EditProduct, labelling: Labelling
) -> tuple[dict[str, Any], dict[ObjectId, int]]:
    """Returns what the product stores after the edit, and the first stock of new SKUs."""
    skus, quantities = edited_skus(product, edit)
    given = labelling.of(edit.values, product)
    deleted = given.get("status") == ProductStatus.DELETED.value
    values = {
        **_stored(given),
        **_publishing(product, given, labelling.now),
        **search_fields_of(product, {**given, "skus": skus}),
        "spec_names": [_plain(one) for one in matrix_of(skus, edit.spec_names, product.spec_names)],
        "skus": stored_skus(skus),
        "sku_keys": [] if deleted else sku_keys(skus),
        **_prices(product, given, lowest_price(skus)),
    }
    return values, quantities


def _prices(product: Product, given: dict[str, Any], price: int) -> dict[str, Any]:
    before = product.original_price
    return {"price": price, "original_price": beside(price, given.get("original_price", before), before=before)}


def _stored(given: dict[str, Any]) -> dict[str, Any]:
    stored = dict(given)
    if "description" in given:
        stored["description_pictures"] = pictures_in(given["description"])
    if "attributes" in given:
        stored["attributes"] = [asdict(one) for one in given["attributes"]]
    if "purchase_limit" in given:
        limit = _limit(given["purchase_limit"])
        stored["purchase_limit"] = None if limit is None else _plain(limit)
    return stored


def _publishing(product: Product, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Whoever says what the status is now has decided: what was to happen later does not."""
    publish_at, status = given.get("publish_at"), given.get("status", product.status.value)
    _refuse_past(publish_at, now)
    if publish_at is not None and status == ProductStatus.ON_SALE.value:
        raise BadRequest.for_field("publishAt", "The product is on sale.")
    return {"publish_at": None} if "status" in given and publish_at is None else {}


def _refuse_past(publish_at: datetime | None, now: datetime) -> None:
    if publish_at is not None and publish_at <= now:
        raise BadRequest.for_field("publishAt", "Must be in the future.")


def _attributes(attributes: Sequence[AttributeInput]) -> list[ProductAttribute]:
    return [ProductAttribute(name=one.name, value=one.value) for one in attributes]


def _limit(limit: PurchaseLimitInput | None) -> PurchaseLimit | None:
    if limit is None or (limit.per_order is None and limit.per_user is None):
        return None
    return PurchaseLimit(per_order=limit.per_order, per_user=limit.per_user)


def _differ(product: Product, values: dict[str, Any]) -> bool:
    before = product.to_mongo().to_dict()
    return any(value != before.get(name) for name, value in values.items() if value or before.get(name))


def _plain(part: Any) -> dict[str, Any]:
    plain: dict[str, Any] = part.to_mongo().to_dict()
    return plain
