"""Shapes of stores as whoever runs the platform sees them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields, pre_dump, validate, validates_schema

from src.controllers.schemas.base import PageQuery, RequestSchema, ResponseSchema, page_of
from src.controllers.schemas.fields import DayIn, Flag, Id, Integer, Moment, Text, Token
from src.controllers.schemas.freight import FreightOut
from src.controllers.schemas.staff import MAX_DISPLAY_NAME
from src.controllers.schemas.stores import StoreIn
from src.services.staff.accounts import MAX_USERNAME_LENGTH
from src.services.stores.secrets import SECRETS, is_set
from src.services.stores.stores import DEFAULT_TIME_ZONE
from src.services.tenants.usage import MOST_DAYS
from src.utils.api_names import camel_case
from src.utils.store_states import StoreStatus

_MOST_COUNTED = 1_000_000
_MOST_BYTES = 2**45
_LONGEST_ORDER_MINUTES = 24 * 60


def _known_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValidationError("Not a time zone.") from None


class StoreLimitsIn(RequestSchema):
    """Null for no limit; of uploads, for the one that the server is set up with."""

    max_products = Integer(maximum=_MOST_COUNTED, allow_none=True, metadata={"example": 5000})
    max_staff = Integer(maximum=_MOST_COUNTED, allow_none=True, metadata={"example": 20})
    max_upload_bytes = Integer(maximum=_MOST_BYTES, allow_none=True, metadata={"example": 2_147_483_648})


class TenantIn(StoreIn):
    """A store's file, and what the platform grants it. Keys are PEM text."""

    order_ttl_minutes = Integer(
        minimum=5,
        maximum=_LONGEST_ORDER_MINUTES,
        load_default=None,
        metadata={"example": 30, "description": "How long an order can be paid; null: as the server is set up."},
    )
    confirm_receipt_days = Integer(
        minimum=1,
        maximum=60,
        load_default=None,
        metadata={"example": 10, "description": "When a shipped order is completed; null: as the server is set up."},
    )
    time_zone = Token(
        load_default=DEFAULT_TIME_ZONE,
        validate=[validate.Length(max=64), _known_zone],
        metadata={"example": DEFAULT_TIME_ZONE, "description": "In which its days begin and end."},
    )
    limits = fields.Nested(StoreLimitsIn, load_default=dict)


class TenantSettingsIn(TenantIn):
    """Only what is to change. A secret replaces the one before; null takes one away that may be missing."""

    class Meta(TenantIn.Meta):
        exclude = ("code",)

    def __init__(self, **kwargs: Any) -> None:
        # Not for what is inside: a message template is given whole.
        kwargs.setdefault("partial", tuple(TenantIn._declared_fields))
        super().__init__(**kwargs)

    @validates_schema
    def aes_key_has_its_token(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Nothing: the other half may be stored already, so the service looks at both."""

    @validates_schema
    def public_key_is_whole(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Nothing, for the same reason."""


class SuspendIn(RequestSchema):
    reason = Text(required=True, min_length=1, max_length=200, metadata={"example": "欠费"})


class OwnerInvitationIn(RequestSchema):
    username = Text(required=True, min_length=1, max_length=MAX_USERNAME_LENGTH, metadata={"example": "owner"})
    display_name = Text(load_default="", max_length=MAX_DISPLAY_NAME, metadata={"example": "林小满"})


class TenantQuery(PageQuery):
    status = fields.Enum(StoreStatus, by_value=fields.String, load_default=None)
    keyword = Text(load_default="", max_length=50, metadata={"description": "In the code or the name."})


class UsageQuery(RequestSchema):
    first = DayIn(
        data_key="from", load_default=None, metadata={"description": "The first day, in the store's time zone."}
    )
    last = DayIn(data_key="to", load_default=None, metadata={"description": f"The last day; {MOST_DAYS} days at most."})


class StoreLimitsOut(ResponseSchema):
    max_products = Integer(required=True, allow_none=True)
    max_staff = Integer(required=True, allow_none=True)
    max_upload_bytes = Integer(required=True, allow_none=True)


class SecretOut(ResponseSchema):
    """What is told of a secret."""

    name = fields.String(required=True, metadata={"example": "apiV3Key"})
    is_set = Flag(required=True, metadata={"example": True})
    changed_at = Moment(required=True, allow_none=True, metadata={"description": "Null if before this was noted."})


class TenantOut(ResponseSchema):
    id = Id(required=True)
    code = fields.String(required=True, metadata={"example": "main"})
    name = fields.String(required=True, metadata={"example": "小满茶铺"})
    status = fields.Enum(StoreStatus, by_value=fields.String, required=True)
    suspended_at = Moment(required=True, allow_none=True)
    suspended_reason = fields.String(required=True, allow_none=True)
    appid = fields.String(required=True, metadata={"example": "wx8888888888888888"})
    mchid = fields.String(required=True, metadata={"example": "1900000001"})
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class TenantDetailOut(TenantOut):
    hosts = fields.List(fields.String(metadata={"example": "tea.example.com"}), required=True)
    is_default = Flag(required=True, metadata={"example": False})
    merchant_serial = fields.String(required=True, metadata={"example": "5157F09EFDC096DE15EBE81A47057A72"})
    wechatpay_public_key_id = fields.String(required=True, allow_none=True)
    wechatpay_public_key = fields.String(required=True, allow_none=True)
    upload_shipping = Flag(required=True, metadata={"example": True})
    code_page = fields.String(required=True, metadata={"example": "pages/product/index"})
    message_templates = fields.Dict(required=True, metadata={"example": {}})
    order_ttl_minutes = Integer(required=True, allow_none=True)
    confirm_receipt_days = Integer(required=True, allow_none=True)
    time_zone = fields.String(required=True, metadata={"example": DEFAULT_TIME_ZONE})
    limits = fields.Nested(StoreLimitsOut, required=True)
    freight = fields.Nested(FreightOut, required=True)
    secrets = fields.List(fields.Nested(SecretOut), required=True)

    @pre_dump
    def tell_of_secrets(self, store: Any, **kwargs: Any) -> dict[str, Any]:
        """Returns the store with which secrets it has, and without what they are."""
        told = {name: getattr(store, name) for name in self.fields if name != "secrets"}
        return {**told, "secrets": [_told(store, name) for name in SECRETS]}


def _told(store: Any, name: str) -> dict[str, Any]:
    changed_at = store.secrets_changed_at.get(name)
    return {"name": camel_case(name), "is_set": is_set(store, name), "changed_at": changed_at}


TenantPageOut = page_of(TenantOut)


class UsageOfDayOut(ResponseSchema):
    day = fields.Date(required=True, metadata={"example": "2026-11-20"})
    orders = Integer(required=True, metadata={"example": 12, "description": "Placed on the day."})
    gmv = Integer(
        required=True,
        metadata={"example": 46800, "description": "Fen that were paid on the day; refunds are not taken off."},
    )
    products = Integer(required=True, allow_none=True, metadata={"description": "At the day's last look; null: none."})
    storage_bytes = Integer(required=True, allow_none=True, metadata={"description": "Of pictures, as `products`."})
    api_calls = Integer(
        required=True, metadata={"example": 310, "description": "Those of the last seconds may be missing."}
    )


class UsageOut(ResponseSchema):
    list = fields.List(fields.Nested(UsageOfDayOut), required=True)
