"""A store's categories as a tree in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bson import ObjectId

from src.models.categories import Category


@dataclass(frozen=True)
class Branch:
    """A category with what is below it, in the merchant's order."""

    category: Category
    children: list[Branch]


class Tree:
    """All categories of a store at one instant."""

    def __init__(self, categories: Iterable[Category]) -> None:
        self._by_id = {category.id: category for category in categories}
        self._children: dict[ObjectId | None, list[Category]] = defaultdict(list)
        for category in sorted(self._by_id.values(), key=lambda category: (category.position, category.id)):
            self._children[category.parent_id].append(category)

    def __len__(self) -> int:
        return len(self._by_id)

    def find(self, category_id: ObjectId) -> Category | None:
        return self._by_id.get(category_id)

    def children_of(self, category_id: ObjectId | None) -> list[Category]:
        return self._children[category_id]

    def height_of(self, category: Category) -> int:
        """Returns how many levels the category and what is below it take."""
        return 1 + max((self.height_of(child) for child in self.children_of(category.id)), default=0)

    def branches(self, *, shown_only: bool, below: ObjectId | None = None) -> list[Branch]:
        """Returns the whole tree, or what shoppers see of it: nothing hidden, and nothing below what is hidden."""
        return [
            Branch(category, self.branches(shown_only=shown_only, below=category.id))
            for category in self.children_of(below)
            if category.visible or not shown_only
        ]
