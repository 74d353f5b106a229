"""How the OpenAPI document shows the forms that files come in."""

from __future__ import annotations

from typing import Any

from src.services.media.uploaders import LARGEST
from src.utils.media_kinds import Purpose

_FILE = {"type": "string", "format": "binary", "maxLength": LARGEST}


def form_of(files: int) -> dict[str, Any]:
    """Returns the body of an operation that takes a form with 1 to `files` files."""
    several = {"type": "array", "items": _FILE, "minItems": 1, "maxItems": files}
    purposes = [purpose.value for purpose in Purpose]
    schema = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {**(_FILE if files == 1 else several), "description": "The name of the field is up to the client."},
            "purpose": {
                "type": "string",
                "enum": purposes,
                "description": "`product` for staff; `avatar` (at most 1 MB, the default) or `refund` (3 MB) for shoppers.",
            },
        },
    }
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
