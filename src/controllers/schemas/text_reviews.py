"""Shapes of texts that wait for staff."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from src.controllers.schemas.base import PageQuery, ResponseSchema, page_of
from src.controllers.schemas.fields import Id, Moment
from src.utils.text_review_states import ReviewKind, ReviewStatus


class TextReviewQuery(PageQuery):
    status = fields.Enum(ReviewStatus, by_value=fields.String)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        query: dict[str, Any] = super().build(data)
        return {"status": None, **query}


class TextReviewOut(ResponseSchema):
    id = Id(required=True)
    kind = fields.Enum(ReviewKind, by_value=fields.String, required=True)
    subject_id = Id(required=True, metadata={"description": "The user's id for a nickname, else the refund's."})
    text = fields.String(required=True, metadata={"example": "小满"})
    status = fields.Enum(ReviewStatus, by_value=fields.String, required=True)
    created_at = Moment(required=True)
    decided_at = Moment(required=True, allow_none=True)


TextReviewPageOut = page_of(TextReviewOut)
