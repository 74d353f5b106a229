"""The order of what a search finds."""

from __future__ import annotations

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.models.product_queries import ProductFilter, ProductSort
from src.models.products import Product
from src.models.relevance import MOST_RELEVANT
from src.models.transaction import Session, Transactions
from src.services.registry import Services
from src.utils.pages import PageRequest
from src.utils.pinyin import pinyin_tokens
from src.utils.search_fields import SearchTexts, search_fields
from tests.factories.shop import Shop, data_of


def found(shop: Shop, **query: object) -> list[str]:
    return [product["name"] for product in data_of(shop.anonymous.get("/api/products", **query), 200)["list"]]


def sell(shop: Shop, product: dict[str, str], quantity: int) -> None:
    """Counts sales as an order would."""

    def work(session: Session) -> None:
        Product.add_sales(ObjectId(product["id"]), quantity, session=session)

    Transactions(timeout_s=5).run(work)


def test_names_come_before_labels_and_labels_before_descriptions(shop: Shop) -> None:
    shop.product(name="茶匙", description="配乌龙用")
    shop.product(name="公道杯", category="乌龙茶具")
    shop.product(name="武隆羊角豆干")
    shop.product(name="高山乌龙")
    shop.product(name="乌龙茶")
    shop.product(name="乌龙")
    assert found(shop, keyword="乌龙") == ["乌龙", "乌龙茶", "高山乌龙", "公道杯", "茶匙"]
    assert found(shop, keyword="wulong") == ["乌龙", "乌龙茶", "高山乌龙", "武隆羊角豆干", "公道杯"]


def test_letters_of_a_name_come_before_its_pinyin(shop: Shop) -> None:
    shop.product(name="WL-200 台灯")
    sell(shop, shop.product(name="乌龙茶"), 50)
    assert found(shop, keyword="wl") == ["WL-200 台灯", "乌龙茶"]


def test_among_equals_what_sells_comes_first_then_the_newest(shop: Shop) -> None:
    products = {name: shop.product(name=name) for name in ("乌龙甲", "乌龙乙", "乌龙丙", "乌龙丁")}
    sell(shop, products["乌龙乙"], 5)
    sell(shop, products["乌龙甲"], 3)
    assert found(shop, keyword="乌龙") == ["乌龙乙", "乌龙甲", "乌龙丁", "乌龙丙"]
    sell(shop, products["乌龙乙"], -5)
    assert found(shop, keyword="乌龙") == ["乌龙甲", "乌龙丁", "乌龙丙", "乌龙乙"]


def test_another_sort_wins_over_relevance(shop: Shop) -> None:
    for name, price in (("乌龙", 300), ("高山乌龙", 100), ("乌龙茶", 200)):
        shop.product(name=name, price=price)
    assert found(shop, keyword="乌龙", sort="price") == ["高山乌龙", "乌龙茶", "乌龙"]
    assert found(shop, keyword="乌龙", sort="newest") == ["乌龙茶", "高山乌龙", "乌龙"]


def test_filters_narrow_a_search(shop: Shop) -> None:
    for name, price, category in (("乌龙", 300, "茶"), ("高山乌龙", 100, "茶"), ("乌龙茶", 200, "礼盒")):
        shop.product(name=name, price=price, category=category)
    assert found(shop, keyword="乌龙", category="茶") == ["乌龙", "高山乌龙"]
    assert found(shop, keyword="乌龙", minPrice=150, maxPrice=200) == ["乌龙茶"]
    assert found(shop, keyword="乌龙", inStock="false") == []


