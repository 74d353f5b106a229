"""What apispec does not know about our fields: patterns, dictionaries, examples."""

from __future__ import annotations

from typing import Any

import marshmallow as ma


def ecma_pattern(converter: Any, field: ma.fields.Field[Any], *, ret: dict[str, Any]) -> dict[str, Any]:
    """Returns the pattern with JSON Schema's anchors in place of Python's."""
    pattern = ret.get("pattern")
    return {"pattern": pattern.replace(r"\A", "^").replace(r"\Z", "$")} if pattern else {}


def dictionary_bounds(converter: Any, field: ma.fields.Field[Any], *, ret: dict[str, Any]) -> dict[str, Any]:
    """Returns how many entries a dictionary may have and what their names look like."""
    if not isinstance(field, ma.fields.Dict):
        return {}
    counts = {name: ret.pop(length) for name, length in _COUNTS.items() if length in ret}
    names = {"propertyNames": converter.field2property(field.key_field)} if field.key_field else {}
    return {**counts, **names}


# apispec takes the length of a dictionary for that of a string.
_COUNTS = {"minProperties": "minLength", "maxProperties": "maxLength"}

ATTRIBUTES = (ecma_pattern, dictionary_bounds)


def example_of(schema: ma.Schema) -> dict[str, Any]:
    """Returns an example made of the fields' own examples; optional fields without one are left out.

    Raises:
        TypeError: a required field has none.
    """
    return {
        field.data_key or name: _example(field)
        for name, field in schema.fields.items()
        if field.required or "example" in field.metadata
    }


def _example(field: ma.fields.Field[Any]) -> Any:
    if "example" in field.metadata:
        return field.metadata["example"]
    if field.allow_none:
        return None
    if isinstance(field, ma.fields.Nested):
        return example_of(field.schema)
    if isinstance(field, ma.fields.List):
        return [_example(field.inner)]
    if isinstance(field, ma.fields.Enum):
        return next(iter(field.enum.__members__.values())).value
    raise TypeError(f"{field.parent}.{field.name} has no example")
