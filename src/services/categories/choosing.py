"""The category of a product, by id or by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bson import ObjectId

from src.models.categories import Category, CategoryTurn
from src.models.transaction import Session
from src.services.categories.editing import NewCategory, insert_category
from src.services.categories.tree import Tree
from src.utils.errors import NotFound

# Is told of a category that a product has brought with it, in the transaction that makes both.
CategoryMade = Callable[[Category, Session], None]


def tell_nobody(category: Category, session: Session) -> None:
    """For products that no member of the staff writes one by one."""


def category_by_id(store_id: ObjectId, category_id: ObjectId, *, session: Session) -> Category:
    """Returns the category, held for the caller's transaction. Raises NotFound."""
    category = Category.hold(store_id, category_id, session=session)
    if category is None:
        raise NotFound()
    return category


def category_named(
    store_id: ObjectId, name: str, *, now: datetime, session: Session, made: CategoryMade = tell_nobody
) -> Category:
    """Returns the category of that name, held: of several the one nearest to the root, of none a new one under it.

    Raises:
        CategoryTreeConflict: the store has as many categories as it may.
    """
    named = Category.list_named(store_id, name, session=session)
    if named:
        nearest = min(named, key=lambda category: (len(category.ancestors), category.id))
        return category_by_id(store_id, nearest.id, session=session)
    # Two products that bring the same new name: the second one begins anew, and finds it.
    CategoryTurn.take(store_id, session=session)
    tree = Tree(Category.list_in_store(store_id, session=session))
    category = insert_category(store_id, NewCategory(name), tree, now=now, session=session)
    made(category, session)
    return category
