"""A keyword as conditions on products, by what it may be found in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from src.models.products import Product
from src.utils.pinyin import typed_pinyin
from src.utils.search_tokens import (
    BEGINNING,
    beginning_token,
    label_token,
    normalise,
    query_tokens,
    whole_token,
)

Condition = dict[str, Any]

# How many entries of a token are counted, and of how many tokens, to find the rarest.
_COUNTED_ENTRIES = 1_000
_COUNTED_TOKENS = 8


@dataclass(frozen=True)
class Keyword:
    """What is searched for. `gram`, the rarest part of it, finds candidates; where it is not all, the text decides.

    All parts of a keyword may occur in a text without standing next to each other. `code` is what a SKU may have as
    its code or barcode; None where nobody looks for these.
    """

    folded: str
    gram: str
    pinyin: str | None
    code: str | None = None

    @classmethod
    def of(cls, text: str, *, store_id: ObjectId, statuses: list[str]) -> Keyword:
        """Returns the keyword with the part that is rarest in the products of the store."""
        folded = normalise(text)
        return cls(folded, _rarest(_spread(query_tokens(folded)), store_id, statuses), typed_pinyin(text))

    @property
    def conditions(self) -> list[Condition]:
        """What a product may fulfil to be found; one is enough."""
        either = [self.is_code, self.in_name_or_label, self.in_pinyin, self.in_description]
        return [condition for condition in either if condition is not None]

    def query(self, filters: Condition) -> Condition:
        """Returns the query of what fits the filters and the keyword, in no order.

        The filters stand in each branch: outside, each branch would have the documents read a second time.
        """
        return {"$or": [{"$and": [filters, condition]} for condition in self.conditions]}

    @property
    def is_code(self) -> Condition | None:
        if self.code is None:
            return None
        return {"sku_keys": {"$in": [f"code {self.code}", f"barcode {self.code}"]}}

    @property
    def is_name(self) -> Condition:
        return {"search_tokens": whole_token(self.folded)}

    @property
    def begins_name(self) -> Condition:
        if len(self.folded) <= BEGINNING:
            return {"search_tokens": beginning_token(self.folded)}
        return {"search_tokens": self.gram, "search_text": {"$regex": f"^{re.escape(self.folded)}"}}

    @property
    def in_name(self) -> Condition:
        return self._checked({"search_tokens": self.gram}, f"^[^\n]*{re.escape(self.folded)}")

    @property
    def in_label(self) -> Condition:
        return self._checked({"search_tokens": label_token(self.gram)}, re.escape(self.folded))

    @property
    def in_name_or_label(self) -> Condition:
        either = {"$in": [self.gram, label_token(self.gram)]}
        return self._checked({"search_tokens": either}, re.escape(self.folded))

    @property
    def in_pinyin(self) -> Condition | None:
        if self.pinyin is None:
            return None
        return {"pinyin_tokens": {"$regex": f"^{self.pinyin}"}}

    @property
    def in_description(self) -> Condition | None:
        if len(self.folded) < 2:
            return None
        condition: Condition = {"description_tokens": self.gram}
        if not self._is_gram:
            condition["search_description"] = {"$regex": re.escape(self.folded)}
        return condition

    @property
    def _is_gram(self) -> bool:
        return self.gram == self.folded

    def _checked(self, condition: Condition, pattern: str) -> Condition:
        return condition if self._is_gram else {**condition, "search_text": {"$regex": pattern}}


def _spread(tokens: list[str]) -> list[str]:
    """Returns a bounded number of tokens from all over the keyword."""
    step = -(-len(tokens) // _COUNTED_TOKENS)
    return tokens[::step]


def _rarest(tokens: list[str], store_id: ObjectId, statuses: list[str]) -> str:
    if len(tokens) == 1:
        return tokens[0]
    counts = dict.fromkeys(tokens, 0)
    first, *others = ([*_counting(token, store_id, statuses)] for token in tokens)
    unions = [{"$unionWith": {"coll": Product.collection().name, "pipeline": other}} for other in others]
    for row in Product.collection().aggregate([*first, *unions]):
        counts[row["token"]] = row["entries"]
    return min(tokens, key=lambda token: counts[token])


def _counting(token: str, store_id: ObjectId, statuses: list[str]) -> list[Condition]:
    either = [token, label_token(token)]
    return [
        {"$match": {"store_id": store_id, "status": {"$in": statuses}, "search_tokens": {"$in": either}}},
        {"$limit": _COUNTED_ENTRIES},
        {"$count": "entries"},
        {"$set": {"token": {"$literal": token}}},
    ]
