"""Where pictures are shown: every field of every document that may name one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from src.models.brands import Brand
from src.models.categories import Category
from src.models.documents import MAX_TIME_OF_WORK_MS, StoreDocument
from src.models.media_files import MediaFile
from src.models.orders import Order
from src.models.products import Product
from src.models.refunds import Refund
from src.models.users import User

_AT_ONCE = 100


@dataclass(frozen=True)
class Reference:
    """A field that holds addresses of pictures, inside of lists too.

    Attributes:
        forever: it never changes.
        few: the store has so few such documents that they need no index of the store and the field.
    """

    document: type[StoreDocument]
    path: str
    forever: bool = False
    few: bool = False

    @property
    def index(self) -> list[tuple[str, int]] | None:
        return None if self.few else [("store_id", 1), (self.path, 1)]


# In this order: a picture that one of them shows is not looked for in those that cost more.
REFERENCES = (
    Reference(Product, "images"),
    Reference(Product, "skus.image"),
    Reference(User, "avatar"),
    Reference(Category, "icon", few=True),
    Reference(Brand, "logo"),
    Reference(Product, "description_pictures"),
    Reference(Refund, "images", forever=True),
    Reference(Order, "items.image", forever=True),
)


def shown(store_id: ObjectId, files: Sequence[MediaFile]) -> dict[ObjectId, Reference]:
    """Returns which of the store's pictures any of its documents shows, in whatever size, and where one does."""
    wanted = {url: file.id for file in files for url in file.all_urls}
    found: dict[ObjectId, Reference] = {}
    for reference in REFERENCES:
        missing = [url for url, file_id in wanted.items() if file_id not in found]
        if missing:
            found |= {wanted[url]: reference for url in _named(reference, store_id, missing)}
    return found


def _named(reference: Reference, store_id: ObjectId, urls: list[str]) -> set[str]:
    """Returns those of the addresses that the field has.

    A picture may be in very many orders. So this reads few documents at a time, and asks again only for addresses
    that have not been in any of them.
    """
    found: set[str] = set()
    while missing := [url for url in urls if url not in found]:
        documents = _documents(reference, {"store_id": store_id, reference.path: {"$in": missing}})
        path = reference.path.split(".")
        found |= {value for raw in documents for value in _values(raw, path)} & set(missing)
        if len(documents) < _AT_ONCE:
            break
    return found


def _documents(reference: Reference, query: dict[str, Any]) -> list[dict[str, Any]]:
    found = reference.document.collection().find(query, {reference.path: 1}).limit(_AT_ONCE)
    # Left to itself the server keeps to a plan that was good for a picture of all orders, and reads them all.
    hinted = found if reference.index is None else found.hint(reference.index)
    return list(hinted.max_time_ms(MAX_TIME_OF_WORK_MS))


def _values(node: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(node, list):
        for inner in node:
            yield from _values(inner, path)
    elif path:
        if isinstance(node, dict) and path[0] in node:
            yield from _values(node[path[0]], path[1:])
    elif node is not None:
        yield node
