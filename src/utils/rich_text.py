"""Cleaning of HTML that merchants write and shoppers see."""

from __future__ import annotations

import re
import unicodedata

import bleach

from src.utils.picture_addresses import may_be_shown
from src.utils.text import without_active_content, without_invisible

# Cleaning takes time with the square of the depth, so there is a limit to what can be nested.
MAX_TAGS = 1_000
_TEXT = ("p", "br", "hr", "h2", "h3", "h4", "strong", "b", "em", "i", "u", "s", "sub", "sup", "span", "div")
_LISTS = ("blockquote", "ul", "ol", "li")
_TABLES = ("table", "thead", "tbody", "tr", "th", "td")
_PICTURES = ("img", "figure", "figcaption")
TAGS = frozenset({*_TEXT, *_LISTS, *_TABLES, *_PICTURES})
_CELL = ("colspan", "rowspan")
# What is left of a picture whose address is not allowed.
_NO_PICTURE = "<img>"
_SIZE = re.compile(r"[0-9]{1,4}")
_MAX_PASSES = 4


class TooManyTags(Exception):
    """More markup than a description needs."""


def clean_html(value: str) -> str:
    """Returns `value` as HTML of an allow-list: no links, scripts, styles, or pictures from anywhere but https or here.

    It is safe inside any element. Cleaning it again changes nothing. Text without markup stays readable, with `&` and
    `<` written as entities.

    Raises:
        TooManyTags: there are more than `MAX_TAGS`, also after cleaning, which closes what was left open.
    """
    html = value
    for _ in range(_MAX_PASSES):
        _refuse_many_tags(html)
        cleaned = _cleaned(html)
        if cleaned == html:
            break
        html = cleaned
    else:
        html = bleach.clean(html, tags=set(), strip=True)
    return html


def _refuse_many_tags(html: str) -> None:
    if html.count("<") > MAX_TAGS:
        raise TooManyTags


def _cleaned(html: str) -> str:
    # Composed first: a `>` and a combining stroke after it become one character that ends no tag.
    composed = unicodedata.normalize("NFC", without_invisible(html))
    cleaned: str = bleach.clean(
        without_active_content(composed),
        tags=TAGS,
        attributes=_is_allowed,
        protocols={"https"},
        strip=True,
        strip_comments=True,
    )
    return cleaned.replace(_NO_PICTURE, "").strip()


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if tag == "img":
        return may_be_shown(value) if name == "src" else name == "alt" or (_is_size(name, value))
    return tag in ("td", "th") and name in _CELL and _SIZE.fullmatch(value) is not None


def _is_size(name: str, value: str) -> bool:
    return name in ("width", "height") and _SIZE.fullmatch(value) is not None
