"""The shape of a store's file."""

from __future__ import annotations

from marshmallow import fields, validate

from src.controllers.schemas.base import RequestSchema
from src.controllers.schemas.fields import Flag, Text, Token

_REQUIRED = validate.Length(min=1)
_HOST = validate.Regexp(r"\A[a-z0-9.-]+\Z", error="A host name in lower case, without a port.")


class StoreIn(RequestSchema):
    """A store with its WeChat identity; keys are PEM text."""

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
    wechatpay_public_key_id = Token(required=True, validate=_REQUIRED)
    wechatpay_public_key = Token(required=True, validate=_REQUIRED)
