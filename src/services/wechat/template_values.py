"""Values of subscribe messages: the name of a field begins with its type, and a type says what it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_FIELD = re.compile(r"([a-z_]+?)[1-9][0-9]?")
_HAN = "\u3400-\u9fff"
_BLANKS = re.compile(r"\s+")
_JOINERS = "\u200d\ufe0f"

Fit = Callable[[str], str]


def type_of(field: str) -> str | None:
    """Returns the type of a field such as `thing1`; None if it is not the name of one."""
    named = _FIELD.fullmatch(field)
    return named[1] if named and named[1] in _FITS else None


def fitted(field: str, text: str) -> str:
    """Returns `text` as the field's type takes it: what it does not take is left out, what is too long is cut.

    Numbers, amounts and times are only cleaned: cut ones would say something else.

    Source: Mini Program server API, subscribeMessage.send, "parameter value limits".
    Raises:
        KeyError: the field has no known type.
    """
    return _FITS[type_of(field) or ""](_BLANKS.sub(" ", text).strip())


def _only(allowed: str, limit: int | None = None) -> Fit:
    unwanted = re.compile(f"[^{allowed}]")
    return lambda text: _cut(unwanted.sub("", text), limit)


def _at_most(limit: int | None) -> Fit:
    return lambda text: _cut(text, limit)


def _thing(text: str) -> str:
    return text if _length(text) <= 20 else _cut(text, 19) + "…"


def _name(text: str) -> str:
    plain = re.sub(r"\d", "", text).strip()
    return _cut(plain, 10 if re.search(f"[{_HAN}]", plain) else 20)


def _symbol(text: str) -> str:
    return _cut(re.sub(rf"[^\W_]|[{_HAN}\s]", "", text), 5)


def _cut(text: str, limit: int | None) -> str:
    while limit is not None and _length(text) > limit:
        text = text[:-1].rstrip(_JOINERS)
    return text.rstrip()


def _length(text: str) -> int:
    """Counts as a phone does: characters beyond the basic plane, such as emoji, are two."""
    return len(text.encode("utf-16-le")) // 2


_FITS: Mapping[str, Fit] = {
    "thing": _thing,
    "number": _only(r"0-9.\-"),
    "letter": _only("A-Za-z", 32),
    "symbol": _symbol,
    "character_string": _only("!-~", 32),
    "time": _at_most(None),
    "date": _at_most(None),
    "amount": _only("0-9.¥￥$€£元"),
    "phone_number": _only(r"0-9+\-", 17),
    "car_number": _at_most(8),
    "name": _name,
    "phrase": _only(_HAN, 5),
    "enum": _at_most(None),
}
