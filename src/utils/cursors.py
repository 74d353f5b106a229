"""Opaque cursors: where a list goes on."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import astuple, dataclass

from src.utils.object_ids import is_object_id

_MOST = 2**53
# No list has more pages: that of a store with more products than fit.
_LAST_PAGE = 10_000_000
_LONGEST = 200


class NotACursor(ValueError):
    """The text is no cursor, or that of another list."""


@dataclass(frozen=True)
class Cursor:
    """The page that follows a product in a list. A caller who alters it sees another part of the same list.

    `value` is what the list is sorted by, of the last product seen; `total` is as the first page counted it.
    """

    page: int
    total: int
    value: int = 0
    last_id: str | None = None

    def text(self, of_list: str) -> str:
        """Returns the cursor as the client keeps it; it fits the list that `of_list` describes only."""
        document = json.dumps([_digest(of_list), *astuple(self)], separators=(",", ":"))
        return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, of_list: str) -> Cursor:
        """Returns the cursor of a text that `text` has made for the same list.

        Raises:
            NotACursor: it is none, or of another list.
        """
        document = _decoded(text)
        if not isinstance(document, list) or len(document) != 5 or document[0] != _digest(of_list):
            raise NotACursor
        cursor = cls(*document[1:])
        cursor._check()
        return cursor

    def _check(self) -> None:
        numbers = [self.page, self.total, self.value]
        if any(type(number) is not int or abs(number) > _MOST for number in numbers):
            raise NotACursor
        if not 2 <= self.page <= _LAST_PAGE or self.total < 0:
            raise NotACursor
        if self.last_id is not None and not is_object_id(self.last_id):
            raise NotACursor


def _decoded(text: str) -> object:
    if len(text) > _LONGEST or not text.isascii():
        raise NotACursor
    try:
        decoded: object = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise NotACursor from None
    return decoded


def _digest(of_list: str) -> str:
    return hashlib.sha256(of_list.encode()).hexdigest()[:12]
