"""Jobs as people see them: what waits, what failed, and trying again."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from bson import ObjectId

from src.models.job_counts import JobCounts, count_jobs
from src.models.jobs import Job
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_action
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import JobNotFailed, NotFound
from src.utils.job_states import JobState
from src.utils.pages import Page, PageRequest

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class QueueStats:
    """The counts of each kind of job at one moment."""

    kinds: list[JobCounts]

    @property
    def waiting(self) -> int:
        return sum(counts.waiting for counts in self.kinds)

    @property
    def delayed(self) -> int:
        return sum(counts.delayed for counts in self.kinds)

    @property
    def active(self) -> int:
        return sum(counts.active for counts in self.kinds)

    @property
    def failed(self) -> int:
        return sum(counts.failed for counts in self.kinds)

    @property
    def oldest_age_seconds(self) -> int:
        return max((counts.oldest_age_seconds for counts in self.kinds), default=0)


class Queues:
    """Reads jobs and makes failed ones due again. Staff see those of their store; the operator sees all."""

    def __init__(self, *, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    def get_in_store(self, staff: StaffMember, job_id: ObjectId) -> Job:
        """Raises NotFound, for another store's job too."""
        found = Job.find_in_store(staff.store_id, job_id)
        if found is None:
            raise NotFound()
        return found

    def list_in_store(
        self, staff: StaffMember, page: PageRequest, *, kind: str | None, state: JobState | None
    ) -> Page[Job]:
        """Returns the store's jobs, the newest first."""
        named = {"kind": kind, "state": state.value if state else None}
        return Job.page_in_store(staff.store_id, {name: value for name, value in named.items() if value}, page)

    def retry_in_store(self, staff: StaffMember, job_id: ObjectId) -> Job:
        """Returns the job, due again with all its attempts. Raises NotFound or JobNotFailed."""
        job = self.get_in_store(staff, job_id)
        if not self._transactions.run(lambda session: self._revive(staff, job, session)):
            raise JobNotFailed({"state": self.get_in_store(staff, job_id).state.value})
        log.info("job_retried", job=str(job.id), kind=job.kind, by=staff.subject)
        return self.get_in_store(staff, job_id)

    def _revive(self, staff: StaffMember, job: Job, session: Session) -> bool:
        now = self._clock.now()
        if not Job.revive({"_id": job.id, "store_id": staff.store_id}, now=now, session=session):
            return False
        changes = {"state": (JobState.FAILED, JobState.WAITING), "reason": (job.reason, "")}
        record_action(staff, Action.JOB_RETRY, "job", job.id, changes, at=now, session=session)
        return True

    def stats_of_store(self, staff: StaffMember) -> QueueStats:
        return QueueStats(count_jobs(now=self._clock.now(), store_id=staff.store_id))

    def stats(self) -> QueueStats:
        return QueueStats(count_jobs(now=self._clock.now()))

    def list_failed(self, *, limit: int) -> list[Job]:
        return Job.list_failed(limit=limit)

    def retry(self, job_id: ObjectId) -> bool:
        """Makes a failed job of any store due again; returns False if there is no such failed job."""
        return Job.revive({"_id": job_id}, now=self._clock.now()) == 1

    def retry_kind(self, kind: str) -> int:
        """Makes all failed jobs of that kind due again; returns how many."""
        return Job.revive({"kind": kind}, now=self._clock.now())
