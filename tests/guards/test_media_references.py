"""No document shows pictures that the sweep would not find there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mongoengine import EmbeddedDocumentField, ListField

from src.models.indexes import DOCUMENTS
from src.models.media_references import REFERENCES

_SHOWS = re.compile(r"(^|_)(image|picture|avatar|icon|logo|cover|banner|video|photo)s?(_|$)")
# Made by WeChat; and films, which nobody uploads here.
_OTHERS = {"product_codes.picture", "products.video"}


def test_every_field_that_may_hold_a_picture_is_known_to_the_sweep() -> None:
    fields = {
        f"{document._get_collection_name()}.{path}"
        for document in DOCUMENTS
        for path in _paths(document._fields)
        if _SHOWS.search(path.rpartition(".")[2])
    }
    known = {f"{reference.document._get_collection_name()}.{reference.path}" for reference in REFERENCES}
    assert fields - _OTHERS - known == set()


def _paths(fields: dict[str, Any]) -> Iterator[str]:
    for name, field in fields.items():
        inner = field.field if isinstance(field, ListField) and field.field else field
        if isinstance(inner, EmbeddedDocumentField):
            yield from (f"{name}.{path}" for path in _paths(inner.document_type._fields))
        else:
            yield name
