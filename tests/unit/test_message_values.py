"""What subscribe messages say of orders and refunds, and that WeChat takes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ecosystem.sandbox.template_values import unfit_field
from src.models.order_parts import OrderLine
from src.models.orders import Order
from src.models.parcels import Shipment
from src.models.refunds import Refund
from src.models.stores import Store
from src.services.messages.values import MessageKind, Occasion, source_of, values_of
from src.services.wechat.template_values import fitted

AT = datetime(2026, 11, 20, 2, 5, tzinfo=UTC)
LONG = "高山乌龙茶二零二六年春茶礼盒装五百克两罐顺丰包邮"
SAID: dict[MessageKind, dict[str, str]] = {
    MessageKind.ORDER_PAID: {
        "storeName": "小满茶铺",
        "productName": "高山乌龙茶 等2种商品",
        "quantity": "3",
        "orderNo": "202611201000009T3K8XWQ2ZB7M",
        "totalAmount": "¥39.05",
        "paidAt": "2026年11月20日 10:05",
        "status": "已付款",
    },
    MessageKind.ORDER_SHIPPED: {
        "status": "已发货",
        "company": "SF",
        "trackingNo": "SF1234567890",
        "shippedAt": "2026年11月20日 10:05",
    },
    MessageKind.REFUND_SUCCEEDED: {
        "status": "已退款",
        "refundNo": "R202611201000009T3K8XWQ2ZB7M",
        "refundAmount": "¥0.05",
        "refundedAt": "2026年11月20日 10:05",
    },
}
EVERYTHING = [(kind, name) for kind in MessageKind for name in SAID[MessageKind.ORDER_PAID] | SAID[kind]]


def occasion(kind: MessageKind, *, name: str = "高山乌龙茶", total_amount: int = 3905) -> Occasion:
    order = Order(
        order_no="202611201000009T3K8XWQ2ZB7M",
        items=[OrderLine(name=name, quantity=2), OrderLine(name="茶杯", quantity=1)],
        total_amount=total_amount,
        parcels=[Shipment(company="SF", tracking_no="SF1234567890"), Shipment(company="ZTO", tracking_no="7312")],
        paid_at=AT,
        shipped_at=AT,
    )
    refund = Refund(refund_no="R202611201000009T3K8XWQ2ZB7M", amount_fen=5, succeeded_at=AT)
    return Occasion(kind, Store(name="小满茶铺"), order, refund if kind is MessageKind.REFUND_SUCCEEDED else None)


@pytest.mark.parametrize("kind", MessageKind)
def test_a_message_says(kind: MessageKind) -> None:
    assert values_of(occasion(kind), {name: name for name in SAID[kind]}) == SAID[kind]


@pytest.mark.parametrize(("kind", "name"), EVERYTHING)
@pytest.mark.parametrize("product", ["茶", LONG * 3])
def test_wechat_takes_each_source_in_each_field_that_may_have_it(kind: MessageKind, name: str, product: str) -> None:
    source = source_of(kind, name)
    assert source is not None
    text = source.text(occasion(kind, name=product, total_amount=9_999_999_999))
    fields = {f"{field_type}1": {"value": fitted(f"{field_type}1", text)} for field_type in source.types}
    assert unfit_field(fields) is None


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (MessageKind.ORDER_PAID, "trackingNo"),
        (MessageKind.ORDER_PAID, "refundAmount"),
        (MessageKind.ORDER_SHIPPED, "refundNo"),
        (MessageKind.REFUND_SUCCEEDED, "company"),
        (MessageKind.ORDER_PAID, "address"),
    ],
)
def test_a_message_has_only_its_own_sources(kind: MessageKind, name: str) -> None:
    assert source_of(kind, name) is None


def test_what_is_missing_is_a_dash() -> None:
    """WeChat refuses an empty value, and the message with it."""
    nothing = Occasion(MessageKind.ORDER_SHIPPED, Store(), Order(items=[OrderLine(name="茶", quantity=1)]))
    assert values_of(nothing, {"thing1": "company", "date2": "shippedAt"}) == {"thing1": "-", "date2": "-"}


def test_an_order_of_an_earlier_release_has_one_parcel() -> None:
    order = Order(shipment=Shipment(company="SF", tracking_no="SF1"), items=[OrderLine(name="茶", quantity=1)])
    told = Occasion(MessageKind.ORDER_SHIPPED, Store(), order)
    assert values_of(told, {"thing1": "company"}) == {"thing1": "SF"}


def test_a_fixed_text_is_said_as_it_is() -> None:
    assert values_of(occasion(MessageKind.ORDER_PAID), {"thing1": "=感谢您"}) == {"thing1": "感谢您"}
