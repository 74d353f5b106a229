"""The shape of a store's file."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from src.controllers.schemas.base import RequestSchema
from src.controllers.schemas.fields import BoundedList, Flag, Text, Token
from src.controllers.schemas.freight import FreightIn
from src.controllers.schemas.message_templates import MessageTemplatesIn
from src.services.stores.stores import DEFAULT_CODE_PAGE

_SHORT = validate.Length(min=1, max=128)
_PEM = validate.Length(min=1, max=8192)
_MOST_HOSTS = 20
_API_V3_KEY = validate.Regexp(r"\A[!-~]{32}\Z", error="32 ASCII characters.")
_HOST = validate.Regexp(r"\A[a-z0-9.-]{1,253}\Z", error="A host name in lower case, without a port.")

_PAGE = validate.Regexp(r"\A(?=.{1,128}\Z)[0-9A-Za-z_-]+(/[0-9A-Za-z_-]+)*\Z", error="A page without a leading slash.")
_PUSH_TOKEN = validate.Regexp(r"\A[A-Za-z0-9]{3,32}\Z", error="3 to 32 letters or digits.")
_PUSH_AES_KEY = validate.Regexp(r"\A[A-Za-z0-9]{43}\Z", error="43 letters or digits.")


class StoreIn(RequestSchema):
    """A store with its WeChat identity; keys are PEM text.

    Without WeChat Pay's public key the store uses platform certificates, which it gets by itself.
    """

    code = Token(
        required=True, validate=validate.Regexp(r"\A[a-z0-9][a-z0-9-]{0,31}\Z"), metadata={"example": "second"}
    )
    name = Text(required=True, min_length=1, max_length=50, metadata={"example": "小满茶铺"})
    hosts = BoundedList(
        Token(validate=_HOST, metadata={"example": "tea.example.com"}), required=True, max_length=_MOST_HOSTS
    )
    is_default = Flag(required=True, metadata={"example": False})
    appid = Token(required=True, validate=_SHORT, metadata={"example": "wx8888888888888888"})
    app_secret = Token(required=True, validate=_SHORT, metadata={"example": "3f9c02d81ab4"})
    mchid = Token(required=True, validate=_SHORT, metadata={"example": "1900000001"})
    merchant_serial = Token(required=True, validate=_SHORT, metadata={"example": "5157F09EFDC096DE15EBE81A47057A72"})
    merchant_private_key = Token(required=True, validate=_PEM, metadata={"example": "the PEM text"})
    api_v3_key = Token(required=True, validate=_API_V3_KEY, metadata={"example": "0123456789abcdef0123456789abcdef"})
    wechatpay_public_key_id = Token(
        load_default=None, validate=_SHORT, metadata={"example": "PUB_KEY_ID_0119000000012026112000000001"}
    )
    wechatpay_public_key = Token(load_default=None, validate=_PEM, metadata={"example": "the PEM text"})
    upload_shipping = Flag(load_default=True, metadata={"example": True})
    code_page = Token(load_default=DEFAULT_CODE_PAGE, validate=_PAGE, metadata={"example": DEFAULT_CODE_PAGE})
    message_templates = fields.Nested(MessageTemplatesIn, load_default=dict, metadata={"example": {}})
    freight = fields.Nested(
        FreightIn, metadata={"description": "Left out, it stays as it is; a new store takes nothing for sending."}
    )
    push_token = Token(load_default=None, validate=_PUSH_TOKEN, metadata={"example": "pushToken2026"})
    push_aes_key = Token(load_default=None, validate=_PUSH_AES_KEY, metadata={"example": "a" * 43})

    @validates_schema
    def aes_key_has_its_token(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["push_aes_key"] is not None and data["push_token"] is None:
            raise ValidationError("Messages are pushed with a token.", "pushToken")

    @validates_schema
    def public_key_is_whole(self, data: dict[str, Any], **kwargs: Any) -> None:
        if (data["wechatpay_public_key_id"] is None) != (data["wechatpay_public_key"] is None):
            raise ValidationError("The public key and its id come together.", "wechatpayPublicKey")
