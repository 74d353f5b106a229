"""What a list can be narrowed by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from src.models.product_facets import PRICE_STEPS, facets_of
from src.models.product_queries import ProductFilter
from src.services.search.category_names import with_category_ids


@dataclass(frozen=True)
class Facet:
    """One value of a facet. Prices in fen, both ends included; `max_price` is None in the last range."""

    count: int
    id: ObjectId | None = None
    name: str | None = None
    min_price: int | None = None
    max_price: int | None = None


@dataclass(frozen=True)
class SpecFacet:
    """The values that a spec has in the list."""

    name: str
    values: list[Facet]


@dataclass(frozen=True)
class Facets:
    """How often each value occurs among `counted` products of a list, all of them if it `is_complete`.

    The most frequent values come first.
    """

    categories: list[Facet]
    brands: list[Facet]
    tags: list[Facet]
    specs: list[SpecFacet]
    prices: list[Facet]
    in_stock: int
    counted: int
    is_complete: bool


def facets(store_id: ObjectId, wanted: ProductFilter) -> Facets:
    """Returns the facets of what a filter finds."""
    found = facets_of(store_id, with_category_ids(store_id, wanted))
    return Facets(
        categories=[Facet(row["count"], row["_id"]["id"], row["_id"]["name"]) for row in found["categories"]],
        brands=[Facet(row["count"], row["_id"]["id"], row["_id"]["name"]) for row in found["brands"]],
        tags=[Facet(row["count"], name=row["_id"]) for row in found["tags"]],
        specs=_specs(found["specs"]),
        prices=[_price_range(row) for row in found["prices"]],
        in_stock=sum(row["count"] for row in found["stock"] if row["_id"]),
        counted=found["counted"],
        is_complete=found["is_complete"],
    )


def _specs(rows: list[dict[str, Any]]) -> list[SpecFacet]:
    values: dict[str, list[Facet]] = {}
    for row in rows:
        values.setdefault(row["_id"]["name"], []).append(Facet(row["count"], name=row["_id"]["value"]))
    return [SpecFacet(name, of_name) for name, of_name in values.items()]


def _price_range(row: dict[str, Any]) -> Facet:
    ends = dict(zip(PRICE_STEPS, PRICE_STEPS[1:], strict=False))
    end = ends.get(row["_id"])
    return Facet(row["count"], min_price=row["_id"], max_price=None if end is None else end - 1)
