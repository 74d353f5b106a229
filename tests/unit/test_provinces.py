"""The names of provinces."""

from __future__ import annotations

import pytest

from src.utils.provinces import MOST_PROVINCES, province_of


@pytest.mark.parametrize(
    "text",
    ["", "省", "新", "新疆人", "杭州市", "新疆维吾尔", "自治区", "Xinjiang", "北京市市", "省浙江", "$ne", "浙江省" * 9],
)
def test_what_is_no_province(text: str) -> None:
    assert province_of(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("新疆维吾尔自治区", "新疆"),
        ("新疆", "新疆"),
        ("新疆自治区", "新疆"),
        ("广西壮族自治区", "广西"),
        ("宁夏回族自治区", "宁夏"),
        ("西藏自治区", "西藏"),
        ("内蒙古自治区", "内蒙古"),
        ("北京市", "北京"),
        ("北京", "北京"),
        ("黑龙江省", "黑龙江"),
        ("台湾省", "台湾"),
        ("香港特别行政区", "香港"),
        (" 浙 江　省\n", "浙江"),
    ],
)
def test_short_and_long_names_are_one(text: str, name: str) -> None:
    assert province_of(text) == name


def test_there_are_as_many_as_there_are() -> None:
    assert MOST_PROVINCES == 34
