"""Jobs and their queues."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from src.controllers.schemas.base import PageQuery, ResponseSchema, page_of
from src.controllers.schemas.fields import Id, Integer, Moment, Token
from src.utils.job_states import JobState

_KIND = r"\A[a-z_.]{1,60}\Z"


class JobQuery(PageQuery):
    kind = Token(validate=validate.Regexp(_KIND), metadata={"example": "webhooks.deliver"})
    state = fields.Enum(JobState, by_value=fields.String)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        query: dict[str, Any] = super().build(data)
        return {"kind": None, "state": None, **query}


class JobProgressOut(ResponseSchema):
    done = Integer(required=True, metadata={"example": 40})
    total = Integer(
        required=True, allow_none=True, metadata={"example": 100, "description": "Null while it is not known."}
    )


class JobOut(ResponseSchema):
    id = Id(required=True)
    kind = fields.String(required=True, metadata={"example": "webhooks.deliver"})
    state = fields.Enum(JobState, by_value=fields.String, required=True, metadata={"example": "failed"})
    progress = fields.Nested(JobProgressOut, required=True)
    attempts = Integer(required=True, metadata={"example": 8})
    result = fields.Dict(
        keys=fields.String(), required=True, metadata={"example": {}, "description": "What a job that succeeded says."}
    )
    reason = fields.String(
        required=True, metadata={"example": "HTTP 503", "description": "Why the last attempt did not succeed."}
    )
    created_at = Moment(required=True)
    due_at = Moment(
        required=True, metadata={"description": "When it runs next; while it runs, when its worker is given up."}
    )
    finished_at = Moment(required=True, allow_none=True)


class JobCountsOut(ResponseSchema):
    waiting = Integer(required=True, metadata={"example": 3, "description": "Due, and not taken yet."})
    active = Integer(required=True, metadata={"example": 1})
    delayed = Integer(required=True, metadata={"example": 2, "description": "Due later, such as after a failure."})
    failed = Integer(required=True, metadata={"example": 0, "description": "Given up; to be looked at and retried."})
    oldest_age_seconds = Integer(
        required=True, metadata={"example": 4, "description": "For how long the oldest waiting job has been due."}
    )


class KindCountsOut(JobCountsOut):
    kind = fields.String(required=True, metadata={"example": "webhooks.deliver"})


class QueueStatsOut(JobCountsOut):
    kinds = fields.List(fields.Nested(KindCountsOut), required=True)


JobPageOut = page_of(JobOut)
