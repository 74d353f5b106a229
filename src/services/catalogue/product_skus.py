"""The SKUs of a product and the matrix they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bson import ObjectId

from src.models.product_parts import SpecName
from src.models.products import Product, ProductStatus, Sku
from src.services.catalogue.original_prices import beside
from src.services.catalogue.product_inputs import EditProduct, SkuInput, SpecNameInput
from src.utils.errors import BadRequest

MAX_SKUS_EVER = 500


def new_sku(wanted: SkuInput) -> Sku:
    return _priced(_sku(ObjectId(), wanted), None)


def edited_skus(product: Product, edit: EditProduct) -> tuple[list[Sku], dict[ObjectId, int]]:
    """Returns the product's SKUs after the edit, and the first stock of the new ones.

    Raises:
        BadRequest: the edit does not fit the product's SKUs.
    """
    if edit.only_sku:
        return _with_values(product, dict(edit.only_sku)), {}
    if edit.skus is None:
        return list(product.skus), {}
    return _replaced(product, edit.skus)


def matrix_of(
    skus: Sequence[Sku], wanted: Sequence[SpecNameInput] | None, stored: Sequence[SpecName] = ()
) -> list[SpecName]:
    """Returns the matrix of the SKUs that are not retired.

    It is the wanted one; otherwise the stored one while it has room for all SKUs, or one made of them.

    Raises:
        BadRequest: a SKU does not stand in the wanted matrix.
    """
    specs = [sku.specs for sku in skus if not sku.retired]
    if wanted is None:
        return list(stored) if all(_stands_in(stored, of_sku) for of_sku in specs) else _made_of(specs)
    matrix = [SpecName(name=one.name, values=list(one.values)) for one in wanted]
    if not all(_stands_in(matrix, of_sku) for of_sku in specs):
        raise BadRequest.for_field("specNames", "Each SKU has one of the values of each name, and no other.")
    return matrix


def sku_keys(skus: Sequence[Sku]) -> list[str]:
    """Returns what no other product's SKUs may have: codes and barcodes, told apart."""
    active = [sku for sku in skus if not sku.retired]
    codes = [f"code {sku.code}" for sku in active if sku.code]
    return sorted([*codes, *(f"barcode {sku.barcode}" for sku in active if sku.barcode)])


def gone_skus(product: Product) -> list[ObjectId]:
    """Returns the ids of the SKUs that nobody can sell any more."""
    if product.status is ProductStatus.DELETED:
        return [sku.id for sku in product.skus]
    return [sku.id for sku in product.retired_skus]


def stored_skus(skus: Sequence[Sku]) -> list[dict[str, Any]]:
    return [sku.to_mongo().to_dict() for sku in skus]


def lowest_price(skus: Sequence[Sku]) -> int:
    return min(int(sku.price) for sku in skus if not sku.retired)


def input_of(sku: Sku) -> SkuInput:
    """Returns the SKU as its merchant would write it."""
    return SkuInput(
        price=sku.price,
        specs=dict(sku.specs),
        image=sku.image,
        id=sku.id,
        original_price=sku.original_price,
        code=sku.code,
        barcode=sku.barcode,
        weight_g=sku.weight_g,
    )


def _sku(sku_id: ObjectId, wanted: SkuInput, *, retired: bool = False) -> Sku:
    return Sku(
        id=sku_id,
        specs=wanted.specs,
        price=wanted.price,
        original_price=wanted.original_price,
        code=wanted.code,
        barcode=wanted.barcode,
        weight_g=wanted.weight_g,
        image=wanted.image,
        retired=retired,
    )


def _with_values(product: Product, values: dict[str, Any]) -> list[Sku]:
    active = product.active_skus
    if len(active) != 1:
        reason = "The product has several SKUs; change them in skus."
        raise BadRequest({"errors": {_FIELDS[name]: [reason] for name in values}})
    changed = _priced(_sku(active[0].id, replace(input_of(active[0]), **values)), active[0])
    return [changed if sku.id == changed.id else sku for sku in product.skus]


_FIELDS = {"price": "price", "code": "code", "barcode": "barcode", "weight_g": "weight"}


def _replaced(product: Product, wanted: Sequence[SkuInput]) -> tuple[list[Sku], dict[ObjectId, int]]:
    existing = {sku.id: sku for sku in product.skus}
    kept: list[Sku] = []
    quantities: dict[ObjectId, int] = {}
    for index, entry in enumerate(wanted):
        if entry.id is not None and entry.id not in existing:
            raise BadRequest.for_field(f"skus.{index}.id", "The product has no such SKU.")
        sku = new_sku(entry) if entry.id is None else _edited(existing[entry.id], entry)
        if entry.id is None:
            quantities[sku.id] = entry.stock
        kept.append(sku)
    if len(product.skus) + len(quantities) > MAX_SKUS_EVER:
        raise BadRequest.for_field("skus", f"A product has at most {MAX_SKUS_EVER} SKUs, retired ones included.")
    _refuse_shared_codes(kept)
    kept_ids = {sku.id for sku in kept}
    return kept + [_retired(sku) for sku in product.skus if sku.id not in kept_ids], quantities


def _edited(sku: Sku, entry: SkuInput) -> Sku:
    completed = replace(entry, **{name: getattr(sku, name) for name in entry.unsaid})
    return _priced(_sku(sku.id, completed), sku)


def _priced(sku: Sku, before: Sku | None) -> Sku:
    sku.original_price = beside(sku.price, sku.original_price, before=before and before.original_price)
    return sku


def _refuse_shared_codes(skus: Sequence[Sku]) -> None:
    keys = sku_keys(skus)
    if len(set(keys)) < len(keys):
        raise BadRequest.for_field("skus", "Two SKUs have the same code or barcode.")


def _retired(sku: Sku) -> Sku:
    return _sku(sku.id, input_of(sku), retired=True)


def _stands_in(matrix: Sequence[SpecName], specs: dict[str, str]) -> bool:
    return set(specs) == {one.name for one in matrix} and all(specs[one.name] in one.values for one in matrix)


def _made_of(specs: Sequence[dict[str, str]]) -> list[SpecName]:
    names = list(specs[0])
    return [SpecName(name=name, values=list(dict.fromkeys(of_sku[name] for of_sku in specs))) for name in names]
