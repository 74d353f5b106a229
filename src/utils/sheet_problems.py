"""What can be wrong with a row of an imported file, as its report says it."""

from __future__ import annotations

from enum import StrEnum

from src.utils.sheet_kinds import Language


class Problem(StrEnum):
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TOO_MANY_ROWS = "too_many_rows"
    COLUMN_UNKNOWN = "column_unknown"
    COLUMN_TWICE = "column_twice"
    COLUMN_MISSING = "column_missing"
    TOO_MANY_CELLS = "too_many_cells"
    REQUIRED = "required"
    TOO_LONG = "too_long"
    INVALID = "invalid"
    NOT_A_NUMBER = "not_a_number"
    NOT_MONEY = "not_money"
    OUT_OF_RANGE = "out_of_range"
    TOO_MANY = "too_many"
    ROWS_APART = "rows_apart"
    DIFFERS = "differs"
    TWICE = "twice"
    BRAND_UNKNOWN = "brand_unknown"
    CATEGORY_UNKNOWN = "category_unknown"
    CATEGORY_AMBIGUOUS = "category_ambiguous"
    PICTURE_FOREIGN = "picture_foreign"
    BELOW_PRICE = "below_price"
    SKU_UNKNOWN = "sku_unknown"
    SKU_OF_ANOTHER = "sku_of_another"
    SPECS_UNFIT = "specs_unfit"
    STOCK_CHANGED = "stock_changed"
    CODE_TAKEN = "code_taken"
    LIMIT_REACHED = "limit_reached"
    NOT_POSSIBLE = "not_possible"

    def text(self, language: Language) -> str:
        chinese, english = _TEXTS[self]
        return english if language is Language.ENGLISH else chinese


_TEXTS = {
    Problem.UNREADABLE: ("文件无法读取", "The file cannot be read."),
    Problem.EMPTY: ("文件没有数据行", "The file has no rows of data."),
    Problem.TOO_MANY_ROWS: ("行数超过上限", "The file has too many rows."),
    Problem.COLUMN_UNKNOWN: ("不认识的列", "There is no such column."),
    Problem.COLUMN_TWICE: ("列重复", "The column is there twice."),
    Problem.COLUMN_MISSING: ("缺少必需的列", "A column that must be there is missing."),
    Problem.TOO_MANY_CELLS: ("单元格多于表头", "The row has more cells than the header."),
    Problem.REQUIRED: ("不能为空", "Must not be empty."),
    Problem.TOO_LONG: ("内容过长", "Too long."),
    Problem.INVALID: ("格式不正确", "Not valid."),
    Problem.NOT_A_NUMBER: ("必须是整数", "Must be a whole number."),
    Problem.NOT_MONEY: ("必须是金额（元），最多两位小数", "Must be an amount in yuan with at most two decimals."),
    Problem.OUT_OF_RANGE: ("超出允许范围", "Out of range."),
    Problem.TOO_MANY: ("数量过多", "Too many of them."),
    Problem.ROWS_APART: ("同一商品的行必须相邻", "The rows of one product must follow each other."),
    Problem.DIFFERS: ("与该商品第一行不一致", "Differs from the first row of the product."),
    Problem.TWICE: ("在文件中重复", "The file has it twice."),
    Problem.BRAND_UNKNOWN: ("品牌不存在", "The store has no such brand."),
    Problem.CATEGORY_UNKNOWN: ("分类路径不存在", "No category of the store is at this path."),
    Problem.CATEGORY_AMBIGUOUS: (
        "有多个同名分类，请填写完整路径，如 女装/鞋",
        "Several categories have this name; write the whole path, such as Women/Shoes.",
    ),
    Problem.PICTURE_FOREIGN: ("图片属于其他店铺", "A picture of another store."),
    Problem.BELOW_PRICE: ("原价低于价格", "The original price is below the price."),
    Problem.SKU_UNKNOWN: ("SKU 不存在", "The store has no such SKU."),
    Problem.SKU_OF_ANOTHER: ("各 SKU 属于不同商品", "The SKUs belong to different products."),
    Problem.SPECS_UNFIT: ("规格与该商品其他 SKU 不匹配或重复", "The specs do not fit the other SKUs, or repeat some."),
    Problem.STOCK_CHANGED: ("库存与预期不符", "Something else is available than was expected."),
    Problem.CODE_TAKEN: ("编码或条码已被其他商品使用", "Another product has this SKU code or barcode."),
    Problem.LIMIT_REACHED: ("已达到店铺商品数量上限", "The store has as many products as it may."),
    Problem.NOT_POSSIBLE: ("无法导入该商品", "It cannot be imported."),
}
