"""A large catalogue of believable products, written straight into a scratch database that has no indexes yet."""

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from src.models.brands import Brand
from src.models.products import POPULARITY, Product
from src.models.stock import StockItem
from src.utils.search_fields import SearchTexts, search_fields

BATCH = 1_000


def _words(text: str) -> list[str]:
    return text.split()


_PLACES = _words("云南 福建 安溪 武夷山 杭州 西湖 黄山 景德镇 宜兴 东北 新疆 重庆 四川 广西 苏州 潮州")
_KINDS = _words("特级 有机 手工 老树 明前 春季 新款 加厚 便携 家用 复古 礼盒装 长款 重磅 轻薄 无糖")
_THINGS = _words(
    "乌龙茶 普洱茶 龙井绿茶 红茶 茉莉花茶 陶瓷茶杯 紫砂壶 不锈钢保温杯 真丝连衣裙 纯棉毛巾 亚麻衬衫 羊毛围巾 五常大米 "
    "黑木耳 香菇 核桃 蜂蜜 柿饼 火锅底料 辣椒酱 咖啡豆 竹编收纳篮 行李箱 无线降噪耳机 蓝牙音箱 台灯 雨伞 瑜伽垫"
)
_NAMES = _words("华山 小满 三叶 乐活 长青 云上 Minimall 老字号")
_BRANDS = {name: ObjectId(f"{number:024x}") for number, name in enumerate(_NAMES, start=1)}
_TAGS = _words("新品 热卖 送礼 包邮 限时 有机 手作 老客专享")
_ABOUT = _words(
    "产自海拔一千二百米的山区 人工采摘 当天制作 香气清幽 回味甘甜 适合送礼和自用 密封保存 避免阳光直射 七天无理由退换 "
    "精选材料 做工细致 结实耐用 方便清洗 全国多仓发货 破损包赔"
)
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

Raw = dict[str, Any]


def fill(store_id: ObjectId, products: int) -> Iterator[int]:
    """Store this many products with their brands and stock; yield after each batch how many there are."""
    batches = [(store_id, start, min(start + BATCH, products)) for start in range(0, products, BATCH)]
    Brand.collection().insert_many([_brand(store_id, name) for name in _BRANDS])
    done = 0
    with ProcessPoolExecutor() as pool:
        for documents in pool.map(_products, batches):
            inserted = Product.collection().insert_many(documents, ordered=False).inserted_ids
            Product.collection().update_many({"_id": {"$in": inserted}}, [{"$set": {"popularity": POPULARITY}}])
            StockItem.collection().insert_many([_stock_of(raw) for raw in documents], ordered=False)
            done += len(documents)
            yield done


def _products(batch: tuple[ObjectId, int, int]) -> list[Raw]:
    store_id, start, end = batch
    chance = random.Random(start)
    return [_product(store_id, number, chance) for number in range(start, end)]


def _brand(store_id: ObjectId, name: str) -> Raw:
    times = {"created_at": _BEGINNING, "updated_at": _BEGINNING}
    return {"_id": _BRANDS[name], "store_id": store_id, "name": name, "logo": "", "visible": True, "holds": 0, **times}


def _product(store_id: ObjectId, number: int, chance: random.Random) -> Raw:
    thing, brand, tags = chance.choice(_THINGS), chance.choice(list(_BRANDS)), chance.sample(_TAGS, 2)
    name = f"{chance.choice(_PLACES)}{chance.choice(_KINDS)}{thing} {number % 997}号"
    about = "，".join(chance.sample(_ABOUT, 8))
    price, sales = chance.randrange(100, 100_000), int(chance.paretovariate(0.7)) - 1
    specs = {"颜色": chance.choice("红黄蓝绿")}
    sku = {"id": ObjectId(), "specs": specs, "price": price, "image": "", "retired": False}
    created_at = _BEGINNING + timedelta(seconds=number)
    texts = SearchTexts(name, [brand, thing, *tags], about, [specs])
    return {
        "_id": ObjectId(),
        "store_id": store_id,
        "name": name,
        "description": about,
        "category": thing,
        "brand": brand,
        "brand_id": _BRANDS[brand],
        "images": ["/media/demo/puer.svg"],
        "tags": tags,
        "status": "on_sale",
        "price": price,
        "skus": [sku],
        "sold_out_skus": [],
        "in_stock": True,
        "sales": min(sales, 1_000_000),
        "version": 1,
        "created_at": created_at,
        "updated_at": created_at,
        **search_fields(texts),
    }


def _stock_of(product: Raw) -> Raw:
    (sku,) = product["skus"]
    counters = {"available": 10, "reserved": 0, "sold": 0, "received": 10, "event_seq": 0}
    ids = {"_id": sku["id"], "store_id": product["store_id"], "product_id": product["_id"]}
    flags = {"follows_shop": True, "retired": False, "updated_at": product["updated_at"]}
    return {**ids, **counters, **flags}
