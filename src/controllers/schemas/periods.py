"""A stretch of time to look at."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from src.controllers.schemas.base import RequestSchema
from src.controllers.schemas.fields import MomentIn


class Period(RequestSchema):
    """`from` (inclusive) and `to` (exclusive); either may be left out. Loaded as `since` and `until`."""

    since = MomentIn(data_key="from", metadata={"description": "From then on."})
    until = MomentIn(data_key="to", metadata={"description": "Before then."})

    @validates_schema
    def begins_before_it_ends(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "since" in data and "until" in data and data["since"] >= data["until"]:
            raise ValidationError("Must be before to.", "from")
