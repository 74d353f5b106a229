"""Reading WeChat Pay's trade bill."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.services.wechat.bill_rows import BillRow, RowKind, UnreadableBill, read_trade_bill

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "wechat.json").read_text("utf-8"))
(CASE,) = VECTORS["bill"]
HEADER, PAYMENT, REFUND, TOTALS_HEADER, TOTALS = CASE["text"].splitlines()


def read(*lines: str) -> list[BillRow]:
    return list(read_trade_bill(f"{line}\r\n" for line in lines))


def totals(count: int, paid: str, refunded: str) -> str:
    return f"`{count},`{paid},`{refunded},`0.00,`0.01,`{paid},`{refunded}"


def test_the_published_layout() -> None:
    payment, refund = read_trade_bill(CASE["text"].splitlines(keepends=True))
    assert payment == BillRow(
        kind=RowKind.PAYMENT,
        number="T20260105000001",
        out_trade_no="T20260105000001",
        transaction_id="4200001234202601051234567890",
        appid="wxd678efh567hg6787",
        amount_fen=100,
        refund_status="",
    )
    assert (refund.kind, refund.number, refund.out_trade_no) == (RowKind.REFUND, "R20260105000001", "T20260105000001")
    assert (refund.amount_fen, refund.refund_status) == (40, "SUCCESS")


def test_rows_come_before_the_end_is_read() -> None:
    rows = read_trade_bill([HEADER, PAYMENT])
    assert next(rows).number == "T20260105000001"
    with pytest.raises(UnreadableBill, match="no totals"):
        next(rows)


@pytest.mark.parametrize("name", ["普洱,生茶", "a,b,,c", ",", '"quoted"', "测试`商品"])
def test_names_of_goods_may_hold_what_separates_other_things(name: str) -> None:
    (row,) = read(HEADER, PAYMENT.replace("测试商品", name), TOTALS_HEADER, totals(1, "1.00", "0.00"))
    assert row.amount_fen == 100


def test_a_column_that_is_added_later_changes_nothing() -> None:
    assert read(f"{HEADER},新列", f"{PAYMENT},`新", TOTALS_HEADER, totals(1, "1.00", "0.00"))[0].amount_fen == 100


def test_columns_are_found_by_name() -> None:
    names, cells = HEADER.removeprefix("\ufeff").split(","), PAYMENT.split(",")
    (row,) = read(",".join(reversed(names)), ",".join(reversed(cells)), TOTALS_HEADER, totals(1, "1.00", "0.00"))
    assert (row.number, row.amount_fen) == ("T20260105000001", 100)


def test_a_bill_without_rows() -> None:
    assert read(HEADER, TOTALS_HEADER, totals(0, "0.00", "0.00")) == []


def test_what_was_taken_back_at_the_till_is_counted_but_is_neither() -> None:
    revoked = PAYMENT.replace("`SUCCESS", "`REVOKED")
    assert read(HEADER, revoked, TOTALS_HEADER, totals(1, "1.00", "0.00")) == []


@given(st.integers(min_value=0, max_value=10**12))
def test_every_amount_is_exact_in_fen(fen: int) -> None:
    yuan = f"{fen // 100}.{fen % 100:02d}"
    (row,) = read(HEADER, PAYMENT.replace("`1.00,`0.00,`", f"`{yuan},`0.00,`"), TOTALS_HEADER, totals(1, yuan, "0.00"))
    assert row.amount_fen == fen


@pytest.mark.parametrize("amount", ["", "1.005", "-1.00", "1,00", "NaN", "Infinity", "1e999", "一元"])
def test_an_amount_that_is_not_whole_fen(amount: str) -> None:
    with pytest.raises(UnreadableBill, match=r"amount|cell"):
        read(HEADER, PAYMENT.replace("`1.00,`0.00,`", f"`{amount},`0.00,`"), TOTALS_HEADER, totals(1, "1.00", "0.00"))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "no column"),
        ([""], "no column"),
        ([HEADER.replace("订单金额", "金额")], "no column"),
        ([HEADER], "no totals"),
        ([HEADER, PAYMENT, REFUND], "no totals"),
        ([HEADER, PAYMENT[: len(PAYMENT) // 2]], "cell"),
        ([HEADER, PAYMENT.removeprefix("`")], "cell"),
        ([HEADER, "<html><body>502</body></html>"], "cell"),
        ([HEADER, f"{PAYMENT},`more"], "cell"),
        ([HEADER, ""], "cell"),
        ([HEADER, PAYMENT, REFUND, TOTALS_HEADER], "cell"),
        ([HEADER, PAYMENT, TOTALS_HEADER, TOTALS], "add up"),
        ([HEADER, PAYMENT, REFUND, TOTALS_HEADER, totals(3, "1.00", "0.40")], "add up"),
        ([HEADER, PAYMENT, REFUND, TOTALS_HEADER, totals(2, "1.01", "0.40")], "add up"),
        ([HEADER, PAYMENT, REFUND, TOTALS_HEADER, totals(2, "1.00", "0.41")], "add up"),
        ([HEADER, PAYMENT, REFUND, "总交易单数,应结订单总金额", "`2,`1.00"], "totals cannot be read"),
        ([HEADER, PAYMENT, REFUND, TOTALS_HEADER, TOTALS.replace("`2", "`two")], "totals cannot be read"),
    ],
)
def test_a_bill_that_is_not_whole(lines: list[str], reason: str) -> None:
    with pytest.raises(UnreadableBill, match=reason):
        read(*lines)
