"""Shapes of the audit log."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from src.controllers.schemas.base import PageQuery, ResponseSchema, page_of
from src.controllers.schemas.fields import Id, Moment, Token
from src.controllers.schemas.periods import Period
from src.services.audit_log_reading import AuditLogFilter
from src.utils.actions import Action

_ACTOR = r"\A([a-z_]{1,20}:[0-9a-f]{24}|command)\Z"
_ANY = {"type": ["object", "array", "string", "number", "boolean"]}
_FILTERS = ("actor", "action", "subject_id", "since", "until")


class _Filters(Period):
    actor = Token(
        validate=validate.Regexp(_ACTOR),
        metadata={"example": "staff:66f0a1b2c3d4e5f60718293a", "description": "As entries name it."},
    )
    action = fields.Enum(Action, by_value=fields.String)
    subject_id = Id()


class AuditLogQuery(_Filters, PageQuery):
    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        query: dict[str, Any] = super().build(data)
        return {"page": query["page"], "wanted": _wanted(query)}


class AuditLogExportQuery(_Filters):
    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> AuditLogFilter:
        return _wanted(data)


def _wanted(data: dict[str, Any]) -> AuditLogFilter:
    return AuditLogFilter(**{name: data[name] for name in _FILTERS if name in data})


class AuditLogChangeOut(ResponseSchema):
    field = fields.String(required=True, metadata={"example": "status"})
    before = fields.Raw(required=True, allow_none=True, metadata={**_ANY, "example": "requested"})
    after = fields.Raw(required=True, allow_none=True, metadata={**_ANY, "example": "rejected"})


class AuditLogEntryOut(ResponseSchema):
    id = Id(required=True)
    at = Moment(required=True, attribute="created_at")
    actor = fields.String(
        required=True,
        metadata={
            "example": "staff:66f0a1b2c3d4e5f60718293a",
            "description": "`staff:`, `api_key:` or `platform_key:` and its id; or `command`: the operator's.",
        },
    )
    action = fields.Enum(Action, by_value=fields.String, required=True, metadata={"example": "refund.reject"})
    subject_kind = fields.String(required=True, metadata={"example": "refund"})
    subject_id = Id(required=True)
    changes = fields.List(
        fields.Nested(AuditLogChangeOut),
        required=True,
        metadata={"description": "The fields that changed, never secrets; long texts and lists end with `…`."},
    )
    request_id = fields.String(
        required=True, metadata={"example": "0f8fad5bd9cb469fa165070867728950", "description": "Its X-Request-Id."}
    )


AuditLogEntryPageOut = page_of(AuditLogEntryOut)
