"""Shapes of webhook endpoints and deliveries."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from src.controllers.schemas.base import PageQuery, RequestSchema, ResponseSchema, page_of
from src.controllers.schemas.fields import BoundedList, Flag, Id, Integer, Moment, Text, Token
from src.services.webhooks.addresses import MAX_URL_LENGTH
from src.services.webhooks.catalogue import FILTERS
from src.services.webhooks.deliveries import DeliveryState
from src.services.webhooks.endpoints import NewWebhook

_URL = "https://erp.example.com/hooks/minimall"
_BODY = (
    '{"id":"66f0a1b2c3d4e5f60718293a","type":"order.paid","createdAt":"2026-11-20T02:00:00.000+00:00",'
    '"storeCode":"main","aggregate":{"type":"order","id":"66f0a1b2c3d4e5f60718293b","seq":2},'
    '"data":{"orderNo":"202611201000009T3K8XWQ2ZB7M","totalAmount":7800,"reason":""}}'
)
_STATES = [state.value for state in DeliveryState]


def _event_filters(**kwargs: Any) -> BoundedList:
    named = {"enum": list(FILTERS), "example": "order.*"}
    return BoundedList(
        Token(validate=validate.OneOf(FILTERS), metadata=named),
        min_length=1,
        max_length=len(FILTERS),
        metadata={"example": ["order.*", "refund.succeeded"], "description": "`*`, a family, or single types."},
        **kwargs,
    )


class _WebhookFields(RequestSchema):
    url = Token(
        validate=validate.Length(min=1, max=MAX_URL_LENGTH),
        metadata={"example": _URL, "description": "https on port 443 or 8443, at a public address."},
    )
    events = _event_filters()
    description = Text(max_length=200, metadata={"example": "ERP"})

    @validates_schema
    def names_no_event_twice(self, data: dict[str, Any], **kwargs: Any) -> None:
        events = data.get("events", [])
        if len(set(events)) != len(events):
            raise ValidationError("One of them is named twice.", "events")


class WebhookIn(_WebhookFields):
    url = Token(
        required=True,
        validate=validate.Length(min=1, max=MAX_URL_LENGTH),
        metadata={"example": _URL, "description": "https on port 443 or 8443, at a public address."},
    )
    events = _event_filters(required=True)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> NewWebhook:
        return NewWebhook(**data)


class WebhookEditIn(_WebhookFields):
    """Only the given fields change."""

    is_active = Flag(metadata={"example": True, "description": "True also forgets earlier failures."})

    @validates_schema
    def is_a_change(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Give at least one field.")


class WebhookOut(ResponseSchema):
    id = Id(required=True)
    url = fields.String(required=True, metadata={"example": _URL})
    events = fields.List(fields.String(metadata={"example": "order.*"}), required=True)
    description = fields.String(required=True, metadata={"example": "ERP"})
    is_active = fields.Boolean(required=True, metadata={"example": True})
    disabled_reason = fields.String(
        required=True, metadata={"example": "", "description": "Why it was switched off, if the server did that."}
    )
    disabled_at = Moment(required=True, allow_none=True)
    failing_since = Moment(required=True, allow_none=True, metadata={"description": "Null while deliveries arrive."})
    dead_deliveries = Integer(
        required=True, metadata={"example": 0, "description": "Given up since the last one that arrived."}
    )
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class WebhookListOut(ResponseSchema):
    list = fields.List(fields.Nested(WebhookOut), required=True)


class WebhookSecretOut(ResponseSchema):
    """An endpoint and its secret, which is never shown again."""

    webhook = fields.Nested(WebhookOut, required=True, attribute="endpoint")
    secret = fields.String(
        required=True,
        metadata={"example": "mmwh_3q2-7wXb0Yk1mZr8TnLs5VdJc9HgPaEuFiKoRyWtQxM", "description": "Signs what is sent."},
    )


class DeliveryQuery(PageQuery):
    state = Token(validate=validate.OneOf(_STATES), load_default=None, metadata={"enum": _STATES})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        query: dict[str, Any] = super().build(data)
        return {**query, "state": DeliveryState(query["state"]) if query["state"] else None}


class DeliveryOut(ResponseSchema):
    id = Id(required=True)
    webhook_id = Id(required=True, attribute="endpoint_id")
    event_id = Id(required=True)
    event_type = fields.String(required=True, metadata={"example": "order.paid"})
    state = fields.Enum(DeliveryState, by_value=fields.String, required=True)
    tries = Integer(
        required=True, metadata={"example": 1, "description": "Attempts since it was made or last asked for again."}
    )
    next_attempt_at = Moment(required=True, allow_none=True)
    created_at = Moment(required=True)
    finished_at = Moment(required=True, allow_none=True)


class DeliveryAttemptOut(ResponseSchema):
    at = Moment(required=True)
    duration_ms = Integer(required=True, metadata={"example": 87})
    status = Integer(required=True, allow_none=True, metadata={"description": "Null if no answer came."})
    failure = fields.String(
        required=True, metadata={"example": "no answer in time", "description": "Why none came; otherwise empty."}
    )
    answer = fields.String(required=True, metadata={"example": "", "description": "How the answer's body began."})


class DeliveryDetailOut(DeliveryOut):
    body = fields.String(required=True, metadata={"example": _BODY, "description": "What is sent, byte for byte."})
    attempts = fields.List(
        fields.Nested(DeliveryAttemptOut), required=True, metadata={"description": "The latest, the newest last."}
    )


DeliveryPageOut = page_of(DeliveryOut)
