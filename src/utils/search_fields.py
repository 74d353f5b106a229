"""All that a product is found by, computed from its texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from src.utils.pinyin import pinyin_tokens
from src.utils.search_tokens import (
    BEGINNING,
    beginning_token,
    grams,
    index_tokens,
    label_token,
    normalise,
    spec_token,
    whole_token,
)
from src.utils.text import clean_text

# Of a description this much is searched. An index entry per two characters: all of it would outweigh all names.
DESCRIPTION_LENGTH = 100
# Markup in front of the text counts here, and more than this is never cleaned.
_MARKUP_LENGTH = 2_000
# Folding may lengthen a name: one character of some scripts unfolds to eighteen.
_TEXT_LENGTH = 200


@dataclass(frozen=True)
class SearchTexts:
    """What a product may be found by. `labels`: its brand, its tags and the name of its category."""

    name: str
    labels: Iterable[str] = ()
    description: str = ""
    specs: Iterable[Mapping[str, str]] = field(default_factory=tuple)


def search_fields(texts: SearchTexts) -> dict[str, Any]:
    """Returns the fields of a product that its searches look at; whoever changes a text stores them all anew."""
    name = _folded(texts.name)
    labels = sorted({_folded(label) for label in texts.labels} - {""})
    description = normalise(clean_text(texts.description[:_MARKUP_LENGTH]))[:DESCRIPTION_LENGTH]
    return {
        "search_tokens": sorted(_name_tokens(name) | _label_tokens(labels) | _spec_tokens(texts.specs)),
        # The name is the first line. No folded text has a line break.
        "search_text": "\n".join([name, *labels]),
        "pinyin_tokens": pinyin_tokens(name, labels),
        "description_tokens": sorted(grams(description)),
        "search_description": description,
    }


def _folded(text: str) -> str:
    return normalise(text)[:_TEXT_LENGTH]


def _name_tokens(name: str) -> set[str]:
    beginnings = {beginning_token(name[:length]) for length in range(1, BEGINNING + 1)}
    return index_tokens(name) | beginnings | {whole_token(name)}


def _label_tokens(labels: Iterable[str]) -> set[str]:
    return {label_token(gram) for label in labels for gram in grams(label) or {label}}


def _spec_tokens(specs: Iterable[Mapping[str, str]]) -> set[str]:
    return {spec_token(name, value) for of_sku in specs for name, value in of_sku.items()}
