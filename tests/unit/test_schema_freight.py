"""What may be said of freight."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from src.controllers.schemas.freight import FreightIn
from src.models.freight import Freight

ALL = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 "
    "云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
)


def region(*provinces: Any, fee: Any = 2000) -> dict[str, Any]:
    return {"provinces": list(provinces), "fee": fee}


def paths(messages: Any) -> list[str]:
    """Returns where the errors are, such as `regions.0.fee`."""
    if not isinstance(messages, dict):
        return [""]
    return [f"{key}.{path}".rstrip(".") for key, inner in messages.items() for path in paths(inner)]


@pytest.mark.parametrize(
    ("freight", "path"),
    [
        ({"fee": -1}, "fee"),
        ({"fee": 100_001}, "fee"),
        ({"fee": "800"}, "fee"),
        ({"fee": 8.0}, "fee"),
        ({"fee": None}, "fee"),
        ({"freeFrom": -1}, "freeFrom"),
        ({"freeFrom": True}, "freeFrom"),
        ({"freeFrom": 1_000_000_001}, "freeFrom"),
        ({"free_from": 1}, "free_from"),
        ({"regions": None}, "regions"),
        ({"regions": {}}, "regions"),
        ({"regions": [region("新疆")] * 35}, "regions"),
        ({"regions": [region()]}, "regions.0.provinces"),
        ({"regions": [{"fee": 1}]}, "regions.0.provinces"),
        ({"regions": [{"provinces": ["新疆"]}]}, "regions.0.fee"),
        ({"regions": [region("新疆", fee=-1)]}, "regions.0.fee"),
        ({"regions": [region("新疆", fee=100_001)]}, "regions.0.fee"),
        ({"regions": [region("新疆", "新江")]}, "regions.0.provinces.1"),
        ({"regions": [region({"$ne": ""})]}, "regions.0.provinces.0"),
        ({"regions": [region("新疆", "新疆维吾尔自治区")]}, "regions.0.provinces.1"),
        ({"regions": [region("西藏"), region("北京", "西藏自治区")]}, "regions.1.provinces.1"),
        ({"regions": [region(*ALL.split(), "北京市")]}, "regions.0.provinces"),
    ],
    ids=str,
)
def test_freight_refuses(freight: dict[str, Any], path: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FreightIn().load(freight)
    assert paths(caught.value.messages) == [path]


def test_what_is_left_out_costs_nothing() -> None:
    assert FreightIn().load({}) == {"fee": 0, "free_from": None, "regions": []}


def test_every_province_may_have_a_fee() -> None:
    loaded = FreightIn().load({"regions": [region(name, fee=number) for number, name in enumerate(ALL.split())]})
    assert len(loaded["regions"]) == 34


@pytest.mark.parametrize(
    ("province", "fee"),
    [("浙江", 800), ("新疆", 2000), ("西藏自治区", 2000), ("香港", None), ("Mars", None), ("上海市", 0)],
)
def test_a_region_has_its_own_fee(province: str, fee: int | None) -> None:
    regions = [region("新疆维吾尔自治区", "西藏"), region("香港特别行政区", fee=None), region("上海", fee=0)]
    loaded = FreightIn().load({"fee": 800, "regions": regions})
    assert Freight(**loaded).fee_to(province) == fee


def test_without_regions_the_fee_is_that_of_anywhere() -> None:
    assert Freight(fee=800).fee_to("Mars") == 800
