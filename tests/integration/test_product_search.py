"""Searching products by a part of their texts, or by pinyin."""

from __future__ import annotations

import pytest

from tests.factories.shop import Shop, data_of

OOLONG, SHUFFLED, WIDE, REGEX, WELL = (
    "高山乌龙茶 250g",
    "乌山龙高茶",
    "Ｏｏｌｏｎｇ Tea",
    "100% 纯棉毛巾 (a+)+$",
    "龙井",
)


@pytest.fixture
def catalogue(shop: Shop) -> Shop:
    for name in (OOLONG, SHUFFLED, WIDE, REGEX, WELL):
        shop.product(name=name)
    return shop


def found(shop: Shop, keyword: str) -> set[str]:
    data = data_of(shop.anonymous.get("/api/products", keyword=keyword), 200)
    names = [product["name"] for product in data["list"]]
    assert data["pagination"]["total"] == len(names)
    return set(names)


def found_by_each(shop: Shop, expected: dict[str, set[str]]) -> dict[str, set[str]]:
    return {keyword: found(shop, keyword) for keyword in expected}


def test_any_part_of_a_name_is_found(catalogue: Shop) -> None:
    expected: dict[str, set[str]] = {
        "茶": {OOLONG, SHUFFLED},
        "龙": {OOLONG, SHUFFLED, WELL},
        "棉": {REGEX},
        "乌龙": {OOLONG},
        "龙井": {WELL},
        "井龙": set(),
        "乌龙茶": {OOLONG},
        "高山乌龙茶": {OOLONG},
        "山乌龙茶2": {OOLONG},
        "乌龙茶叶": set(),
        "咖啡": set(),
    }
    assert found_by_each(catalogue, expected) == expected


def test_width_case_and_spacing_do_not_matter(catalogue: Shop) -> None:
    expected = dict.fromkeys(["oolong", "OOLONG", "ｏｏｌｏｎｇ", "oolong tea", "OolongTea", "lo ngT"], {WIDE})
    assert found_by_each(catalogue, expected) == expected


def test_parts_that_all_occur_but_not_next_to_each_other_are_not_enough(shop: Shop) -> None:
    shop.product(name="乌龙和龙茶")
    assert found(shop, "乌龙") == found(shop, "龙茶") == {"乌龙和龙茶"}
    assert found(shop, "乌龙茶") == set()


def test_metacharacters_are_literal(catalogue: Shop) -> None:
    nothing = (".", ".*", ".+茶", "乌龙.", "[", "(.*a){20}", "乌|龙", "\\w", "^高山", "$where", "{$ne:1}", "%2525")
    expected = {"(a+)+$": {REGEX}, "100%": {REGEX}, "巾(": {REGEX}, **dict.fromkeys(nothing, set())}
    assert found_by_each(catalogue, expected) == expected


def test_category_and_description_are_searched_specs_are_not(shop: Shop) -> None:
    shop.product(description="<p>清香</p>", category="茶饮", skus=[{"specs": {"颜色": "红色"}, "price": 1, "stock": 1}])
    whole = {"高山乌龙茶"}
    expected: dict[str, set[str]] = {
        "清香": whole,
        "清香茶": set(),
        "茶饮": whole,
        "饮": set(),
        "茶饮清": set(),
        "香": set(),
        "红色": set(),
        "p": set(),
    }
    assert found_by_each(shop, expected) == expected


def test_a_long_description_is_searched_at_its_beginning(shop: Shop) -> None:
    shop.product(description="甲" * 98 + "清香四溢")
    assert (found(shop, "清香"), found(shop, "四溢")) == ({"高山乌龙茶"}, set())


def test_names_are_found_in_pinyin_from_each_character_on(catalogue: Shop) -> None:
    expected: dict[str, set[str]] = {
        "wulong": {OOLONG},
        "WULONG": {OOLONG},
        "ｗｕｌｏｎｇ": {OOLONG},
        "wu long": {OOLONG},
        "wu'long": {OOLONG},
        "wulo": {OOLONG},
        "gaoshanwulongcha": {OOLONG},
        "cha": {OOLONG, SHUFFLED},
        "wl": {OOLONG},
        "gswlc": {OOLONG},
        "longjing": {WELL},
        "jinglong": set(),
        "long": {OOLONG, SHUFFLED, WELL, WIDE},  # what has the letters themselves is found too
        "ulong": set(),
        "w": set(),
        "lj茶": set(),
        "25": {OOLONG},
    }
    assert found_by_each(catalogue, expected) == expected


def test_a_character_of_two_readings_is_found_by_both(shop: Shop) -> None:
    for name in ("重庆小面", "长裙"):
        shop.product(name=name)
    expected = {
        **dict.fromkeys(["chongqing", "zhongqing", "cqxm", "zqxm"], {"重庆小面"}),
        **dict.fromkeys(["changqun", "zhangqun", "cq", "zq"], {"长裙"}),
    }
    expected["cq"] = expected["zq"] = {"重庆小面", "长裙"}
    assert found_by_each(shop, expected) == expected


def test_a_new_name_is_found_and_the_old_one_is_not(shop: Shop) -> None:
    product = shop.product(name="乌龙茶")
    data_of(shop.staff().put(f"/api/products/{product['id']}", {"name": "普洱茶", "category": "黑茶"}), 200)
    old, new = ("乌龙", "wulong", "wl"), ("普洱", "puer", "pe", "黑茶", "heicha")
    assert [found(shop, keyword) for keyword in (*old, *new)] == [set()] * 3 + [{"普洱茶"}] * 5


def test_staff_find_what_is_off_sale_too(shop: Shop) -> None:
    shop.product(name="乌龙茶", status="off_sale")
    listed = data_of(shop.staff().get("/api/merchant/products", keyword="乌龙"), 200)["list"]
    assert [product["name"] for product in listed] == ["乌龙茶"]
    assert found(shop, "乌龙") == set()


def test_emoji_are_found(shop: Shop) -> None:
    shop.product(name="好评👍茶")
    assert found(shop, "👍") == found(shop, "👍茶") == {"好评👍茶"}