def test_a_search_ends_after_the_most_relevant(shop: Shop) -> None:
    product = shop.product(name="乌龙")
    raw = Product.collection().find_one({"_id": ObjectId(product["id"])})
    assert raw is not None
    Product.collection().insert_many([{**raw, "_id": ObjectId(), "skus": []} for _ in range(MOST_RELEVANT + 20)])
    last, beyond = (
        data_of(shop.anonymous.get("/api/products", keyword="乌龙", size=50, page=page), 200)
        for page in (MOST_RELEVANT // 50, MOST_RELEVANT // 50 + 1)
    )
    assert (len(last["list"]), last["pagination"]["total"], last["pagination"]["nextCursor"]) == (50, 1_000, None)
    assert (beyond["list"], beyond["pagination"]["total"]) == ([], 1_000)


NAMES = st.text("高山乌龙茶重庆长裙行李箱绿Ａb5 -(", min_size=1, max_size=14).filter(lambda text: text.strip(" -("))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, data=st.data())
def test_every_part_of_a_name_finds_it(services: Services, shop: Shop, name: str, data: st.DataObject) -> None:
    product = shop_product(shop, name)
    start = data.draw(st.integers(0, len(name) - 1))
    part = name[start : data.draw(st.integers(start + 1, len(name)))]
    typed = data.draw(st.sampled_from([token for token in pinyin_tokens(name) if len(token) > 1] or [name]))
    typed = typed[: data.draw(st.integers(2, max(2, len(typed))))]
    with shop.app.app_context():
        for keyword in (part, typed):
            if keyword.strip():
                wanted = ProductFilter(keyword=keyword, sort=ProductSort.RELEVANCE)
                page = services.catalog.list_products(shop.store_id, wanted, PageRequest(1, 50))
                assert product in [view.product.id for view in page.items], (name, keyword)


def shop_product(shop: Shop, name: str) -> ObjectId:
    """Has the store hold this one product only; returns its id."""
    kept = Product.collection().find_one({"store_id": shop.store_id})
    if kept is None:
        shop.product(name=name)
        kept = Product.collection().find_one({"store_id": shop.store_id})
    assert kept is not None
    texts = SearchTexts(name)
    Product.collection().update_one({"_id": kept["_id"]}, {"$set": {"name": name, **search_fields(texts)}})
    product_id: ObjectId = kept["_id"]
    return product_id


@pytest.mark.parametrize("keyword", ["乌山高龙茶", "茶高", "longwu"])
def test_what_is_in_a_name_but_not_in_this_order_is_not_found(shop: Shop, keyword: str) -> None:
    shop.product(name="高山乌龙茶")
    assert found(shop, keyword=keyword) == []


def test_words_may_be_apart_and_together_they_come_first(shop: Shop) -> None:
    for name in ("iPhone 防摔手机壳", "手机壳 iPhone 15", "手机壳", "iPhone 充电线"):
        shop.product(name=name)
    both = ["手机壳 iPhone 15", "iPhone 防摔手机壳"]
    assert found(shop, keyword="手机壳 iphone") == found(shop, keyword="手机壳iphone") + both[1:] == both
    assert found(shop, keyword="iphone手机壳") == found(shop, keyword="iPhone 手机壳") == both
    assert found(shop, keyword="iphone 手机壳 充电") == []
    assert found(shop, keyword="手机壳 iphone", sort="price") == both


def test_pinyin_and_chinese_are_words_of_their_own(shop: Shop) -> None:
    for name in ("重庆牛油火锅底料", "四川火锅底料", "重庆小面"):
        shop.product(name=name)
    assert found(shop, keyword="cq火锅") == found(shop, keyword="火锅 chongqing") == ["重庆牛油火锅底料"]


def test_latin_beside_chinese_that_is_found_as_it_is_written_is_one_word(shop: Shop) -> None:
    for name in ("T恤", "T 台恤", "恤T"):
        shop.product(name=name)
    assert found(shop, keyword="t恤") == ["T恤"]
    assert found(shop, keyword="t 恤") == ["T恤", "恤T", "T 台恤"]


def test_a_u_with_dots_is_typed_as_v_or_as_u(shop: Shop) -> None:
    for name in ("女装", "绿茶"):
        shop.product(name=name)
    typed = ("nvzhuang", "nuzhuang", "nüzhuang", "lvcha", "lucha")
    assert [found(shop, keyword=keyword) for keyword in typed] == [["女装"]] * 3 + [["绿茶"]] * 2
