"""Tokens for substring search in Chinese text without a search server."""

from __future__ import annotations

import re
import unicodedata

# Of a name this much has tokens as its beginning; a longer beginning is compared with the text itself.
BEGINNING = 4
_SPACE = re.compile(r"\s+")
_LATIN = re.compile(r"[a-z0-9]+")
_SCRIPTS = re.compile(r"[\x21-\x7e]+|[^\x21-\x7e]+")


def normalise(text: str) -> str:
    """Returns `text` with width, case and spacing folded, as both sides of a search see it."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text).casefold())


def spaced_words(text: str) -> list[str]:
    """Returns the folded words of a text that spaces separate."""
    return unicodedata.normalize("NFKC", text).casefold().split()


def scripts(folded: str) -> list[str]:
    """Returns the runs of a folded text: Latin letters with digits and signs, and what is Chinese."""
    return _SCRIPTS.findall(folded)


def index_tokens(folded: str) -> set[str]:
    """Returns the single characters and the grams of a folded text: what an index keeps of a name."""
    return set(folded) | grams(folded)


def grams(folded: str) -> set[str]:
    """Returns what stands next to each other: two characters, of Latin letters and digits three as well.

    Two Chinese characters are a word, mostly; two Latin letters are in every second name.
    """
    pairs = {folded[i : i + 2] for i in range(len(folded) - 1)}
    return pairs | {triple for triple in _triples(folded) if _LATIN.fullmatch(triple)}


def query_tokens(folded: str) -> list[str]:
    """Returns the tokens that a text containing the folded keyword must all have, the least telling left out."""
    if len(folded) < 3:
        return [folded]
    found = grams(folded)
    latin = [gram for gram in found if len(gram) == 3]
    return sorted(gram for gram in found if not any(gram in longer and gram != longer for longer in latin))


# No folded text has a space, so these are never mistaken for grams.
def whole_token(folded: str) -> str:
    return f"= {folded}"


def beginning_token(folded: str) -> str:
    return f"^ {folded}"


def label_token(gram: str) -> str:
    """Returns the token of a gram of a brand, a tag or a category."""
    return f"~ {gram}"


def spec_token(name: str, value: str) -> str:
    return f": {name}\t{value}"


def _triples(text: str) -> list[str]:
    return [text[i : i + 3] for i in range(len(text) - 2)]
