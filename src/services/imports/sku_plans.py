"""What the rows of one product say of its SKUs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from src.models.products import Product
from src.services.catalogue.original_prices import beside
from src.services.catalogue.product_inputs import SkuInput
from src.services.catalogue.product_skus import input_of
from src.services.imports.product_columns import SKU, SKU_ID
from src.services.imports.rows import Finding, PartRefused, Row
from src.utils.errors import BadRequest
from src.utils.sheet_problems import Problem

MAX_SKUS = 100
_FIELDS = {
    SKU: "code",
    "price": "price",
    "originalPrice": "original_price",
    "barcode": "barcode",
    "weight": "weight_g",
    "specs": "specs",
}


def skus_of(product: Product | None, rows: Sequence[Row], values: Sequence[dict[str, Any]]) -> list[SkuInput]:
    """Returns all SKUs of the product afterwards: those that the rows do not name stay as they are.

    Raises:
        PartRefused: naming what is wrong.
    """
    before = [] if product is None else [input_of(sku) for sku in product.active_skus]
    skus: dict[int, SkuInput] = dict(enumerate(before))
    named: set[int] = set()
    for row, of_row in zip(rows, values, strict=True):
        place = _place(before, of_row)
        if place in named:
            raise PartRefused(Finding(row.number, SKU, Problem.TWICE))
        if place is None:
            skus[len(skus)] = _new(row, of_row)
        else:
            named.add(place)
            skus[place] = _edited(row, before[place], of_row)
    _require_distinct(list(skus.values()), rows[0])
    return list(skus.values())


def _place(skus: Sequence[SkuInput], of_row: dict[str, Any]) -> int | None:
    """Returns which of the SKUs the row names: by its id, else by its code."""
    sku_id, code = of_row.get(SKU_ID), of_row.get(SKU)
    by_id = [place for place, sku in enumerate(skus) if str(sku.id) == sku_id]
    by_code = [place for place, sku in enumerate(skus) if sku.code and sku.code == code]
    return next(iter(by_id + by_code), None)


def _new(row: Row, of_row: dict[str, Any]) -> SkuInput:
    if SKU not in of_row:
        raise PartRefused(Finding(row.number, SKU_ID, Problem.SKU_UNKNOWN, of_row[SKU_ID]))
    if "price" not in of_row:
        raise PartRefused(Finding(row.number, "price", Problem.REQUIRED))
    return _priced(row, SkuInput(stock=of_row.get("stock", 0), **_given(of_row)), before=None)


def _edited(row: Row, sku: SkuInput, of_row: dict[str, Any]) -> SkuInput:
    return _priced(row, replace(sku, **_given(of_row)), before=sku.original_price)


def _priced(row: Row, sku: SkuInput, *, before: int | None) -> SkuInput:
    try:
        beside(sku.price, sku.original_price, before=before)
    except BadRequest:
        raise PartRefused(Finding(row.number, "originalPrice", Problem.BELOW_PRICE)) from None
    return sku


def _given(of_row: dict[str, Any]) -> dict[str, Any]:
    return {field: of_row[name] for name, field in _FIELDS.items() if name in of_row}


def _require_distinct(skus: Sequence[SkuInput], first: Row) -> None:
    if len(skus) > MAX_SKUS:
        raise PartRefused(Finding(first.number, SKU, Problem.TOO_MANY, str(len(skus))))
    seen = {tuple(sorted(sku.specs.items())) for sku in skus}
    names = {tuple(sorted(sku.specs)) for sku in skus}
    if len(seen) < len(skus) or len(names) > 1:
        raise PartRefused(Finding(first.number, "specs", Problem.SPECS_UNFIT))
    for column, codes in ((SKU, [sku.code for sku in skus]), ("barcode", [sku.barcode for sku in skus])):
        given = [code for code in codes if code]
        if len(set(given)) < len(given):
            raise PartRefused(Finding(first.number, column, Problem.TWICE))
