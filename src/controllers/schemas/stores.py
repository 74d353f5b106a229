"""The shape of a store's file."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from src.controllers.schemas.base import RequestSchema
from src.controllers.schemas.fields import Flag, Text, Token
from src.controllers.schemas.message_templates import MessageTemplatesIn
from src.services.stores import DEFAULT_CODE_PAGE

_REQUIRED = validate.Length(min=1)
_HOST = validate.Regexp(r"\A[a-z0-9.-]+\Z", error="A host name in lower case, without a port.")

_PAGE = validate.Regexp(r"\A(?=.{1,128}\Z)[0-9A-Za-z_-]+(/[0-9A-Za-z_-]+)*\Z", error="A page without a leading slash.")
_PUSH_TOKEN = validate.Regexp(r"\A[A-Za-z0-9]{3,32}\Z", error="3 to 32 letters or digits.")
_PUSH_AES_KEY = validate.Regexp(r"\A[A-Za-z0-9]{43}\Z", error="43 letters or digits.")


class StoreIn(RequestSchema):
    """A store with its WeChat identity; keys are PEM text.

    Without WeChat Pay's public key the store uses platform certificates, which it gets by itself.
    """

    code = Token(required=True, validate=validate.Regexp(r"\A[a-z0-9][a-z0-9-]{0,31}\Z"))
    name = Text(required=True, min_length=1, max_length=50)
    hosts = fields.List(Token(validate=_HOST), required=True)
    is_default = Flag(required=True)
    appid = Token(required=True, validate=_REQUIRED)
    app_secret = Token(required=True, validate=_REQUIRED)
    mchid = Token(required=True, validate=_REQUIRED)
    merchant_serial = Token(required=True, validate=_REQUIRED)
    merchant_private_key = Token(required=True, validate=_REQUIRED)
    api_v3_key = Token(required=True, validate=validate.Regexp(r"\A[!-~]{32}\Z", error="32 ASCII characters."))
    wechatpay_public_key_id = Token(load_default=None, validate=_REQUIRED)
    wechatpay_public_key = Token(load_default=None, validate=_REQUIRED)
    upload_shipping = Flag(load_default=True)
    code_page = Token(load_default=DEFAULT_CODE_PAGE, validate=_PAGE)
    message_templates = fields.Nested(MessageTemplatesIn, load_default=dict)
    push_token = Token(load_default=None, validate=_PUSH_TOKEN)
    push_aes_key = Token(load_default=None, validate=_PUSH_AES_KEY)

    @validates_schema
    def aes_key_has_its_token(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["push_aes_key"] is not None and data["push_token"] is None:
            raise ValidationError("Messages are pushed with a token.", "pushToken")

    @validates_schema
    def public_key_is_whole(self, data: dict[str, Any], **kwargs: Any) -> None:
        if (data["wechatpay_public_key_id"] is None) != (data["wechatpay_public_key"] is None):
            raise ValidationError("The public key and its id come together.", "wechatpayPublicKey")
