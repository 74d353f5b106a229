"""Shapes of API keys."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import BoundedList, Id, Moment, MomentIn, Text, Token
from src.services.staff.api_keys import SCOPES, NewApiKey
from src.utils.permissions import Permission

_NAMES = [scope.value for scope in SCOPES]


class ApiKeyIn(RequestSchema):
    name = Text(required=True, min_length=1, max_length=50, metadata={"example": "ERP"})
    scopes = BoundedList(
        Token(validate=validate.OneOf(_NAMES), metadata={"enum": _NAMES, "example": "orders:read"}),
        required=True,
        min_length=1,
        max_length=len(_NAMES),
        metadata={"example": ["orders:read"], "description": "What it may do; no more than its maker may."},
    )
    expires_at = MomentIn(
        load_default=None, allow_none=False, metadata={"description": "Within five years; never if left out."}
    )

    @validates_schema
    def names_no_scope_twice(self, data: dict[str, Any], **kwargs: Any) -> None:
        scopes = data.get("scopes", [])
        if len(set(scopes)) != len(scopes):
            raise ValidationError("One of them is named twice.", "scopes")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> NewApiKey:
        scopes = [Permission(scope) for scope in data.pop("scopes")]
        return NewApiKey(scopes=scopes, **data)


class ApiKeyOut(ResponseSchema):
    id = Id(required=True)
    name = fields.String(required=True, metadata={"example": "ERP"})
    prefix = fields.String(
        required=True, metadata={"example": "mk_3f9c02d81ab4", "description": "What the key begins with."}
    )
    scopes = fields.List(fields.Enum(Permission, by_value=fields.String), required=True)
    staff_id = Id(required=True, metadata={"description": "Who made it; it can do no more than this member may."})
    created_at = Moment(required=True)
    expires_at = Moment(required=True, allow_none=True)
    last_used_at = Moment(required=True, allow_none=True, metadata={"description": "To the minute."})


class ApiKeyListOut(ResponseSchema):
    list = fields.List(fields.Nested(ApiKeyOut), required=True)


class IssuedKeyOut(ResponseSchema):
    """A key and what it may do; the key itself is never shown again."""

    api_key = fields.Nested(ApiKeyOut, required=True, attribute="stored")
    key = fields.String(
        required=True,
        metadata={
            "example": "mk_3f9c02d81ab4_3q2-7wXb0Yk1mZr8TnLs5VdJc9HgPaEuFiKoRyWtQxM",
            "description": "Sent as `Authorization: Bearer …`.",
        },
    )
