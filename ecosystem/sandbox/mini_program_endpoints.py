"""Every endpoint of the mini-program server API, by path: its name and what answers it."""

from collections.abc import Callable, Mapping

from ecosystem.sandbox import (
    content_security,
    couriers,
    mini_program,
    program_codes,
    shipping,
    subscribe_messages,
)
from ecosystem.sandbox.messages import Request, Response
from ecosystem.sandbox.state import State

ENDPOINTS: Mapping[str, tuple[str, Callable[[State, Request], Response]]] = {
    "/sns/jscode2session": ("code2session", mini_program.code_to_session),
    "/cgi-bin/stable_token": ("stable_token", mini_program.stable_token),
    "/wxa/business/getuserphonenumber": ("phone_number", mini_program.phone_number),
    "/wxa/sec/order/upload_shipping_info": ("upload_shipping_info", shipping.upload_shipping_info),
    "/wxa/sec/order/get_order": ("get_order", shipping.get_order),
    "/wxa/sec/order/get_order_list": ("get_order_list", shipping.get_order_list),
    "/wxa/sec/order/notify_confirm_receive": ("notify_confirm_receive", shipping.notify_confirm_receive),
    "/wxa/sec/order/set_msg_jump_path": ("set_msg_jump_path", shipping.set_msg_jump_path),
    "/wxa/sec/order/is_trade_managed": ("is_trade_managed", shipping.is_trade_managed),
    "/cgi-bin/express/delivery/open_msg/get_delivery_list": ("get_delivery_list", couriers.get_delivery_list),
    "/cgi-bin/message/subscribe/send": ("subscribe_send", subscribe_messages.send),
    "/wxa/msg_sec_check": ("msg_sec_check", content_security.check_text),
    "/wxa/media_check_async": ("media_check_async", content_security.check_media),
    "/wxa/getwxacodeunlimit": ("wxacode", program_codes.get_code),
}
NAMES = tuple(name for name, _ in ENDPOINTS.values())
