"""What must be true of jobs and of the outbox, whoever works on them."""

from __future__ import annotations

from collections.abc import Iterator

from src.models.events import Event
from src.models.jobs import Job
from src.services.audit.scopes import Scope
from src.utils.job_states import JobState

_AGGREGATES = ["order", "payment", "refund", "sku", "reconciliation"]
_FINISHED = [JobState.SUCCEEDED.value, JobState.FAILED.value]


def jobs_are_in_one_state(scope: Scope) -> Iterator[str]:
    """A job is finished or to be run, and no attempt was made without a claim."""
    finished, ended = {"$in": _FINISHED}, {"$exists": True}
    wrong = [
        {"state": {"$nin": [state.value for state in JobState]}},
        {"state": finished, "finished_at": {"$exists": False}},
        {"state": {"$not": finished}, "finished_at": ended},
        {"$expr": {"$gt": ["$attempts", "$fence"]}},
    ]
    for job in scope.view.rows(Job, {**scope.within, "$or": wrong}, ["state", "finished_at", "attempts", "fence"]):
        yield f"job {job.pop('_id')} has { {name: str(value) for name, value in job.items()} }"


def events_are_about_what_is_audited(scope: Scope) -> Iterator[str]:
    """Events about anything else would be compared with nothing."""
    for event in scope.view.rows(Event, {**scope.within, "aggregate": {"$nin": _AGGREGATES}}, ["aggregate", "type"]):
        yield f"event {event['_id']} {event['type']} is about a {event.get('aggregate')}"


def events_are_pending_or_dispatched(scope: Scope) -> Iterator[str]:
    """An event that is neither would never reach anybody."""
    wrong = [
        {"pending": True, "dispatched_at": {"$exists": True}},
        {"pending": {"$ne": True}, "dispatched_at": {"$exists": False}},
    ]
    for event in scope.view.rows(Event, {**scope.within, "$or": wrong}, ["type"]):
        yield f"event {event['_id']} {event['type']} is not either pending or dispatched"
