"""Colours of pictures, with and without a profile that says how they are meant."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from src.services.media.pictures import clean, shrink
from tests.factories.pictures import opened, picture, profile_of

# The red, green and blue of today's phones.
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
NONSENSE = b"GPS-and-a-name"


def test_colours_of_a_phone_are_those_of_any_screen() -> None:
    phone = picture("PNG", colour="#3cdc3c", icc_profile=profile_of(DISPLAY_P3, name="P3"))
    assert opened(clean(phone).content).getpixel((1, 1)) == (0, 225, 0)
    assert "icc_profile" not in opened(clean(phone).content).info


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_colours_of_a_phone_with_transparency(mode: str) -> None:
    image = Image.new("RGBA", (4, 4), (60, 220, 60, 255))
    image.putpixel((0, 0), (60, 220, 60, 0))
    image = image if mode == "RGBA" else image.quantize(2)
    written = BytesIO()
    image.save(written, "PNG", icc_profile=profile_of(DISPLAY_P3, name="P3"))
    seen = opened(clean(written.getvalue()).content).convert("RGBA")
    assert [seen.getpixel((0, 0))[3], seen.getpixel((1, 1))] == [0, (0, 225, 0, 255)]  # type: ignore[index]


@pytest.mark.parametrize(
    "profile",
    [
        NONSENSE,
        bytes(200),
        profile_of(DISPLAY_P3, name="P3")[:-200],
        profile_of(DISPLAY_P3, name="sRGB IEC61966-2.1"),
        profile_of(DISPLAY_P3, name="P3", extra=b"mpet"),
        profile_of(DISPLAY_P3, name="P3", extra=bytes(2**20)),
    ],
    ids=["nonsense", "zeros", "cut off", "sRGB", "endless", "huge"],
)
def test_a_profile_of_no_use_is_ignored(profile: bytes) -> None:
    image = opened(clean(picture("WEBP", colour="#3cdc3c", lossless=True, icc_profile=profile)).content)
    red, green, blue = image.getpixel((1, 1))  # type: ignore[misc]
    assert max(abs(red - 60), abs(green - 220), abs(blue - 60)) <= 3


def test_a_profile_of_other_colours_is_ignored() -> None:
    written = BytesIO()
    Image.new("L", (4, 4), 99).save(written, "PNG", icc_profile=profile_of(DISPLAY_P3, name="P3"))
    image = opened(clean(written.getvalue()).content)
    assert (image.mode, image.getpixel((1, 1))) == ("L", 99)


@pytest.mark.parametrize("mode", ["1", "P"])
def test_a_picture_of_few_colours_stays_one(mode: str) -> None:
    noise = Image.effect_noise((300, 300), 100)
    few = noise.convert("1") if mode == "1" else noise.quantize(4)
    written = BytesIO()
    options: dict[str, Any] = {"transparency": 0} if mode == "P" else {}
    few.save(written, "PNG", **options)
    cleaned = clean(written.getvalue())
    assert opened(cleaned.content).mode == mode
    assert len(cleaned.content) <= 1.1 * len(written.getvalue())
    assert opened(cleaned.content).convert("RGBA").tobytes() == opened(written.getvalue()).convert("RGBA").tobytes()


@pytest.mark.parametrize("mode", ["1", "P"])
def test_a_variant_has_the_colours_between_those_of_the_picture(mode: str) -> None:
    image = Image.frombytes("1", (400, 400), (b"\xaa" * 50 + b"\x55" * 50) * 200).convert(mode)
    written = BytesIO()
    image.save(written, "PNG")
    smaller = opened(shrink(clean(written.getvalue()).content, width=100, height=100))
    red, _, _ = smaller.getpixel((50, 50))  # type: ignore[misc]
    assert 100 <= red <= 155
