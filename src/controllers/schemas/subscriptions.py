"""Shapes of subscribe messages."""

from __future__ import annotations

from marshmallow import fields, validate

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import Integer, Token
from src.services.messages.values import MessageKind

_TEMPLATE_ID = validate.Length(min=1, max=64)
_RESULT = validate.Regexp(r"\A[A-Za-z]{1,32}\Z", error="One of the words that wx.requestSubscribeMessage answers.")
# More than a client may ask for at once.
_MOST_RESULTS = 10
_EXAMPLE_ID = "wCTnXhl9c3cKM4yTTVh1kCK4BjJqFLTAX1NJ0AM7m5o"


class GrantsIn(RequestSchema):
    results = fields.Dict(
        keys=Token(validate=_TEMPLATE_ID),
        values=Token(validate=_RESULT),
        required=True,
        validate=validate.Length(min=1, max=_MOST_RESULTS),
        metadata={"example": {_EXAMPLE_ID: "accept"}, "description": "By template id, as the client was answered."},
    )


class TemplateOut(ResponseSchema):
    event = fields.Enum(MessageKind, by_value=fields.String, required=True)
    template_id = fields.String(required=True, metadata={"example": _EXAMPLE_ID})
    left = Integer(required=True, metadata={"example": 1, "description": "Messages the shopper has accepted."})


class TemplatesOut(ResponseSchema):
    list = fields.List(fields.Nested(TemplateOut), required=True)
