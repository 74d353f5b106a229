"""A keyword as conditions on products, by what it may be found in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from src.models.indexed_parts import DESCRIPTIONS, MOST_READ, PINYIN, TOKENS, Condition, Index, IndexedPart
from src.utils.pinyin import typed_pinyin
from src.utils.search_tokens import (
    BEGINNING,
    beginning_token,
    label_token,
    normalise,
    query_tokens,
    scripts,
    spaced_words,
    whole_token,
)

# How many entries of a token are counted, and of how many tokens, to find the rarest.
_COUNTED_ENTRIES = 1_000
_COUNTED_TOKENS = 6
# Of a longer keyword the words that follow must stand together.
_MOST_WORDS = 5


@dataclass(frozen=True)
class Keyword:
    """What is searched for. `gram`, the rarest part of it, finds candidates; where it is not all, the text decides.

    All parts of a keyword may occur in a text without standing next to each other. `code` is what a SKU may have as
    its code or barcode; None where nobody looks for these. Of several `words`, the rarest first, a product may have
    each anywhere; without any the keyword is one.
    """

    folded: str
    gram: str
    pinyin: str | None
    code: str | None = None
    words: tuple[Keyword, ...] = ()

    @classmethod
    def of(cls, text: str, scope: Condition) -> Keyword:
        """Returns the keyword, with the part that is rarest in the products of the scope.

        Words are what spaces separate, and Latin beside Chinese where no product has it as it is written.
        """
        whole = cls._as_written(text, scope)
        words = _few(spaced_words(text))
        if len(words) == 1:
            words = _few(scripts(whole.folded))
            if len(words) == 1 or whole._is_somewhere(scope):
                return whole
        return replace(whole, words=cls._of_words(words, scope))

    @classmethod
    def _as_written(cls, text: str, scope: Condition) -> Keyword:
        folded = normalise(text)
        return cls(folded, _rarest(_spread(query_tokens(folded)), scope), typed_pinyin(text))

    @classmethod
    def _of_words(cls, words: Sequence[str], scope: Condition) -> tuple[Keyword, ...]:
        keywords = [cls._as_written(word, scope) for word in words]
        if all(word.isascii() for word in words):
            # Syllables with spaces between them are pinyin of one word.
            keywords = [replace(keyword, pinyin=None) for keyword in keywords]
        return tuple(sorted(keywords, key=lambda keyword: keyword.entries(scope)))

    @property
    def ways(self) -> list[IndexedPart]:
        """The ways for a product to be found; one is enough."""
        if self.words:
            return [*self.by_code, *self.by_pinyin, *self.by_words]
        return [*self.by_code, IndexedPart(*self._name_or_label), *self.by_pinyin, *self.by_description]

    @property
    def condition(self) -> Condition:
        """What a product that is found fulfils."""
        return {"$or": [way.condition for way in self.ways]}

    def entries(self, scope: Condition) -> int:
        """Returns how many products the indexes find by it, at most a little more than are read of any filter."""
        return sum(way.entries(scope, MOST_READ + 1) for way in self.ways)

    def _is_somewhere(self, scope: Condition) -> bool:
        written = [way for way in self.ways if way.index != PINYIN]
        return any(way.read([*way.stages(scope, (), most=MOST_READ), {"$limit": 1}]) for way in written)

    @property
    def by_code(self) -> list[IndexedPart]:
        if self.code is None:
            return []
        return [IndexedPart({"sku_keys": {"$in": [f"code {self.code}", f"barcode {self.code}"]}}, None)]

    @property
    def by_name(self) -> list[IndexedPart]:
        """That name, names that begin with it, and names that have it."""
        is_name = IndexedPart({"search_tokens": whole_token(self.folded)}, TOKENS)
        in_name = self._checked(self.gram, f"^[^\n]*{re.escape(self.folded)}")
        return [is_name, self._beginning, IndexedPart(*in_name)]

    @property
    def by_label(self) -> list[IndexedPart]:
        return [IndexedPart(*self._checked(label_token(self.gram), re.escape(self.folded)))]

    @property
    def by_pinyin(self) -> list[IndexedPart]:
        if self.pinyin is None:
            return []
        return [IndexedPart({"pinyin_tokens": {"$regex": f"^{self.pinyin}"}}, PINYIN)]

    @property
    def by_description(self) -> list[IndexedPart]:
        if len(self.folded) < 2:
            return []
        checked = () if self._is_gram else ({"search_description": {"$regex": re.escape(self.folded)}},)
        return [IndexedPart({"description_tokens": self.gram}, DESCRIPTIONS, checked)]

    @property
    def by_words(self) -> list[IndexedPart]:
        """The ways of the rarest word; the others are somewhere too."""
        if not self.words:
            return []
        rarest, *others = self.words
        conditions = [word.condition for word in others]
        return [replace(way, checked=(*way.checked, *conditions)) for way in rarest.ways]

    @property
    def _beginning(self) -> IndexedPart:
        if len(self.folded) <= BEGINNING:
            return IndexedPart({"search_tokens": beginning_token(self.folded)}, TOKENS)
        return IndexedPart(*self._checked(self.gram, f"^{re.escape(self.folded)}"))

    @property
    def _name_or_label(self) -> tuple[Condition, Index, tuple[Condition, ...]]:
        return self._checked({"$in": [self.gram, label_token(self.gram)]}, re.escape(self.folded))

    @property
    def _is_gram(self) -> bool:
        return self.gram == self.folded

    def _checked(self, token: object, pattern: str) -> tuple[Condition, Index, tuple[Condition, ...]]:
        checked = () if self._is_gram else ({"search_text": {"$regex": pattern}},)
        return {"search_tokens": token}, TOKENS, checked


def _few(words: Sequence[str]) -> list[str]:
    most = _MOST_WORDS - 1
    return [*words[:most], *filter(None, ["".join(words[most:])])]


def _spread(tokens: list[str]) -> list[str]:
    """Returns a bounded number of tokens from all over the keyword."""
    step = -(-len(tokens) // _COUNTED_TOKENS)
    return tokens[::step]


def _rarest(tokens: list[str], scope: Condition) -> str:
    if len(tokens) == 1:
        return tokens[0]
    counts = {token: _name_or_label(token).entries(scope, _COUNTED_ENTRIES) for token in tokens}
    return min(tokens, key=lambda token: counts[token])


def _name_or_label(token: str) -> IndexedPart:
    return IndexedPart({"search_tokens": {"$in": [token, label_token(token)]}}, TOKENS)
