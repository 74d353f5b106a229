"""POST /wxa/sec/order/…: states of an order, lists, reminders."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.sandbox.client import Control, Merchant, MiniProgram
from tests.contract.sandbox.shipping import DELIVERY_LIST, LIST, REMIND, UPLOAD, shown, with_parcel

DAY_S = 24 * 3600

Pay = Callable[..., str]


def test_the_user_confirms_the_receipt(
    program: MiniProgram, control: Control, user: str, shippable: str, form: dict[str, Any]
) -> None:
    assert control.call("POST", f"users/{user}/confirm-receipt", outTradeNo=shippable).status_code == 409
    program.call(UPLOAD, **form)
    control.post(f"users/{user}/confirm-receipt", outTradeNo=shippable)
    states = [shown(program, form)["order_state"]]
    control.advance(2)
    assert [*states, shown(program, form)["order_state"]] == [3, 4]
    assert control.call("POST", f"users/{user}/confirm-receipt", outTradeNo=shippable).status_code == 409
    assert program.errcode(UPLOAD, **{**form, **with_parcel(tracking_no="YT9")}) == 10060004


def test_only_the_payer_confirms(program: MiniProgram, control: Control, shippable: str, form: dict[str, Any]) -> None:
    program.call(UPLOAD, **form)
    assert control.call("POST", f"users/{control.user()}/confirm-receipt", outTradeNo=shippable).status_code == 404
    assert control.call("POST", "users/nobody/confirm-receipt", outTradeNo=shippable).status_code == 404
    assert shown(program, form)["order_state"] == 2


@pytest.mark.parametrize(("logistics_type", "days"), [(1, 10), (2, 2)])
def test_the_receipt_is_confirmed_by_itself_at_last(
    program: MiniProgram, control: Control, form: dict[str, Any], logistics_type: int, days: int
) -> None:
    program.call(UPLOAD, **{**form, "logistics_type": logistics_type})
    control.advance(days * DAY_S - 10)
    states = [shown(program, form)["order_state"]]
    control.advance(20)
    assert [*states, shown(program, form)["order_state"]] == [2, 4]


def test_what_is_refunded_is_not_shipped(
    program: MiniProgram, control: Control, merchant: Merchant, shippable: str, form: dict[str, Any]
) -> None:
    control.post("refunds/plan", outcome="SUCCESS", afterSeconds=0)
    for part, state in ((40, 1), (60, 5)):
        control.advance(60)
        assert merchant.refund(merchant.refund_of(shippable, part)).status_code == 200
        control.advance(1)
        assert shown(program, form)["order_state"] == state
    assert program.errcode(UPLOAD, **form) == 10060004


def test_orders_are_listed_page_by_page(program: MiniProgram, control: Control, pay: Pay) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(pay())
        control.advance(10)
    first = program.call(LIST, page_size=2).json()
    second = program.call(LIST, page_size=2, last_index=first["last_index"]).json()
    listed = [[order["merchant_trade_no"] for order in page["order_list"]] for page in (first, second)]
    assert listed == [numbers[:0:-1], numbers[:1]]
    assert (first["has_more"], second["has_more"]) == (True, False)


def test_orders_are_listed_by_time_state_and_user(
    program: MiniProgram, control: Control, pay: Pay, openid: str
) -> None:
    early = pay()
    control.advance(100)
    late = pay()
    control.advance(3)

    def listed(**query: Any) -> list[str]:
        return [order["merchant_trade_no"] for order in program.call(LIST, **query).json()["order_list"]]

    split_at = int(control.call("GET", "clock").json()["unix"]) - 50
    assert listed(pay_time_range={"begin_time": split_at}) == [late]
    assert listed(pay_time_range={"end_time": split_at}) == [early]
    assert (listed(order_state=1, openid=openid), listed(order_state=2), listed(openid="o")) == ([late, early], [], [])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"page_size": 101}, 10060014),
        ({"page_size": "1"}, 10060014),
        ({"last_index": "nowhere"}, 10060011),
        ({"pay_time_range": {"begin_time": "1"}}, 10060014),
    ],
)
def test_refuses_a_wrong_list(program: MiniProgram, shippable: str, query: dict[str, Any], expected: int) -> None:
    assert program.errcode(LIST, **query) == expected


def test_a_shopper_is_reminded_once(
    program: MiniProgram, control: Control, shippable: str, form: dict[str, Any]
) -> None:
    key = {"transaction_id": form["order_key"]["transaction_id"]}
    received = int(control.call("GET", "clock").json()["unix"])
    assert program.errcode(REMIND, **key, received_time=received) == 10060028
    program.call(UPLOAD, **form)
    wrong = [program.errcode(REMIND, **key, received_time=time) for time in (received + 3600, 1, "now")]
    assert wrong == [10060029] * 3
    assert [program.errcode(REMIND, **key, received_time=received) for _ in range(2)] == [0, 10060030]


def test_only_express_can_be_reminded_of(program: MiniProgram, control: Control, form: dict[str, Any]) -> None:
    program.call(UPLOAD, **{**form, "logistics_type": 3})
    received = int(control.call("GET", "clock").json()["unix"])
    key = {"transaction_id": form["order_key"]["transaction_id"]}
    assert program.errcode(REMIND, **key, received_time=received) == 10060032


def test_the_rest_of_the_family(program: MiniProgram, other: dict[str, str]) -> None:
    assert program.errcode("/wxa/sec/order/set_msg_jump_path", path="pages/order/index") == 0
    assert program.errcode("/wxa/sec/order/set_msg_jump_path") == 10060014
    managed = program.call("/wxa/sec/order/is_trade_managed", appid=program.appid).json()
    assert managed == {"errcode": 0, "errmsg": "ok", "is_trade_managed": True}
    assert program.errcode("/wxa/sec/order/is_trade_managed", appid=other["appid"]) == 40013


def test_delivery_companies_have_codes(program: MiniProgram) -> None:
    answer = program.call(DELIVERY_LIST).json()
    companies = {each["delivery_id"]: each["delivery_name"] for each in answer["delivery_list"]}
    assert (answer["errcode"], answer["count"]) == (0, len(companies))
    assert (companies["SF"], companies["ZTO"]) == ("顺丰速运", "中通快递")
