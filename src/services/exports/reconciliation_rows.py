"""Reconciliations as rows: the totals of each day, and each difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bson import ObjectId

from src.models.export_queries import Selection, select_reconciliations
from src.models.reconciliations import Difference, Reconciliation
from src.services.exports.contracts import Filters, KindOfExport, Place
from src.services.sheets.writing import Cell, yuan
from src.utils.permissions import Permission

_TITLES = [
    ("日期", "Day"),
    ("商户号", "Merchant number"),
    ("是否一致", "Agrees"),
    ("本店收款（元）", "Paid here (yuan)"),
    ("微信收款（元）", "Paid in WeChat (yuan)"),
    ("本店退款（元）", "Refunded here (yuan)"),
    ("微信退款（元）", "Refunded in WeChat (yuan)"),
    ("差异类型", "Difference"),
    ("差异对象", "Of"),
    ("单号", "Number"),
    ("本店金额（元）", "Amount here (yuan)"),
    ("微信金额（元）", "Amount in WeChat (yuan)"),
]


def select(store_id: ObjectId, filters: Filters) -> Selection[Reconciliation]:
    since, until = filters.get("from"), filters.get("to")
    return select_reconciliations(store_id, since and since[:10], until and until[:10])


def rows(place: Place, reconciliations: Iterator[Reconciliation]) -> Iterator[Sequence[Cell]]:
    for one in reconciliations:
        for difference in list(one.differences) or [None]:
            yield [*_totals(one), *_of(difference)]


def _totals(one: Reconciliation) -> list[Cell]:
    money = (one.ours.paid_fen, one.wechat.paid_fen, one.ours.refunded_fen, one.wechat.refunded_fen)
    return [one.day, one.mchid, "no" if one.differs else "yes", *map(yuan, money)]


def _of(difference: Difference | None) -> list[Cell]:
    if difference is None:
        return [""] * 5
    amounts = ("" if fen is None else yuan(fen) for fen in (difference.our_fen, difference.wechat_fen))
    return [difference.kind.value, difference.money.value, difference.number, *amounts]


RECONCILIATIONS = KindOfExport(_TITLES, select, rows, Permission.RECONCILIATIONS_READ)
