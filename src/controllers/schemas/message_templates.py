"""Subscribe messages in a store's file."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from src.controllers.schemas.base import RequestSchema
from src.controllers.schemas.fields import Token
from src.services.messages.values import FIXED_TEXT, MessageKind, source_of
from src.services.wechat.template_values import fitted, type_of

_TEMPLATE_ID = validate.Regexp(r"\A[0-9A-Za-z_-]{1,64}\Z", error="1 to 64 letters, digits, - or _.")
_PAGE = validate.Regexp(
    r"\A(?!/)[0-9A-Za-z/_?=&.-]*(\{orderId\}[0-9A-Za-z/_?=&.-]*)?\Z",
    error="A page's path without a leading slash; {{orderId}} stands for the order.",
)
_MOST_FIELDS = 10


class MessageTemplateIn(RequestSchema):
    """A template as the mini-program's owner has chosen it at WeChat: which field says what.

    A field says what a source of its occasion says (`productName`), or a fixed text behind `=`.
    """

    template_id = Token(required=True, validate=_TEMPLATE_ID, metadata={"example": "template-1"})
    page = Token(
        load_default="", validate=[validate.Length(max=256), _PAGE], metadata={"example": "pages/order?id={orderId}"}
    )
    fields = fields.Dict(  # type: ignore[assignment]  # the word that WeChat's console uses too
        keys=Token(validate=validate.Length(max=64)),
        values=Token(validate=validate.Length(max=200)),
        required=True,
        validate=validate.Length(min=1, max=_MOST_FIELDS),
        metadata={"example": {"thing1": "productName"}},
    )


class MessageTemplatesIn(RequestSchema):
    order_paid = fields.Nested(MessageTemplateIn, data_key="order_paid")
    order_shipped = fields.Nested(MessageTemplateIn, data_key="order_shipped")
    refund_succeeded = fields.Nested(MessageTemplateIn, data_key="refund_succeeded")

    @validates_schema
    def fields_take_their_sources(self, data: dict[str, Any], **kwargs: Any) -> None:
        errors = {
            kind: {"fields": wrong}
            for kind, template in data.items()
            if (wrong := _wrong_fields(MessageKind(kind), template["fields"]))
        }
        if errors:
            raise ValidationError(errors)


def _wrong_fields(kind: MessageKind, wanted: dict[str, str]) -> dict[str, list[str]]:
    reasons = {field: _reason(kind, field, source) for field, source in wanted.items()}
    return {field: [reason] for field, reason in reasons.items() if reason}


def _reason(kind: MessageKind, field: str, wanted: str) -> str | None:
    field_type = type_of(field)
    if field_type is None:
        return "No type of WeChat's followed by a number, such as thing1."
    if wanted.startswith(FIXED_TEXT):
        text = wanted.removeprefix(FIXED_TEXT)
        return None if text and fitted(field, text) == text else f"No value of type {field_type}."
    source = source_of(kind, wanted)
    if source is None:
        return f"{kind.value} has no such source."
    return None if field_type in source.types else f"Takes no {wanted}; it fits {', '.join(sorted(source.types))}."
