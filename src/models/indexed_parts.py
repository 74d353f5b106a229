"""Conditions on products that an index finds, and reading no more of them than bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from src.models.documents import MAX_TIME_MS
from src.models.products import Product

Condition = dict[str, Any]
Pipeline = list[dict[str, Any]]
Index = tuple[tuple[str, int], ...]

# A filter that so many products fit, or fewer, has them all read; of others so many are compared with what else is
# wanted, the first ones in the order of the index.
MOST_READ = 5_000

TOKENS: Index = (("store_id", 1), ("status", 1), ("search_tokens", 1), ("popularity", 1))
PINYIN: Index = (("store_id", 1), ("status", 1), ("pinyin_tokens", 1))
DESCRIPTIONS: Index = (("store_id", 1), ("status", 1), ("description_tokens", 1))
BEST_SOLD_FIRST = {"$sort": {"popularity": -1}}


@dataclass(frozen=True)
class IndexedPart:
    """What `index` finds by itself, and what must be true of the documents besides.

    The index is named wherever it is read: MongoDB remembers one for queries that look alike, and what is best for a
    common word is the worst for a rare one. None is where no other index comes into question.
    """

    found: Condition
    index: Index | None
    checked: tuple[Condition, ...] = ()

    @property
    def condition(self) -> Condition:
        return {"$and": [self.found, *self.checked]} if self.checked else self.found

    def entries(self, scope: Condition, most: int) -> int:
        """Returns how many products the index finds, at most `most`. No document is read."""
        query = {"$and": [scope, self.found]}
        return Product.collection().count_documents(query, limit=most, maxTimeMS=MAX_TIME_MS, **self._hint())

    def stages(self, scope: Condition, rest: Sequence[Condition], *, most: int) -> Pipeline:
        """Returns the stages that yield what fits the rest too, of the first `most` that the index finds."""
        stages: Pipeline = [{"$match": {"$and": [scope, self.found]}}]
        if self.index == TOKENS:
            stages.append(BEST_SOLD_FIRST)
        stages.append({"$limit": most})
        if others := [*self.checked, *rest]:
            stages.append({"$match": {"$and": others}})
        return stages

    def read(self, stages: Pipeline) -> list[dict[str, Any]]:
        """Returns what the stages yield, which begin with the index."""
        options: dict[str, Any] = {"maxTimeMS": MAX_TIME_MS, "batchSize": MOST_READ, **self._hint()}
        return list(Product.collection().aggregate(stages, **options))

    def _hint(self) -> dict[str, Any]:
        return {} if self.index is None else {"hint": dict(self.index)}


@dataclass(frozen=True)
class Source:
    """The parts that products are read by, each of them fits one; `entries` is how many the indexes find."""

    parts: tuple[IndexedPart, ...]
    entries: int

    @property
    def condition(self) -> Condition:
        return {"$or": [part.condition for part in self.parts]}

    @property
    def is_whole(self) -> bool:
        """Whether all of them are read."""
        return self.entries <= MOST_READ

    def rows(self, scope: Condition, rest: Sequence[Condition], project: Condition) -> list[dict[str, Any]]:
        """Returns what fits the rest, each product once with its `_id`; all of it if the source is whole."""
        most = MOST_READ if self.is_whole else MOST_READ // len(self.parts)
        stages = [part.stages(scope, rest, most=most) for part in self.parts]
        found = (part.read([*each, {"$project": project}]) for part, each in zip(self.parts, stages, strict=True))
        return list({row["_id"]: row for rows in found for row in rows}.values())


def source_of(scope: Condition, parts: Sequence[IndexedPart]) -> Source:
    """Returns the parts as a source. `entries` stays at one more than are read where there are many more."""
    return Source(tuple(parts), sum(part.entries(scope, MOST_READ + 1) for part in parts))
