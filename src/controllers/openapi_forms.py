"""How the OpenAPI document shows the forms that files come in."""

from __future__ import annotations

from typing import Any

from src.utils.media_kinds import Purpose

# As OpenAPI 3.1 writes it; tools take the older `format: binary` for text that no file matches.
_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}


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
                "description": "`product` for staff; `avatar` (the default, 1 MB) or `refund` (3 MB) for shoppers.",
            },
        },
    }
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
