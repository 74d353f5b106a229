"""Tokens for substring search in Chinese text without a search server."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Returns `text` with width, case and spacing folded, as both sides of a search see it."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text).casefold())


def index_tokens(text: str) -> list[str]:
    """Returns the single characters and bigrams of `text`, sorted, each once: what an index keeps."""
    folded = normalise(text)
    return sorted(set(folded) | set(_bigrams(folded)))


def query_tokens(keyword: str) -> list[str]:
    """Returns the tokens that a text containing `keyword` must all have."""
    folded = normalise(keyword)
    return sorted(set(_bigrams(folded))) if len(folded) > 1 else [folded]


def _bigrams(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(len(text) - 1)]
