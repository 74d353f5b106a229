"""What the rows of one product mean for the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from src.models.products import Product, ProductStatus
from src.models.sku_lookups import sku_with_code
from src.services.catalogue.product_inputs import CreateProduct, EditProduct, SkuInput
from src.services.catalogue.product_skus import input_of
from src.services.imports.known_goods import KnownGoods
from src.services.imports.product_columns import COLUMNS, SHARED, SKU
from src.services.imports.rows import Finding, PartRefused, Row, values_of
from src.utils.sheet_problems import Problem

MAX_SKUS = 100
_SHARED = tuple(column.name for column in SHARED)
_SKU_FIELDS = {
    "price": "price",
    "originalPrice": "original_price",
    "barcode": "barcode",
    "weight": "weight_g",
    "specs": "specs",
}


@dataclass(frozen=True)
class Plan:
    """Either a new product, or what changes of `product`: empty cells leave what is."""

    new: CreateProduct | None = None
    product: Product | None = None
    edit: EditProduct | None = None


def plan(known: KnownGoods, rows: Sequence[Row]) -> Plan:
    """Finds the product by the codes of its SKUs.

    Raises:
        PartRefused: naming what is wrong.
    """
    values = _values(rows)
    shared = _shared(known, rows, values)
    products = known.products(row[SKU] for row in values)
    if len(products) > 1:
        raise PartRefused(Finding(rows[0].number, SKU, Problem.SKU_OF_ANOTHER))
    skus = _skus(products[0] if products else None, rows, values)
    if products:
        return Plan(product=products[0], edit=EditProduct(shared, skus=skus))
    if "name" not in shared:
        raise PartRefused(Finding(rows[0].number, "name", Problem.REQUIRED))
    return Plan(new=CreateProduct(skus=skus, **{"status": ProductStatus.DRAFT, **_typed(shared)}))


def _values(rows: Sequence[Row]) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for row in rows:
        try:
            values.append(values_of(row, COLUMNS))
        except PartRefused as refusal:
            findings += refusal.findings
    if findings:
        raise PartRefused(*findings)
    return values


def _shared(known: KnownGoods, rows: Sequence[Row], values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    first = {name: value for name, value in values[0].items() if name in _SHARED}
    findings = [
        Finding(row.number, name, Problem.DIFFERS)
        for row, of_row in zip(rows, values, strict=True)
        for name in _SHARED
        if name in of_row and of_row[name] != first.get(name)
    ]
    if findings:
        raise PartRefused(*findings)
    if name := first.pop("brand", None):
        brand = known.brand(name)
        if brand is None:
            raise PartRefused(Finding(rows[0].number, "brand", Problem.BRAND_UNKNOWN, name[:40]))
        first["brand_id"] = brand.id
    return first


def _typed(shared: dict[str, Any]) -> dict[str, Any]:
    return {**shared, **({"status": ProductStatus(shared["status"])} if "status" in shared else {})}


def _skus(product: Product | None, rows: Sequence[Row], values: Sequence[dict[str, Any]]) -> list[SkuInput]:
    """Returns all SKUs of the product afterwards: those that the rows do not name stay as they are."""
    skus = [] if product is None else [input_of(sku) for sku in product.active_skus]
    places = {sku.code: index for index, sku in enumerate(skus) if sku.code}
    for row, of_row in zip(rows, values, strict=True):
        existing = None if product is None else sku_with_code(product, of_row[SKU])
        if existing is not None:
            index = places[of_row[SKU]]
            skus[index] = replace(skus[index], **_sku_values(of_row))
        elif "price" not in of_row:
            raise PartRefused(Finding(row.number, "price", Problem.REQUIRED))
        else:
            skus.append(SkuInput(code=of_row[SKU], stock=of_row.get("stock", 0), **_sku_values(of_row)))
    _require_distinct(skus, rows[0])
    return skus


def _sku_values(of_row: dict[str, Any]) -> dict[str, Any]:
    return {field: of_row[name] for name, field in _SKU_FIELDS.items() if name in of_row}


def _require_distinct(skus: Sequence[SkuInput], first: Row) -> None:
    if len(skus) > MAX_SKUS:
        raise PartRefused(Finding(first.number, SKU, Problem.TOO_MANY, str(len(skus))))
    seen = {tuple(sorted(sku.specs.items())) for sku in skus}
    names = {tuple(sorted(sku.specs)) for sku in skus}
    if len(seen) < len(skus) or len(names) > 1:
        raise PartRefused(Finding(first.number, "specs", Problem.SPECS_UNFIT))
    barcodes = [sku.barcode for sku in skus if sku.barcode]
    if len(set(barcodes)) < len(barcodes):
        raise PartRefused(Finding(first.number, "barcode", Problem.TWICE))
