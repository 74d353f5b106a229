"""Stock moves as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from bson import ObjectId

from src.models.export_queries import Selection, select_moves
from src.models.product_names import names_of
from src.models.products import Product
from src.models.stock_moves import MoveFilter, MoveKind, StockMove
from src.services.exports.contracts import Filters, KindOfExport, Place
from src.services.exports.order_rows import moment
from src.services.sheets.writing import Cell
from src.utils.permissions import Permission

_AT_ONCE = 200
_TITLES = [
    ("时间", "At"),
    ("类型", "Kind"),
    ("商品", "Product"),
    ("SKU编码", "SKU code"),
    ("SKU ID", "SKU id"),
    ("可售变化", "Available change"),
    ("占用变化", "Reserved change"),
    ("已售变化", "Sold change"),
    ("变化后可售", "Available after"),
    ("原因", "Reason"),
    ("单据号", "Reference"),
    ("订单 ID", "Order id"),
    ("退款 ID", "Refund id"),
    ("操作人 ID", "Staff id"),
]

_KINDS = {
    MoveKind.RECEIVE: ("入库", "receive"),
    MoveKind.ADJUST: ("调整", "adjust"),
    MoveKind.SET: ("盘点", "set"),
    MoveKind.WRITE_OFF: ("报损", "write_off"),
    MoveKind.RESERVE: ("下单占用", "reserve"),
    MoveKind.RELEASE: ("释放", "release"),
    MoveKind.SELL: ("售出", "sell"),
    MoveKind.RESELL: ("直接售出", "resell"),
    MoveKind.RESTOCK: ("退货入库", "restock"),
}


def select(store_id: ObjectId, filters: Filters) -> Selection[StockMove]:
    kind, sku_id = filters.get("moveKind"), filters.get("skuId")
    since, until = moment(filters.get("from")), moment(filters.get("to"))
    wanted = MoveFilter(ObjectId(sku_id) if sku_id else None, MoveKind(kind) if kind else None, since, until)
    return select_moves(store_id, wanted)


def rows(place: Place, moves: Iterator[StockMove]) -> Iterator[Sequence[Cell]]:
    while some := list(islice(moves, _AT_ONCE)):
        products = names_of(place.store_id, [move.product_id for move in some])
        for move in some:
            yield _row(place, move, products)


def _row(place: Place, move: StockMove, products: Mapping[ObjectId, Product]) -> list[Cell]:
    product = products[move.product_id]
    code = next((sku.code for sku in product.skus if sku.id == move.sku_id), "")
    return [
        place.time(move.created_at),
        place.named(_KINDS[move.kind]),
        product.name,
        code,
        str(move.sku_id),
        int(move.available_delta),
        int(move.reserved_delta),
        int(move.sold_delta),
        "" if move.available_after is None else move.available_after,
        move.reason or "",
        move.reference or "",
        *("" if one is None else str(one) for one in (move.order_id, move.refund_id, move.staff_id)),
    ]


STOCK_MOVES = KindOfExport(_TITLES, select, rows, Permission.STOCK_READ)
