"""The store's jobs: what runs beside requests."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.base import NoArguments
from src.controllers.schemas.jobs import JobOut, JobPageOut, JobQuery, QueueStatsOut
from src.middleware.context import services, staff_member
from src.utils.errors import JobNotFailed, NotFound

reading = Blueprint("jobs", __name__, url_prefix="/api/jobs", description="Work beside requests")
stats = Blueprint("queues", __name__, url_prefix="/api/queues", description="How much work waits")
retrying = Blueprint("job_retries", __name__, url_prefix="/api/jobs", description="Trying failed work again")


@reading.route("")
class JobsView(MethodView):
    @reading.operation("listJobs")
    @reading.arguments(JobQuery, location="query")
    @reading.response(200, JobPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the store's jobs, the newest first

        In pages, of one kind or state if they are given.
        """
        return services().jobs.queues.list_in_store(staff_member(), **query)


@reading.route("/<id:job_id>")
class JobView(MethodView):
    @reading.operation("getJob", NotFound)
    @reading.response(200, JobOut)
    def get(self, job_id: ObjectId) -> Any:
        """Read a job: its state and progress, its result or the reason why it has none

        Ask again while it is waiting or running.
        """
        return services().jobs.queues.get_in_store(staff_member(), job_id)


@retrying.route("/<id:job_id>/retry")
class JobRetryView(MethodView):
    @retrying.operation("retryJob", NotFound, JobNotFailed)
    @retrying.arguments(NoArguments)
    @retrying.response(200, JobOut)
    def post(self, body: dict[str, Any], job_id: ObjectId) -> Any:
        """Have a failed job tried again, with all its attempts

        It is due at once. What it has done already it does not do again.
        """
        return services().jobs.queues.retry_in_store(staff_member(), job_id)


@stats.route("/stats")
class QueueStatsView(MethodView):
    @stats.operation("getQueueStats")
    @stats.response(200, QueueStatsOut)
    def get(self) -> Any:
        """Count the store's jobs that are not done

        By kind, with the age of the oldest one that is due.
        """
        return services().jobs.queues.stats_of_store(staff_member())
