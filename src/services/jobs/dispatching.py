"""From the outbox to jobs: each event becomes the jobs that it causes, at least once asked, once stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog
from bson import ObjectId

from src.models.events import Event
from src.models.jobs import Job, NewJob
from src.models.transaction import Session, Transactions
from src.services.jobs.contracts import GiveUp, Handler, JobRun, Subscriber
from src.utils.clock import Clock

log = structlog.get_logger(__name__)

_ASK_AGAIN = "events.ask_again"


class Dispatching:
    """Asks every subscriber about every event."""

    def __init__(self, *, subscribers: Sequence[Subscriber], transactions: Transactions, clock: Clock) -> None:
        self._subscribers = subscribers
        self._transactions = transactions
        self._clock = clock

    def dispatch_pending(self, limit: int) -> int:
        """Returns how many events were dispatched, at most `limit`; those of one aggregate in their order."""
        # Ids made by several processes are in order by the second only; `seq` is exact.
        pending = sorted(Event.list_pending(limit=limit), key=lambda event: event.seq)
        for event in pending:
            self._dispatch(event)
        return len(pending)

    def asking_again(self) -> Handler:
        """Returns the handler of events that a subscriber failed on: retried and shown like any other job."""
        return Handler(_ASK_AGAIN, self._ask_again)

    def _dispatch(self, event: Event) -> None:
        try:
            self._store(event, list(self._caused_by(event)))
        except Exception:  # one broken subscriber must not stop the outbox
            log.exception("event_not_dispatched", event_id=str(event.id), type=event.type)
            self._store(event, [NewJob(_ASK_AGAIN, f"{_ASK_AGAIN}:{event.id}", event.store_id, {"id": str(event.id)})])

    def _caused_by(self, event: Event) -> Iterator[NewJob]:
        for subscriber in self._subscribers:
            yield from subscriber(event)

    def _store(self, event: Event, jobs: Sequence[NewJob]) -> None:
        now = self._clock.now()

        def work(session: Session) -> None:
            if Event.mark_dispatched(event.id, now=now, session=session):
                for job in jobs:
                    Job.add(job, now=now, session=session)

        self._transactions.run(work)

    def _ask_again(self, run: JobRun) -> None:
        event = Event.find_document({"_id": ObjectId(run.job.payload["id"])})
        if event is None:
            raise GiveUp("the event is past its keep")
        for job in self._caused_by(event):
            Job.add(job, now=self._clock.now(), session=None)
