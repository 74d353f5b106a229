"""The trade bill: one merchant's payments and refunds of one day, as WeChat Pay writes them down.

Source: WeChat Pay APIv3, "apply for trade bill"; which day a refund belongs to is ours: the day it was accepted.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from ecosystem.sandbox.clock import BEIJING
from ecosystem.sandbox.orders import Order
from ecosystem.sandbox.refunds import Refund

HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FEE_RATE = Decimal("0.006")


@dataclass(frozen=True)
class Entry:
    """One row: a payment, or a refund when it has an out_refund_no. The amount is in fen."""

    at: float
    appid: str
    mchid: str
    transaction_id: str
    out_trade_no: str
    openid: str
    description: str
    attach: str
    amount: int
    refund_id: str = "0"
    out_refund_no: str = ""
    refund_status: str = ""

    @property
    def number(self) -> str:
        """The merchant's own number of this payment or refund."""
        return self.out_refund_no or self.out_trade_no

    @property
    def paid(self) -> int:
        return 0 if self.out_refund_no else self.amount

    @property
    def refunded(self) -> int:
        return self.amount if self.out_refund_no else 0

    @property
    def fee(self) -> Decimal:
        """WeChat's share of a payment, in yuan, rounded to the fen."""
        return (Decimal(self.paid) / 100 * FEE_RATE).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def day(self) -> date:
        return beijing_date(self.at)


@dataclass(frozen=True)
class Bends:
    """How a bill differs from the truth: rows left out, other amounts in fen by number, rows of nothing."""

    dropped: Collection[str] = ()
    amounts: Mapping[str, int] = field(default_factory=dict)
    extra: Collection[Entry] = ()

    def applied(self, entries: list[Entry]) -> list[Entry]:
        left = [entry for entry in [*entries, *self.extra] if entry.number not in self.dropped]
        return [replace(entry, amount=self.amounts.get(entry.number, entry.amount)) for entry in left]


def beijing_date(moment: float) -> date:
    return datetime.fromtimestamp(moment, BEIJING).date()


def payment_entry(order: Order) -> Entry:
    return Entry(order.paid_at, *_common(order), amount=order.total)


def refund_entry(refund: Refund) -> Entry:
    return Entry(
        refund.created_at,
        *_common(refund.order),
        amount=refund.amount,
        refund_id=refund.refund_id,
        out_refund_no=refund.out_refund_no,
        refund_status=refund.status,
    )


def write_bill(entries: list[Entry]) -> bytes:
    """Return the file: UTF-8 with BOM, CRLF, a backtick before every value, money in yuan."""
    rows = [_cells(entry) for entry in sorted(entries, key=lambda entry: entry.at)]
    lines = [HEADER, *map(_line, rows), SUMMARY, _line(_sums(entries))]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")


def _common(order: Order) -> tuple[str, str, str, str, str, str, str]:
    account, params = order.account, order.params
    who = (account.appid, account.mchid, order.transaction_id or "", order.out_trade_no)
    return (*who, params["payer"]["openid"], params["description"], params.get("attach", ""))


def _cells(entry: Entry) -> list[str]:
    moment = datetime.fromtimestamp(entry.at, BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    return [
        *(moment, entry.appid, entry.mchid, "0", "", entry.transaction_id, entry.out_trade_no, entry.openid),
        *("JSAPI", "REFUND" if entry.out_refund_no else "SUCCESS", "OTHERS", "CNY", _yuan(entry.paid), "0.00"),
        *(entry.refund_id, entry.out_refund_no or "0", _yuan(entry.refunded), "0.00"),
        *("ORIGINAL" if entry.out_refund_no else "", entry.refund_status),
        *(_one_line(entry.description), _one_line(entry.attach), f"{entry.fee:.5f}", "0.60%"),
        *(_yuan(entry.paid), _yuan(entry.refunded), ""),
    ]


def _sums(entries: list[Entry]) -> list[str]:
    paid, refunded = sum(entry.paid for entry in entries), sum(entry.refunded for entry in entries)
    fees = sum((entry.fee for entry in entries), Decimal(0))
    return [str(len(entries)), _yuan(paid), _yuan(refunded), "0.00", f"{fees:.2f}", _yuan(paid), _yuan(refunded)]


def _line(cells: list[str]) -> str:
    return ",".join(f"`{cell}" for cell in cells)


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
