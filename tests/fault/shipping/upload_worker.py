"""The worker that tells WeChat of shipped orders, and what it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from src.models.jobs import Job
from src.services.orders import shipping_uploads
from src.services.registry import Services
from src.utils.job_states import JobState
from tests.factories.clock import MovableClock
from tests.factories.jobs import jobs_of, run_jobs
from tests.factories.shipments import wechat_shipping
from tests.factories.shop import Shop

CALL = "upload_shipping_info"
SF_AT_WECHAT, ZTO_AT_WECHAT = [("SF", "SF1234567890")], [("ZTO", "73123456789")]


def upload_job() -> Job:
    (found,) = jobs_of(shipping_uploads.KIND)
    return found


@dataclass
class UploadWorker:
    """Runs the jobs of the shop."""

    shop: Shop
    services: Services
    clock: MovableClock

    def run(self) -> list[JobState | None]:
        return run_jobs(self.services)

    def run_later(self) -> list[JobState | None]:
        """Runs the jobs whose pause is over for this test; no login ends meanwhile."""
        Job.collection().update_many({"state": "waiting"}, {"$set": {"due_at": self.clock.now()}})
        return self.run()


def told(shop: Shop, order: dict[str, Any]) -> tuple[str, str, int]:
    known = wechat_shipping(shop, order["id"])
    return known["status"], known["reason"], known["uploads"]
