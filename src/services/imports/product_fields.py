"""What the rows of one product say of it as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from src.models.products import Product
from src.services.catalogue.product_pictures import refuse_foreign_pictures
from src.services.imports.known_goods import KnownGoods
from src.services.imports.product_columns import SHARED
from src.services.imports.rows import Finding, PartRefused, Row
from src.utils.errors import BadRequest
from src.utils.sheet_problems import Problem

Values = dict[str, Any]
_SHARED = tuple(column.name for column in SHARED)
_SHOWN = 40


def fields_of(known: KnownGoods, product: Product | None, rows: Sequence[Row], values: Sequence[Values]) -> Values:
    """Returns the fields to write; `product` is what the store has of it.

    Raises:
        PartRefused: naming what is wrong.
    """
    fields = _agreed(rows, values)
    _require_own_pictures(known, rows[0], fields)
    fields |= _brand(known, rows[0], fields.pop("brand", None))
    fields |= _category(known, product, rows[0], fields.pop("category", None))
    if product is not None and fields.get("status") == product.status.value:
        # To say what is so anyway decides nothing: a product that waits for its time goes on waiting.
        del fields["status"]
    return fields


def _agreed(rows: Sequence[Row], values: Sequence[Values]) -> Values:
    first = {name: value for name, value in values[0].items() if name in _SHARED}
    findings = [
        Finding(row.number, name, Problem.DIFFERS)
        for row, of_row in zip(rows, values, strict=True)
        for name in _SHARED
        if name in of_row and of_row[name] != first.get(name)
    ]
    if findings:
        raise PartRefused(*findings)
    return first


def _require_own_pictures(known: KnownGoods, row: Row, fields: Values) -> None:
    for name in ("images", "description"):
        given: Values = {"images": (), "description": "", **({name: fields[name]} if name in fields else {})}
        try:
            refuse_foreign_pictures(known.store_id, skus=(), **given)
        except BadRequest:
            raise PartRefused(Finding(row.number, name, Problem.PICTURE_FOREIGN)) from None


def _brand(known: KnownGoods, row: Row, name: str | None) -> Values:
    if not name:
        return {}
    brand = known.brand(name)
    if brand is None:
        raise PartRefused(Finding(row.number, "brand", Problem.BRAND_UNKNOWN, name[:_SHOWN]))
    return {"brand_id": brand.id}


def _category(known: KnownGoods, product: Product | None, row: Row, names: Sequence[str] | None) -> Values:
    """A name that no category has becomes a new one under the root; a path must be there."""
    if not names:
        return {}
    meant = [category.id for category in known.categories(names)]
    if not meant and len(names) == 1:
        return {"category": names[0]}
    if product is not None and product.category_id in meant:
        return {}
    if len(meant) != 1:
        problem = Problem.CATEGORY_AMBIGUOUS if meant else Problem.CATEGORY_UNKNOWN
        raise PartRefused(Finding(row.number, "category", problem, row.cells["category"][:_SHOWN]))
    return {"category_id": meant[0]}
