"""WeChat's order shipping management: what was sent, told to WeChat, so that it pays the money out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from src.services.wechat.access_token import WeChatTokens
from src.services.wechat.errors import MiniProgramError, OutcomeUnknown
from src.services.wechat.mini_program import MiniProgram
from src.services.wechat.mini_program_call import call
from src.services.wechat.transport import Transport

MAX_PARCELS = 15
MAX_DESCRIPTION = 120
NOT_VISIBLE_YET = 10060001
ALREADY_FINISHED = 10060002
RESEND_USED_UP = 10060003
BUSY = frozenset({-1, 45009, 45011, 10060012, 10060019})
_NOTHING_CHANGED = 10060023
_CONTACT_NEEDED = "SF"
_BY_TRANSACTION, _EXPRESS, _ONE_SHIPMENT, _SPLIT = 2, 1, 1, 2
_BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class SentParcel:
    """`company` is WeChat's delivery id, such as `SF`."""

    company: str
    tracking_no: str


@dataclass(frozen=True)
class Sending:
    """The parcels of one paid order so far; perhaps `more_follow`.

    `contents` describe what is in each, where that is known; otherwise the `description` of the order does.
    """

    transaction_id: str
    openid: str
    description: str
    receiver_phone: str
    parcels: tuple[SentParcel, ...]
    contents: tuple[str, ...] = ()
    more_follow: bool = False


@dataclass(frozen=True)
class DeliveryCompany:
    id: str
    name: str


class ShippingClient:
    """Calls of the shipping management, for one mini-program each."""

    def __init__(self, *, transport: Transport, access_tokens: WeChatTokens) -> None:
        self._transport = transport
        self._access_tokens = access_tokens

    def upload(self, app: MiniProgram, sending: Sending, *, at: datetime) -> None:
        """WeChat knows the parcels afterwards; the same ones again change nothing.

        `at` must be later than that of the order's previous upload.

        Raises:
            MiniProgramError: refused. OutcomeUnknown: no usable answer, WeChat may know them.
        Source: Mini Program server API, order shipping management, uploadShippingInfo.
        """
        try:
            self._post(app, "/wxa/sec/order/upload_shipping_info", upload_body(sending, at))
        except MiniProgramError as error:
            if error.errcode != _NOTHING_CHANGED:
                raise

    def known_parcels(self, app: MiniProgram, transaction_id: str) -> frozenset[SentParcel]:
        """Returns the parcels that WeChat has for a payment, none before the first upload.

        Raises:
            MiniProgramError: refused. OutcomeUnknown: no usable answer.
        Source: Mini Program server API, order shipping management, getOrder.
        """
        answer = self._post(app, "/wxa/sec/order/get_order", {"transaction_id": transaction_id})
        try:
            shipped = (answer["order"].get("shipping") or {}).get("shipping_list") or []
            return frozenset(SentParcel(str(one["express_company"]), str(one["tracking_no"])) for one in shipped)
        except (KeyError, TypeError, AttributeError):
            raise OutcomeUnknown("no order") from None

    def delivery_companies(self, app: MiniProgram) -> list[DeliveryCompany]:
        """Returns the companies whose parcels WeChat can follow.

        Raises:
            MiniProgramError: refused. OutcomeUnknown: no usable answer.
        Source: Mini Program server API, express open messages, getDeliveryList.
        """
        answer = self._post(app, "/cgi-bin/express/delivery/open_msg/get_delivery_list", {})
        try:
            return [DeliveryCompany(str(one["delivery_id"]), str(one["delivery_name"])) for one in _listed(answer)]
        except (KeyError, TypeError):
            raise OutcomeUnknown("no delivery_list") from None

    def _post(self, app: MiniProgram, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._access_tokens.use(
            app.appid,
            app.app_secret,
            lambda token: call(self._transport, "POST", f"{path}?access_token={token}", body),
        )


def upload_body(sending: Sending, at: datetime) -> dict[str, Any]:
    """Returns the body of an upload. Of the receiver WeChat gets a masked number, and only where it insists on it."""
    split = sending.more_follow or len(sending.parcels) > 1
    contents = sending.contents or [""] * len(sending.parcels)
    described = zip(sending.parcels, contents, strict=True)
    return {
        "order_key": {"order_number_type": _BY_TRANSACTION, "transaction_id": sending.transaction_id},
        "logistics_type": _EXPRESS,
        "delivery_mode": _SPLIT if split else _ONE_SHIPMENT,
        **({"is_all_delivered": not sending.more_follow} if split else {}),
        "shipping_list": [_parcel(parcel, content or sending.description, sending) for parcel, content in described],
        "upload_time": at.astimezone(_BEIJING).isoformat(timespec="milliseconds"),
        "payer": {"openid": sending.openid},
    }


def _parcel(parcel: SentParcel, description: str, sending: Sending) -> dict[str, Any]:
    contact = {"contact": {"receiver_contact": _masked(sending.receiver_phone)}}
    return {
        "tracking_no": parcel.tracking_no,
        "express_company": parcel.company,
        "item_desc": description,
        **(contact if parcel.company == _CONTACT_NEEDED else {}),
    }


def _masked(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}"


def _listed(answer: dict[str, Any]) -> list[dict[str, Any]]:
    listed = answer["delivery_list"]
    if not isinstance(listed, list):
        raise TypeError(listed)
    return listed
