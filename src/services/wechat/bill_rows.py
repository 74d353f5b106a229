"""WeChat Pay's trade bill: its lines read one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

_BOM = "\ufeff"
_NUMBER_OF_ROWS = "总交易单数"
_YUAN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_COLUMNS = (
    "公众账号ID",
    "微信订单号",
    "商户订单号",
    "交易状态",
    "商户退款单号",
    "退款状态",
    "订单金额",
    "申请退款金额",
)


class UnreadableBill(Exception):
    """The bill is not laid out as WeChat describes it, or is not complete."""


class RowKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True)
class BillRow:
    """Money that came (`number` is our out_trade_no) or went back (our out_refund_no)."""

    kind: RowKind
    number: str
    out_trade_no: str
    transaction_id: str
    appid: str
    amount_fen: int
    refund_status: str


@dataclass
class _Counted:
    rows: int = 0
    paid_fen: int = 0
    refunded_fen: int = 0

    def add(self, cells: dict[str, str]) -> None:
        self.rows += 1
        self.paid_fen += _fen(cells["订单金额"])
        self.refunded_fen += _fen(cells["申请退款金额"])


def read_trade_bill(lines: Iterable[str]) -> Iterator[BillRow]:
    """Yields the payments and the refunds of a trade bill, and believes the end only if the totals there fit.

    Raises:
        UnreadableBill: a line is not what it should be, or the bill ends too early. Rows may have been yielded before.
    Source: WeChat Pay APIv3, "trade bill": a header, rows whose cells begin with a backtick, a header, the totals.
    """
    rest = (line.rstrip("\r\n") for line in lines)
    columns = _columns(next(rest, "").removeprefix(_BOM))
    counted = _Counted()
    for line in rest:
        if line.startswith(_NUMBER_OF_ROWS):
            _require_totals(line.split(","), next(rest, ""), counted)
            return
        cells = dict(zip(columns, _cells(line, len(columns)), strict=True))
        counted.add(cells)
        if row := _row(cells):
            yield row
    raise UnreadableBill("the bill has no totals")


def _columns(header: str) -> list[str]:
    columns = header.split(",")
    if missing := set(_COLUMNS) - set(columns):
        raise UnreadableBill(f"the bill has no column {', '.join(sorted(missing))}")
    return columns


def _cells(line: str, width: int) -> list[str]:
    # A comma followed by a backtick separates: names of goods may hold commas.
    cells = line.removeprefix("`").split(",`")
    if not line.startswith("`") or len(cells) != width:
        raise UnreadableBill("a row does not have a cell for each column")
    return cells


def _row(cells: dict[str, str]) -> BillRow | None:
    kind = {"SUCCESS": RowKind.PAYMENT, "REFUND": RowKind.REFUND}.get(cells["交易状态"])
    if kind is None:  # taken back at the till, which a mini-program never does
        return None
    is_refund = kind is RowKind.REFUND
    return BillRow(
        kind=kind,
        number=cells["商户退款单号" if is_refund else "商户订单号"],
        out_trade_no=cells["商户订单号"],
        transaction_id=cells["微信订单号"],
        appid=cells["公众账号ID"],
        amount_fen=_fen(cells["申请退款金额" if is_refund else "订单金额"]),
        refund_status=cells["退款状态"] if is_refund else "",
    )


def _fen(yuan: str) -> int:
    fen = Decimal(yuan) * 100 if _YUAN.fullmatch(yuan) else Decimal("NaN")
    if fen != fen.to_integral_value():
        raise UnreadableBill("an amount is not a number of whole fen")
    return int(fen)


def _require_totals(columns: Sequence[str], line: str, counted: _Counted) -> None:
    totals = dict(zip(columns, _cells(line, len(columns)), strict=True))
    try:
        stated = _Counted(int(totals[_NUMBER_OF_ROWS]), _fen(totals["订单总金额"]), _fen(totals["申请退款总金额"]))
    except (KeyError, ValueError):
        raise UnreadableBill("the bill's totals cannot be read") from None
    if stated != counted:
        raise UnreadableBill("the rows do not add up to the totals")
