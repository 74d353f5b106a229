"""What the rows of one product mean for the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from src.models.products import Product, ProductStatus
from src.services.catalogue.product_inputs import CreateProduct, EditProduct
from src.services.imports.known_goods import KnownGoods
from src.services.imports.product_columns import COLUMNS, PRODUCT_CODE, SKU, SKU_ID
from src.services.imports.product_fields import fields_of
from src.services.imports.rows import Finding, PartRefused, Row, values_of
from src.services.imports.sku_plans import skus_of
from src.utils.sheet_problems import Problem


@dataclass(frozen=True)
class Plan:
    """Either a new product, or what changes of `product`: empty cells leave what is."""

    new: CreateProduct | None = None
    product: Product | None = None
    edit: EditProduct | None = None


def plan(known: KnownGoods, rows: Sequence[Row]) -> Plan:
    """Finds the product by the ids or the codes of its SKUs.

    Raises:
        PartRefused: naming what is wrong.
    """
    values = _values(rows)
    products = known.products(values)
    if len(products) > 1:
        raise PartRefused(Finding(rows[0].number, SKU, Problem.SKU_OF_ANOTHER))
    product = products[0] if products else None
    fields = fields_of(known, product, rows, values)
    if product is not None:
        _require_meant(product, rows, fields)
    skus = skus_of(product, rows, values)
    if product is not None:
        return Plan(product=product, edit=EditProduct(fields, skus=skus))
    if "name" not in fields:
        raise PartRefused(Finding(rows[0].number, "name", Problem.REQUIRED))
    return Plan(new=CreateProduct(skus=skus, **{**fields, "status": ProductStatus(fields.get("status", "draft"))}))


def _require_meant(product: Product, rows: Sequence[Row], fields: Mapping[str, Any]) -> None:
    """With a SKU code typed wrongly one product would become another: only under its own id it gets another name."""
    if fields.get("name", product.name) == product.name or rows[0].code(PRODUCT_CODE) == str(product.id):
        return
    named = {SKU: {sku.code for sku in product.active_skus}, SKU_ID: {str(sku.id) for sku in product.active_skus}}
    raise PartRefused(
        *(
            Finding(row.number, column, Problem.CODE_TAKEN, row.code(column))
            for row in rows
            for column, theirs in named.items()
            if row.code(column) and row.code(column) in theirs
        )
    )


def _values(rows: Sequence[Row]) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for row in rows:
        try:
            values.append(_values_of(row))
        except PartRefused as refusal:
            findings += refusal.findings
    if findings:
        raise PartRefused(*findings)
    return values


def _values_of(row: Row) -> dict[str, Any]:
    values = values_of(row, COLUMNS)
    if SKU not in values and SKU_ID not in values:
        raise PartRefused(Finding(row.number, SKU, Problem.REQUIRED))
    return values
