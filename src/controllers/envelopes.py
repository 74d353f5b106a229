"""`{"code", "message", "data"}` as schemas."""

from __future__ import annotations

from functools import cache
from typing import Any

import marshmallow as ma

from src.utils.errors import ErrorCode


class BareSchema(ma.Schema):
    """An answer that is documented as it is, without an envelope around it."""


class ErrorEnvelope(BareSchema):
    """A failure."""

    code = ma.fields.Integer(required=True, metadata={"enum": [int(code) for code in ErrorCode]})
    message = ma.fields.String(required=True)
    data = ma.fields.Raw(
        required=True,
        metadata={"type": ["object", "null"], "description": "The facts of the case; of a 400 `errors` by field path."},
    )


def envelope_of(schema: ma.Schema | dict[str, Any] | None) -> type[ma.Schema] | dict[str, Any]:
    """Returns what the document shows for an answer whose data is `schema`."""
    if schema is None:
        return EmptyEnvelope
    if isinstance(schema, dict):
        return schema
    return type(schema) if isinstance(schema, BareSchema) else _envelope_of(type(schema))


@cache
def _envelope_of(schema_class: type[ma.Schema]) -> type[ma.Schema]:
    # One class for each schema, so that the document names it once.
    name = f"{schema_class.__name__.removesuffix('Out')}Envelope"
    return _envelope(name, ma.fields.Nested(schema_class, required=True))


def _envelope(name: str, data: ma.fields.Field[Any]) -> type[ma.Schema]:
    members = {
        "code": ma.fields.Integer(required=True, metadata={"enum": [0], "example": 0}),
        "message": ma.fields.String(required=True, metadata={"example": "成功"}),
        "data": data,
    }
    return type(name, (ma.Schema,), members)


EmptyEnvelope = _envelope("EmptyEnvelope", ma.fields.Raw(required=True, metadata={"type": "null", "example": None}))
