"""POST /wxa/sec/order/upload_shipping_info."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.contract.sandbox.client import Control, Merchant, MiniProgram
from tests.contract.sandbox.shipping import (
    DELIVERY_LIST,
    GET,
    LIST,
    PARCEL,
    REMIND,
    UPLOAD,
    in_parcels,
    shown,
    with_parcel,
)

Pay = Callable[..., str]


@pytest.mark.parametrize("path", [UPLOAD, GET, LIST, REMIND])
def test_refuses_what_is_not_posted_json_with_a_token(program: MiniProgram, path: str) -> None:
    with_token = f"{program.url}{path}?access_token={program.token()['access_token']}"
    answers = [
        requests.get(with_token, timeout=5),
        requests.post(program.url + path, data=b"{}", timeout=5),
        requests.post(f"{program.url}{path}?access_token={'x' * 100}", data=b"{}", timeout=5),
        requests.post(with_token, timeout=5),
        requests.post(with_token, data=b"[]", timeout=5),
    ]
    assert [answer.json()["errcode"] for answer in answers] == [43002, 41001, 40001, 44002, 47001]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"order_key": {}}, 268485194),
        ({"order_key": {"order_number_type": 3}}, 268485194),
        ({"order_key": {"order_number_type": 2}}, 268485195),
        ({"order_key": {"order_number_type": 1, "out_trade_no": "n"}}, 268485196),
        ({"order_key": {"order_number_type": 1, "mchid": "19"}}, 268485197),
        ({"order_key": {"order_number_type": 2, "transaction_id": "4200"}}, 10060001),
        ({"logistics_type": 5}, 10060005),
        ({"logistics_type": True}, 10060005),
        ({"delivery_mode": 3}, 268485224),
        ({"shipping_list": PARCEL}, 47001),
        ({"shipping_list": []}, 268485228),
        ({"shipping_list": [PARCEL, PARCEL]}, 268485228),
        ({"delivery_mode": 2, "is_all_delivered": True, "logistics_type": 2}, 10060006),
        ({"delivery_mode": 2}, 10060007),
        ({"delivery_mode": 2, "is_all_delivered": True, "shipping_list": [PARCEL] * 16}, 10060024),
        (with_parcel(item_desc=None), 10060008),
        (with_parcel(item_desc="杯" * 121), 10060009),
        (with_parcel(tracking_no=None), 268485226),
        (with_parcel(express_company=""), 268485227),
        (with_parcel(express_company="Y" * 129), 10060025),
        (with_parcel(tracking_no="1" * 129), 10060026),
        (with_parcel(express_company="SF"), 10060014),
        (with_parcel(express_company="SF", contact={}), 10060014),
        (with_parcel(express_company="SF", contact={"receiver_contact": "13800138000"}), 10060014),
        (with_parcel(express_company="SF", contact={"receiver_contact": "138********"}), 10060014),
        ({"upload_time": "2026-01-05T13:29:35+08:00"}, 268485216),
        ({"upload_time": "2026-01-05T13:29:35.120"}, 268485216),
        ({"upload_time": "2026-02-30T13:29:35.120+08:00"}, 268485216),
        ({"upload_time": 1767590975}, 268485216),
        ({"payer": {}}, 10060014),
        ({"payer": {"openid": "o" * 28}}, 10060031),
    ],
)
def test_refuses_a_wrong_upload(
    program: MiniProgram, control: Control, form: dict[str, Any], change: dict[str, Any], expected: int
) -> None:
    assert program.errcode(UPLOAD, **{**form, **change}) == expected
    assert control.ledger()["shippings"] == []
    assert shown(program, form)["order_state"] == 1


@pytest.mark.parametrize("contact", [{"receiver_contact": "138****6666"}, {"consignor_contact": "021-****1234"}])
def test_sf_needs_one_masked_number(program: MiniProgram, form: dict[str, Any], contact: dict[str, str]) -> None:
    assert program.errcode(UPLOAD, **{**form, **with_parcel(express_company="SF", contact=contact)}) == 0


def test_other_ways_than_express_need_a_description_only(program: MiniProgram, form: dict[str, Any]) -> None:
    parcel = with_parcel(tracking_no=None, express_company=None)
    assert program.errcode(UPLOAD, **{**form, "logistics_type": 4, **parcel}) == 0
    assert shown(program, form)["order_state"] == 2


def test_a_payment_is_unknown_for_three_seconds(
    program: MiniProgram, control: Control, pay: Pay, form: dict[str, Any]
) -> None:
    order = control.order(pay())
    fresh = {**form, "order_key": {"order_number_type": 2, "transaction_id": order["transactionId"]}}
    assert program.errcode(UPLOAD, **fresh) == 10060001
    assert program.errcode(GET, transaction_id=order["transactionId"]) == 10060001
    control.advance(3)
    assert program.errcode(UPLOAD, **fresh) == 0


def test_how_long_a_payment_is_unknown_can_be_set(
    program: MiniProgram, control: Control, shippable: str, form: dict[str, Any]
) -> None:
    control.post("shipping/visibility", seconds=600)
    assert program.errcode(UPLOAD, **form) == 10060001
    control.post("shipping/visibility", seconds=0)
    assert program.errcode(UPLOAD, **form) == 0


def test_what_is_not_paid_is_unknown(program: MiniProgram, control: Control, merchant: Merchant, openid: str) -> None:
    order = merchant.order(openid)
    merchant.prepay(order)
    control.advance(10)
    key = {"merchant_id": merchant.mchid, "merchant_trade_no": order["out_trade_no"]}
    assert program.errcode(GET, **key) == 10060001


def test_an_order_of_another_app_is_unknown(program: MiniProgram, other: dict[str, str], form: dict[str, Any]) -> None:
    stranger = MiniProgram(program.url, other)
    assert stranger.errcode(UPLOAD, **form) == 10060001
    assert stranger.call(LIST).json()["order_list"] == []


def test_an_upload_ships_the_order(
    program: MiniProgram, control: Control, merchant: Merchant, shippable: str, form: dict[str, Any]
) -> None:
    key = {"order_number_type": 1, "mchid": merchant.mchid, "out_trade_no": shippable}
    assert program.call(UPLOAD, **{**form, "order_key": key}).json() == {"errcode": 0, "errmsg": "ok"}
    order = program.call(GET, merchant_id=merchant.mchid, merchant_trade_no=shippable).json()["order"]
    times = [order.pop("trade_create_time"), order.pop("pay_time")]
    assert all(type(time) is int for time in times)
    assert order == {
        "transaction_id": control.order(shippable)["transactionId"],
        "merchant_id": merchant.mchid,
        "merchant_trade_no": shippable,
        "description": "青花瓷茶杯",
        "paid_amount": 100,
        "openid": form["payer"]["openid"],
        "order_state": 2,
        "in_complaint": False,
        "shipping": {
            "delivery_mode": 1,
            "logistics_type": 1,
            "finish_shipping": True,
            "goods_desc": "青花瓷茶杯*2",
            "finish_shipping_count": 1,
            "shipping_list": [PARCEL],
        },
    }


def test_the_same_again_changes_nothing(program: MiniProgram, control: Control, form: dict[str, Any]) -> None:
    assert program.errcode(UPLOAD, **form) == 0
    assert program.errcode(UPLOAD, **form) == 10060023
    assert program.errcode(UPLOAD, **{**form, "upload_time": "2026-01-05T14:00:00.000+08:00"}) == 10060023
    [shipment] = control.ledger()["shippings"]
    assert (shipment["finishCount"], len(shipment["uploads"])) == (1, 1)


def test_shipping_data_is_corrected_once(program: MiniProgram, form: dict[str, Any]) -> None:
    corrected = {**form, **with_parcel(tracking_no="YT999"), "upload_time": "2026-01-05T13:29:35.121+08:00"}
    again = {**form, **with_parcel(tracking_no="YT000"), "upload_time": "2026-01-05T13:29:35.122+08:00"}
    assert [program.errcode(UPLOAD, **each) for each in (form, corrected, again)] == [0, 0, 10060003]
    shipping = shown(program, form)["shipping"]
    assert (shipping["finish_shipping_count"], shipping["shipping_list"][0]["tracking_no"]) == (2, "YT999")


@pytest.mark.parametrize("time", ["2026-01-05T13:29:35.120+08:00", "2026-01-05T05:29:35.119Z"])
def test_an_upload_is_newer_than_the_one_before(program: MiniProgram, form: dict[str, Any], time: str) -> None:
    program.call(UPLOAD, **form)
    assert program.errcode(UPLOAD, **{**form, **with_parcel(tracking_no="YT999"), "upload_time": time}) == 268485216
    assert shown(program, form)["shipping"]["shipping_list"] == [PARCEL]


def test_parcels_go_out_one_after_another(program: MiniProgram, form: dict[str, Any]) -> None:
    states = []
    for second, (parcels, last) in enumerate([(1, False), (2, False), (15, True)]):
        assert program.errcode(UPLOAD, **in_parcels(form, second, parcels, last)) == 0
        order = shown(program, form)
        states.append((order["order_state"], order["shipping"]["finish_shipping_count"]))
        assert len(order["shipping"]["shipping_list"]) == parcels
    assert states == [(1, 0), (1, 0), (2, 1)]


def test_nothing_is_shipped_after_the_last_parcel(program: MiniProgram, form: dict[str, Any]) -> None:
    program.call(UPLOAD, **in_parcels(form, 1, 1, True))
    assert program.errcode(UPLOAD, **in_parcels(form, 2, 2, False)) == 10060002


@pytest.mark.parametrize("endpoint", ["upload_shipping_info", "get_order", "get_delivery_list"])
def test_it_can_be_busy(program: MiniProgram, control: Control, form: dict[str, Any], endpoint: str) -> None:
    paths = {"upload_shipping_info": UPLOAD, "get_order": GET}
    path = paths.get(endpoint, DELIVERY_LIST)
    control.fault(endpoint, "errcode", errcode=10060012)
    assert program.errcode(path, **form) == 10060012
    assert control.ledger()["shippings"] == []


def test_an_upload_whose_answer_is_lost_has_been_made(
    program: MiniProgram, control: Control, form: dict[str, Any]
) -> None:
    control.fault("upload_shipping_info", "reset_after")
    with pytest.raises(requests.ConnectionError):
        program.call(UPLOAD, **form)
    assert program.errcode(UPLOAD, **form) == 10060023
