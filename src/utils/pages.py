"""Pages of lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

MAX_SIZE = 50
MAX_DEPTH = 10_000


@dataclass(frozen=True)
class PageRequest:
    """Page `page` (from 1) of `size` items; `page * size` is at most `MAX_DEPTH`."""

    page: int
    size: int

    @property
    def skip(self) -> int:
        return (self.page - 1) * self.size

    def total_if_last(self, found: int) -> int | None:
        """Returns how many items there are in all if a page of `found` items shows it, which saves counting."""
        is_last = found < self.size and (found > 0 or self.page == 1)
        return self.skip + found if is_last else None


@dataclass(frozen=True)
class Page(Generic[Item]):
    """The items of one page; `total` counts those of all pages."""

    items: list[Item]
    total: int
    request: PageRequest

    @property
    def pagination(self) -> dict[str, int]:
        size = self.request.size
        return {
            "page": self.request.page,
            "size": size,
            "total": self.total,
            "total_pages": -(-self.total // size),
        }
