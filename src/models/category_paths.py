"""Finding categories by the names that lead to them."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId
from pymongo.client_session import ClientSession

from src.models.categories import Category


def categories_meant(store_id: ObjectId, names: Sequence[str], *, session: ClientSession | None) -> list[Category]:
    """Returns the category to which the names lead from the root; of one name alone otherwise all that have it."""
    found = _at(store_id, names, session)
    if found is not None:
        return [found]
    return Category.list_named(store_id, names[0], session=session) if len(names) == 1 else []


def category_paths(store_id: ObjectId) -> dict[ObjectId, list[str]]:
    """Returns of each category the names that lead to it from the root."""
    categories = Category.list_in_store(store_id)
    names = {category.id: str(category.name) for category in categories}
    return {category.id: [names.get(one, "") for one in category.path] for category in categories}


def _at(store_id: ObjectId, names: Sequence[str], session: ClientSession | None) -> Category | None:
    found: Category | None = None
    for name in names:
        query = {"store_id": store_id, "parent_id": found.id if found else None, "name": name}
        found = Category.find_document(query, session=session)
        if found is None:
            return None
    return found
