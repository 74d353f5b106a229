"""Values of subscribe messages are cut to what their types take."""

from __future__ import annotations

import pytest

from ecosystem.sandbox.template_values import TYPES, unfit_field
from src.services.wechat.template_values import fitted, type_of

LONG = "高山乌龙茶二零二六年春茶礼盒装五百克两罐顺丰包邮"


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        ("thing1", "高山乌龙茶", "高山乌龙茶"),
        ("thing1", "茶" * 20, "茶" * 20),
        ("thing1", "茶" * 21, "茶" * 19 + "…"),
        ("thing12", LONG, LONG[:19] + "…"),
        ("thing1", " 春茶\n\t 礼盒 ", "春茶 礼盒"),
        ("thing1", "🍵" * 10, "🍵" * 10),
        ("thing1", "🍵" * 11, "🍵" * 9 + "…"),
        ("thing1", "茶" * 17 + "👨‍👩‍👧", "茶" * 17 + "👨…"),
        ("number1", "3", "3"),
        ("number1", "-1.50", "-1.50"),
        ("number1", "3 件", "3"),
        ("letter1", "Oolong 2026 茶", "Oolong"),
        ("letter1", "a" * 33, "a" * 32),
        ("symbol1", "a★茶☆1!!!!", "★☆!!!"),
        ("character_string1", "202611201000009T3K8XWQ2ZB7M", "202611201000009T3K8XWQ2ZB7M"),
        ("character_string1", "SF 顺丰 123", "SF123"),
        ("character_string1", "x" * 33, "x" * 32),
        ("time1", "2026年11月20日 10:00", "2026年11月20日 10:00"),
        ("date1", "2026年11月20日", "2026年11月20日"),
        ("amount1", "¥39.00", "¥39.00"),
        ("amount1", "约 39.00 元", "39.00元"),
        ("amount1", "¥12345678901.00", "¥12345678901.00"),
        ("phone_number1", "+86 138-0013-8000", "+86138-0013-8000"),
        ("phone_number1", "1" * 18, "1" * 17),
        ("car_number1", "浙A12345学警", "浙A12345学"),
        ("name1", "林小满林小满林小满林小满", "林小满林小满林小满林"),
        ("name1", "Lin Xiaoman of the Hills", "Lin Xiaoman of the H"),
        ("name1", "林小满 2", "林小满"),
        ("phrase1", "已发货", "已发货"),
        ("phrase1", "已经全部发货了", "已经全部发"),
        ("phrase1", "OK 已付款!", "已付款"),
        ("enum1", "进行中", "进行中"),
    ],
)
def test_a_value_is_fitted_to_its_type(field: str, text: str, kept: str) -> None:
    assert fitted(field, text) == kept


@pytest.mark.parametrize("field", [f"{name}1" for name in TYPES if name not in ("amount", "time", "date", "number")])
@pytest.mark.parametrize("text", ["Oolong 茶 ★ 2026 +86-138", "x茶★7" * 50, "👨‍👩‍👧茶☆a1" * 30])
def test_what_is_fitted_wechat_takes(field: str, text: str) -> None:
    assert unfit_field({field: {"value": fitted(field, text)}}) is None


@pytest.mark.parametrize("text", ["", "a", "茶" * 300, "🍵" * 300, "a茶 ★\n1" * 99])
@pytest.mark.parametrize("field", [f"{name}1" for name in TYPES])
def test_fitting_again_changes_nothing(field: str, text: str) -> None:
    once = fitted(field, text)
    assert fitted(field, once) == once


@pytest.mark.parametrize("name", TYPES)
def test_the_type_of_a_field_is_its_prefix(name: str) -> None:
    assert (type_of(f"{name}1"), type_of(f"{name}23")) == (name, name)


@pytest.mark.parametrize("field", ["", "thing", "thing0", "thing01", "thing100", "Thing1", "thing1 ", "things1", "1"])
def test_what_is_no_field_has_no_type(field: str) -> None:
    assert type_of(field) is None
    with pytest.raises(KeyError):
        fitted(field, "x")
