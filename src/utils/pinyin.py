"""Names as they are typed in pinyin: in full, or by the first letters."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise, product

from src.utils.heteronyms import SECOND_READINGS
from src.utils.search_tokens import normalise

# What is typed is compared this far: four or five characters in full.
PINYIN_LENGTH = 16
_MOST_WAYS_TO_READ = 8
_HETERONYMS_LOOKED_AT = 6
_SYLLABLES = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")
_NOT_LATIN = re.compile(r"[^a-z0-9]")
_MARKED_U = str.maketrans("üǖǘǚǜ", "vvvvv")


@dataclass(frozen=True)
class _Syllable:
    """A Chinese character with its readings, or a run of Latin letters and digits, which is typed as it is."""

    readings: tuple[str, ...]
    is_chinese: bool


def pinyin_tokens(name: str, labels: Sequence[str] = ()) -> list[str]:
    """Returns what may be typed to find a name, as far as it is compared, sorted.

    A name is found from each of its characters on, a label (a brand, a tag, a category) from its first. A character
    of two common readings counts in both, a ü as v and as u; of all ways to read what follows, those with the fewest
    second readings.
    """
    syllables = _syllables(name)
    found = {typed for start in range(len(syllables)) for typed in _typed(syllables[start:])}
    found.update(typed for label in labels for typed in _typed(_syllables(label)))
    return _without_beginnings_of_others(sorted(found))


def typed_pinyin(keyword: str) -> str | None:
    """Returns what a token of `pinyin_tokens` must begin with; None if the keyword is no pinyin."""
    folded = normalise(keyword).translate(_MARKED_U)
    letters = _NOT_LATIN.sub("", folded)
    is_pinyin = folded.isascii() and len(letters) > 1 and not letters.isdigit()
    return letters[:PINYIN_LENGTH] if is_pinyin else None


def _typed(syllables: Sequence[_Syllable]) -> Iterator[str]:
    # Every syllable has a letter at least: more of them than are compared would not be seen.
    seen = syllables[:PINYIN_LENGTH]
    if not any(syllable.is_chinese for syllable in seen):
        return
    for read in islice(_ways_to_read(seen), _MOST_WAYS_TO_READ):
        yield "".join(read)[:PINYIN_LENGTH]
        initials = (r[0] if syllable.is_chinese else r for r, syllable in zip(read, seen, strict=True))
        yield "".join(initials)[:PINYIN_LENGTH]


def _ways_to_read(syllables: Sequence[_Syllable]) -> Iterator[tuple[str, ...]]:
    """Yields the ways to read these syllables, those with few second readings first."""
    counts = [len(syllable.readings) if i < _HETERONYMS_LOOKED_AT else 1 for i, syllable in enumerate(syllables)]
    for chosen in sorted(product(*map(range, counts)), key=sum):
        yield tuple(syllable.readings[choice] for syllable, choice in zip(syllables, chosen, strict=True))


def _syllables(text: str) -> list[_Syllable]:
    return [_syllable(part) for part in _SYLLABLES.findall(normalise(text))]


@cache
def _readings(character: str) -> tuple[str, ...]:
    known = _dictionary().get(ord(character))
    if known is None:
        return ()
    first = _without_tone(known.partition(",")[0])
    others = [SECOND_READINGS.get(character, ""), _with_plain_u(first)]
    return tuple(dict.fromkeys(filter(None, [first, *others])))


def _syllable(part: str) -> _Syllable:
    if part.isascii():
        return _Syllable((part,), is_chinese=False)
    readings = _readings(part)
    # A character that nobody can read stands for itself: it is found by its shape only.
    return _Syllable(readings or (part,), is_chinese=bool(readings))


def _without_tone(reading: str) -> str:
    marked = unicodedata.normalize("NFD", reading.translate(_MARKED_U))
    return "".join(letter for letter in marked if letter.isascii())


def _with_plain_u(reading: str) -> str:
    """Returns what is typed by those who do not know that a ü is a v: nu, lu, nue, lue."""
    return reading.replace("v", "u")


def _without_beginnings_of_others(tokens: list[str]) -> list[str]:
    return [token for token, following in pairwise([*tokens, ""]) if not following.startswith(token)]


@cache
def _dictionary() -> Mapping[int, str]:
    """Returns the readings by code point, the commonest first.

    pypinyin is loaded at the first name of the process: 13 MB and 0.1 s. Its phrases, which would tell the reading
    in its context, would be four times that, and both readings are wanted anyway.
    """
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415 - processes that write no products do not pay for it

    return PINYIN_DICT
