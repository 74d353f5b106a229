"""Pages of lists."""

from __future__ import annotations

import pytest

from src.utils.pages import Page, PageRequest


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (10, 1), (11, 2), (20, 2), (21, 3)])
def test_total_pages_are_rounded_up(total: int, pages: int) -> None:
    page: Page[str] = Page([], total, PageRequest(1, 10))
    assert page.pagination == {"page": 1, "size": 10, "total": total, "total_pages": pages}


@pytest.mark.parametrize(("page", "size", "skip"), [(1, 10, 0), (2, 10, 10), (200, 50, 9_950)])
def test_a_page_skips_those_before_it(page: int, size: int, skip: int) -> None:
    assert PageRequest(page, size).skip == skip


@pytest.mark.parametrize(
    ("page", "found", "total"), [(1, 0, 0), (1, 9, 9), (1, 10, None), (3, 1, 21), (3, 0, None), (3, 10, None)]
)
def test_a_page_that_is_not_full_shows_the_total(page: int, found: int, total: int | None) -> None:
    assert PageRequest(page, 10).total_if_last(found) == total
