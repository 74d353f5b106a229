"""The columns of a file of products: one row for each SKU."""

from __future__ import annotations

import re

from src.models.categories import MAX_DEPTH
from src.models.products import ProductStatus
from src.services.catalogue.product_batches import MAX_PRICE_FEN
from src.services.sheets.cells import CellRefused, at_most, matching, one_of, several, text, whole, yuan
from src.services.sheets.columns import Column
from src.services.sheets.escapes import Separators
from src.utils.picture_addresses import may_be_shown
from src.utils.rich_text import TooManyTags, clean_html
from src.utils.sheet_kinds import Language
from src.utils.sheet_problems import Problem

MAX_DESCRIPTION, MAX_STOCK, MAX_WEIGHT_G = 20_000, 1_000_000_000, 1_000_000
MAX_SPECS = 5
SKU_CODE = r"[!-~]{1,64}"
_STATUSES = {
    "draft": ProductStatus.DRAFT,
    "草稿": ProductStatus.DRAFT,
    "on_sale": ProductStatus.ON_SALE,
    "在售": ProductStatus.ON_SALE,
    "上架": ProductStatus.ON_SALE,
    "off_sale": ProductStatus.OFF_SALE,
    "下架": ProductStatus.OFF_SALE,
}
_STATUS_WORDS = {
    Language.CHINESE: ("草稿", "在售", "下架"),
    Language.ENGLISH: ("draft", "on_sale", "off_sale"),
}
# Specs are stored under their names, which MongoDB and JavaScript must not take for something else.
_SPEC_NAME = re.compile(r"(?!__)[^$.]{1,20}")
_LONGEST_SPEC_VALUE = 40
CATEGORY_PATH, TAGS, IMAGES = Separators("/"), Separators("|、,，"), Separators("| \n")
SPECS = Separators(";；\n", inner=":：")


def description(cell: str) -> str:
    try:
        return at_most(clean_html(at_most(cell, MAX_DESCRIPTION)), MAX_DESCRIPTION)
    except TooManyTags:
        raise CellRefused(Problem.TOO_LONG) from None


def picture(cell: str) -> str:
    if not may_be_shown(cell):
        raise CellRefused(Problem.INVALID)
    return cell


def specs(cell: str) -> dict[str, str]:
    r"""Reads `规格:250g;颜色:红`; what separates is text behind a backslash: `规格:大\;小`."""
    found: dict[str, str] = {}
    for piece in SPECS.pieces(cell):
        name, value = _spec(piece)
        if name in found:
            raise CellRefused(Problem.INVALID)
        found[name] = value
    if len(found) > MAX_SPECS:
        raise CellRefused(Problem.TOO_MANY)
    return found


def _spec(piece: str) -> tuple[str, str]:
    pair = SPECS.pair(piece)
    if pair is None:
        raise CellRefused(Problem.INVALID)
    name, value = text(20)(pair[0]), text(_LONGEST_SPEC_VALUE)(pair[1])
    if _SPEC_NAME.fullmatch(name) is None or not value:
        raise CellRefused(Problem.INVALID)
    return name, value


def category(cell: str) -> tuple[str, ...]:
    r"""Reads `女装/鞋`, the names from the root on; a name's own slash stands behind a backslash: `茶\/咖啡`."""
    names = tuple(text(50)(CATEGORY_PATH.plain(piece)) for piece in CATEGORY_PATH.pieces(cell))
    if not names or not all(names):
        raise CellRefused(Problem.INVALID)
    if len(names) > MAX_DEPTH:
        raise CellRefused(Problem.TOO_MANY)
    return names


PRODUCT_CODE, SKU, SKU_ID = "productCode", "skuCode", "skuId"
# Of the product as a whole: later rows of a product leave them empty or repeat them.
SHARED = (
    Column("name", "商品名称", "Name", text(100), "高山乌龙茶"),
    Column("category", "分类", "Category", category, "茶饮"),
    Column("brand", "品牌", "Brand", text(50)),
    Column("tags", "标签", "Tags", several(TAGS, text(20), 10), "新品|春茶"),
    Column("description", "商品描述", "Description", description, "<p>海拔一千二百米的春茶。</p>"),
    Column("images", "图片", "Images", several(IMAGES, picture, 9)),
    Column("status", "状态", "Status", one_of(_STATUSES), choices=_STATUS_WORDS),
)
OF_SKU = (
    Column(SKU, "SKU编码", "SKU code", matching(SKU_CODE), "TEA-250"),
    Column("barcode", "条码", "Barcode", matching(r"[0-9A-Za-z-]{1,48}"), "6901234567892"),
    Column("specs", "规格", "Specs", specs, "规格:250g"),
    Column("price", "价格（元）", "Price (yuan)", yuan(MAX_PRICE_FEN), "39.00"),
    Column("originalPrice", "原价（元）", "Original price (yuan)", yuan(MAX_PRICE_FEN), "49.00"),
    Column("weight", "重量（克）", "Weight (g)", whole(MAX_WEIGHT_G), "280"),
    # How many a new SKU begins with. Of one that exists it changes nothing: sales go on meanwhile.
    Column("stock", "库存", "Stock", whole(MAX_STOCK), "20"),
    # Names a SKU of this store, also one without a code. Where it is of no SKU of the store, the code counts.
    Column(SKU_ID, "SKU ID", "SKU id", matching(r"[0-9a-f]{24}")),
)
COLUMNS = (
    Column(PRODUCT_CODE, "商品编号", "Product code", matching(r"\S.{0,63}"), "TEA", required=True),
    *SHARED,
    *OF_SKU,
)
