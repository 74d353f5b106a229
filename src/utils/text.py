"""Cleaning of text that people typed."""

from __future__ import annotations

import re
import unicodedata

import bleach

_ACTIVE_CONTENT = re.compile(r"(?is)<(script|style)\b.*?(?:</\1\s*>|\Z)")
_MAX_PASSES = 4
_MARKUP = frozenset("<>&")
# Zero width, and overrides of the writing direction; the joiner U+200D stays, emoji are made with it.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def clean_text(value: str) -> str:
    """Returns `value` as plain text: no markup, NFC, nothing invisible but line breaks, no outer space.

    The result is text, not HTML: `a < b` and `&` stay readable. Markup that only appears once entities
    are resolved is removed as well; what hides deeper than a few levels stays escaped.
    """
    text = _without_controls(value)
    for _ in range(_MAX_PASSES):
        escaped = _without_markup(text)
        unescaped = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        if unescaped == text:
            break
        text = unescaped
    else:
        text = _without_markup(text)
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).strip()


def without_invisible(value: str) -> str:
    """Returns `value` without control characters, zero widths and overrides of the writing direction."""
    return _INVISIBLE.sub("", _without_controls(value))


def without_active_content(html: str) -> str:
    """Returns `html` without scripts and styles and what they hold, which bleach would keep as text."""
    return _ACTIVE_CONTENT.sub("", html)


def _without_controls(value: str) -> str:
    return "".join(c for c in value if c == "\n" or unicodedata.category(c) != "Cc")


def _without_markup(text: str) -> str:
    # Most texts have none, and a parser takes a millisecond to find that out.
    return text if _MARKUP.isdisjoint(text) else _parsed(text)


def _parsed(text: str) -> str:
    visible = without_active_content(text)
    cleaned: str = bleach.clean(visible, tags=set(), attributes={}, strip=True, strip_comments=True)
    return cleaned
