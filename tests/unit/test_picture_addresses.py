"""The addresses of pictures inside of descriptions."""

from __future__ import annotations

import pytest

from src.utils.picture_addresses import pictures_in
from src.utils.rich_text import clean_html

FOUND = {
    "": [],
    "春茶 /media/a.png": [],
    '<p><img src="/media/a.png"></p>': ["/media/a.png"],
    '<img alt="src=x" src="/media/a.png" width="9"><img src="/media/b.png"><img src="/media/a.png">': [
        "/media/a.png",
        "/media/b.png",
    ],
    '<img src="https://h.example.com/media/a.png?x=1&y=2">': [
        "/media/a.png",
        "https://h.example.com/media/a.png?x=1&y=2",
    ],
}


@pytest.mark.parametrize("html", FOUND)
def test_pictures_of_cleaned_html(html: str) -> None:
    assert pictures_in(clean_html(html)) == FOUND[html]
