"""Ids in paths: what is not an id names nothing, which is a 404."""

from __future__ import annotations

from bson import ObjectId
from werkzeug.routing import BaseConverter


class IdConverter(BaseConverter):
    """Matches 24 lower-case hexadecimal digits and gives the view an ObjectId."""

    regex = "[0-9a-f]{24}"

    def to_python(self, value: str) -> ObjectId:
        return ObjectId(value)

    def to_url(self, value: ObjectId) -> str:
        return str(value)


def document_id(converter: IdConverter) -> dict[str, str]:
    """Returns the converter's OpenAPI schema."""
    return {"type": "string", "pattern": f"^{IdConverter.regex}$"}
