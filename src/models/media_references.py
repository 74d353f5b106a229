"""Where pictures are shown: every field of every document that may name one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.brands import Brand
from src.models.categories import Category
from src.models.documents import StoreDocument
from src.models.media_files import MediaFile
from src.models.orders import Order
from src.models.products import Product
from src.models.refunds import Refund
from src.models.users import User


@dataclass(frozen=True)
class Reference:
    """A field that holds addresses of pictures, inside of lists too.

    Attributes:
        forever: it never changes, and no such document is older than the picture.
    """

    document: type[StoreDocument]
    path: str
    forever: bool = False


# In this order: a picture that one of them shows is not looked for in those that cost more.
REFERENCES = (
    Reference(Product, "images"),
    Reference(Product, "skus.image"),
    Reference(User, "avatar"),
    Reference(Category, "icon"),
    Reference(Brand, "logo"),
    Reference(Product, "description_pictures"),
    Reference(Refund, "images", forever=True),
    Reference(Order, "items.image", forever=True),
)


def shown(store_id: ObjectId, files: Sequence[MediaFile]) -> dict[ObjectId, Reference]:
    """Returns which of the store's pictures any of its documents shows, in whatever size, and where one does."""
    wanted = {url: file.id for file in files for url in file.all_urls}
    since = min(file.created_at for file in files)
    found: dict[ObjectId, Reference] = {}
    for reference in REFERENCES:
        missing = [url for url, file_id in wanted.items() if file_id not in found]
        if missing:
            found |= {wanted[url]: reference for url in _named(reference, store_id, missing, since)}
    return found


def _named(reference: Reference, store_id: ObjectId, urls: list[str], since: datetime) -> Iterator[str]:
    """Yields those of the addresses that the field has."""
    query: dict[str, Any] = {"store_id": store_id, reference.path: {"$in": urls}}
    if reference.forever:
        query["created_at"] = {"$gte": since}
    wanted = set(urls)
    for raw in reference.document.collection().find(query, {reference.path: 1}):
        for value in _values(raw, reference.path.split(".")):
            yield from wanted & {value}


def _values(node: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(node, list):
        for inner in node:
            yield from _values(inner, path)
    elif path:
        if isinstance(node, dict) and path[0] in node:
            yield from _values(node[path[0]], path[1:])
    elif node is not None:
        yield node
