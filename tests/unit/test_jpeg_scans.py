"""JPEGs that are small to send and very much work to decode."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from src.services.media.pictures import clean
from src.utils.errors import PictureUnusable
from tests.factories.pictures import jpeg_of_scans, picture


def refusal_of(content: bytes) -> str:
    with pytest.raises(PictureUnusable) as caught:
        clean(content)
    assert caught.value.data is not None
    return str(caught.value.data["reason"])


@pytest.mark.parametrize("scans", [33, 1_000])
def test_a_picture_that_is_gone_over_too_often(scans: int) -> None:
    assert refusal_of(jpeg_of_scans(scans)) == "too_many_scans"


def test_a_picture_that_is_gone_over_as_often_as_some_are() -> None:
    assert clean(jpeg_of_scans(32)).type.name == "JPEG"
    written = BytesIO()
    Image.new("CMYK", (64, 64)).save(written, "JPEG", progressive=True)
    assert clean(written.getvalue()).type.name == "JPEG"


def test_what_lies_in_a_comment_or_behind_the_picture_is_no_scan() -> None:
    film = b"\xff\xda" * 100
    assert clean(picture("JPEG", comment=film) + film).type.name == "JPEG"


@pytest.mark.parametrize("filling", [b"\xff" * 5_000_000, b"\xff\xfe\0\2" * 1_000_000, b"\xff\x01" * 1_000_000])
def test_a_header_without_an_end(filling: bytes) -> None:
    assert refusal_of(b"\xff\xd8" + filling + picture("JPEG")[2:]) == "unreadable"


def test_arithmetic_coding_which_no_browser_shows() -> None:
    assert refusal_of(picture("JPEG").replace(b"\xff\xc0", b"\xff\xc9")) == "unreadable"
