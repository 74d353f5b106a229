"""Shipping data as a backend uploads it."""

from typing import Any

from tests.contract.sandbox.client import MiniProgram

UPLOAD = "/wxa/sec/order/upload_shipping_info"
GET = "/wxa/sec/order/get_order"
LIST = "/wxa/sec/order/get_order_list"
REMIND = "/wxa/sec/order/notify_confirm_receive"
DELIVERY_LIST = "/cgi-bin/express/delivery/open_msg/get_delivery_list"
PARCEL = {"tracking_no": "YT123", "express_company": "YTO", "item_desc": "青花瓷茶杯*2"}


def shown(program: MiniProgram, form: dict[str, Any]) -> Any:
    return program.call(GET, transaction_id=form["order_key"]["transaction_id"]).json()["order"]


def in_parcels(form: dict[str, Any], second: int, parcels: int, last: bool) -> dict[str, Any]:
    listed = [{**PARCEL, "tracking_no": f"YT{index}"} for index in range(parcels)]
    time = f"2026-01-05T13:29:{second:02d}.000+08:00"
    return {**form, "delivery_mode": 2, "is_all_delivered": last, "shipping_list": listed, "upload_time": time}


def with_parcel(**changes: Any) -> dict[str, Any]:
    parcel = {**PARCEL, **changes}
    return {"shipping_list": [{name: value for name, value in parcel.items() if value is not None}]}
