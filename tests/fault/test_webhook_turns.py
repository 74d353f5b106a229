"""A receiver that is slow: one delivery at a time waits for it, and everything else goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from src.models.webhooks import WebhookEndpoint
from src.services.webhooks.turns import LONGEST_TURN, wait
from src.utils.job_states import JobState
from tests.factories.jobs import due_jobs, jobs_of, tick
from tests.factories.receivers import Answer, status
from tests.factories.webhooks import KIND, Subscribed, add_webhook

PATIENCE_S = 10


def slow(asked: Event, may_answer: Event) -> Answer:
    """Returns an answer that is given when the test allows it."""

    def answer(handler: object) -> None:
        asked.set()
        assert may_answer.wait(PATIENCE_S)
        status(204)(handler)  # type: ignore[arg-type]

    return answer


def two_deliveries(subscribed: Subscribed) -> tuple[Callable[[], JobState | None], ...]:
    """Returns the runs of two deliveries to the endpoint that are due now."""
    for _ in range(2):
        subscribed.buyer.placed((subscribed.sku, 1))
    tick(subscribed.services, "dispatch_events")
    first, second = (job for job in jobs_of(KIND) if job.payload["endpointId"] == subscribed.id)
    running = subscribed.services.jobs.running
    return (lambda: running.run(first.id)), (lambda: running.run(second.id))


def test_a_slow_receiver_holds_up_one_worker_only(subscribed: Subscribed) -> None:
    asked, may_answer = Event(), Event()
    other = add_webhook(subscribed.shop, f"{subscribed.receiver.url}/other", ["order.*"])
    first, second = two_deliveries(subscribed)
    subscribed.answers(slow(asked, may_answer), status(204))
    stuck = Thread(target=first)
    stuck.start()
    assert asked.wait(PATIENCE_S)

    assert second() is JobState.WAITING

    postponed = jobs_of(KIND)[2]
    assert (postponed.attempts, postponed.reason) == (0, "another delivery to this endpoint is under way")
    assert [job.state for job in jobs_of(KIND) if job.payload["endpointId"] == other["id"]] == [JobState.WAITING] * 2
    subscribed.run_jobs()
    assert [each.path for each in subscribed.sent] == ["/hooks", "/hooks/other", "/hooks/other"]
    may_answer.set()
    stuck.join(PATIENCE_S)
    subscribed.run_jobs(seconds=2)
    assert [(each["state"], each["tries"]) for each in subscribed.log()] == [("delivered", 1)] * 2


def test_a_delivery_that_was_postponed_often_still_has_all_its_attempts(subscribed: Subscribed) -> None:
    first, _ = two_deliveries(subscribed)
    endpoint = subscribed_endpoint(subscribed)
    for _ in range(30):
        now = subscribed.clock.now()
        assert endpoint.take_turn(now=now, until=now + timedelta(hours=9))
        first()
        endpoint.collection().update_one({"_id": endpoint.id}, {"$unset": {"busy_until": ""}})
        subscribed.clock.advance(minutes=6)
    assert (jobs_of(KIND)[0].state, jobs_of(KIND)[0].attempts, subscribed.sent) == (JobState.WAITING, 0, [])
    assert first() is JobState.SUCCEEDED


def test_a_worker_that_died_holds_the_endpoint_for_half_a_minute(subscribed: Subscribed) -> None:
    first, _ = two_deliveries(subscribed)
    now = subscribed.clock.now()
    assert subscribed_endpoint(subscribed).take_turn(now=now, until=now + LONGEST_TURN)

    subscribed.clock.advance(seconds=29)
    assert first() is JobState.WAITING
    subscribed.clock.advance(seconds=9)
    assert first() is JobState.SUCCEEDED


def test_a_failure_ends_the_turn(subscribed: Subscribed) -> None:
    subscribed.answers(status(500), status(204))
    first, second = two_deliveries(subscribed)
    assert (first(), second()) == (JobState.WAITING, JobState.SUCCEEDED)
    assert due_jobs(subscribed.services) == []


def test_the_longer_the_queue_the_longer_the_pause() -> None:
    for waited, longest in ((0, 2), (60, 15), (3_600, 300), (86_400, 300)):
        pauses = [wait(timedelta(seconds=waited)).total_seconds() for _ in range(50)]
        assert longest / 2 <= min(pauses) < max(pauses) <= longest


def subscribed_endpoint(subscribed: Subscribed) -> WebhookEndpoint:
    (endpoint,) = WebhookEndpoint.list_in_store(subscribed.shop.store_id)
    return endpoint
