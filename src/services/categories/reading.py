"""Reading a store's categories."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from bson import ObjectId
from cachetools import TTLCache

from src.models.categories import Category
from src.services.categories.tree import Branch, Tree
from src.utils.clock import Clock

# Another process may show a change so much later.
STALE_S = 5
_STORES_KEPT = 1_000


@dataclass(frozen=True)
class ShownTree:
    """What shoppers see, and a digest of it."""

    branches: list[Branch]
    digest: str


class CategoryList:
    """Shows the tree. What shoppers see is kept for a few seconds in this process."""

    def __init__(self, *, clock: Clock) -> None:
        self._kept: TTLCache[ObjectId, ShownTree] = TTLCache(
            _STORES_KEPT, ttl=STALE_S, timer=lambda: clock.now().timestamp()
        )
        self._lock = Lock()

    def shown(self, store_id: ObjectId) -> ShownTree:
        """Returns the visible categories whose ancestors are all visible, at most `STALE_S` seconds old."""
        with self._lock:
            kept = self._kept.get(store_id)
        if kept is None:
            branches = Tree(Category.list_in_store(store_id)).branches(shown_only=True)
            kept = ShownTree(branches, _digest(branches))
            with self._lock:
                self._kept[store_id] = kept
        return kept

    def forget(self, store_id: ObjectId) -> None:
        """Has this process read the tree again."""
        with self._lock:
            self._kept.pop(store_id, None)

    def all(self, store_id: ObjectId) -> list[Branch]:
        return Tree(Category.list_in_store(store_id)).branches(shown_only=False)


def _digest(branches: Iterable[Branch]) -> str:
    return hashlib.sha256(json.dumps(_plain(branches)).encode()).hexdigest()[:32]


def _plain(branches: Iterable[Branch]) -> list[Any]:
    return [
        [str(shown.id), shown.name, shown.icon, shown.position, _plain(branch.children)]
        for branch in branches
        for shown in (branch.category,)
    ]
