"""WeChat's judgements of pictures, which it pushes."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from config.settings import Settings
from src.models.media_checks import MediaCheck
from tests.factories.clock import MovableClock
from tests.factories.messages import (
    events_in_inbox,
    pushed,
    take_messages,
)
from tests.factories.shop import Shop


@pytest.fixture
def secure(shop: Shop, settings: Settings) -> Shop:
    take_messages(shop, "secure", public_url=settings.public_url)
    return shop


def media_event(trace_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "Event": "wxa_media_check",
        "trace_id": trace_id,
        "version": 2,
        "errcode": 0,
        "result": {"suggest": "risky", "label": 20002},
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, ("risky", 20002, 0)),
        ({"result": {"suggest": "pass", "label": "100"}}, ("pass", 100, 0)),
        ({"errcode": None}, ("risky", 20002, 0)),
        ({"errcode": -1008, "result": {}}, ("", 0, -1008)),
    ],
)
def test_the_judgement_of_a_picture_is_kept(secure: Shop, changes: dict[str, Any], seen: tuple[Any, ...]) -> None:
    assert pushed(secure, media_event("trace-1", **changes)) == [200]
    check = MediaCheck.find(secure.store_id, "trace-1")
    assert check is not None
    assert (check.suggest, check.label, check.errcode, check.asked_at) == (*seen, None)


@pytest.mark.parametrize("answer_first", [True, False])
def test_question_and_answer_of_a_check_come_in_any_order(
    secure: Shop, clock: MovableClock, answer_first: bool
) -> None:
    subject = ObjectId()

    def ask() -> None:
        MediaCheck.record_asked(
            "t", store_id=secure.store_id, subject="refund", subject_id=subject, url="https://a/b", now=clock.now()
        )

    steps = [ask, lambda: pushed(secure, media_event("t"))]
    for step in reversed(steps) if answer_first else steps:
        step()
    check = MediaCheck.find(secure.store_id, "t")
    assert check is not None
    assert (check.subject_id, check.url, check.suggest) == (subject, "https://a/b", "risky")


def test_another_stores_check_cannot_be_answered(secure: Shop, other_shop: Shop, clock: MovableClock) -> None:
    MediaCheck.record_asked(
        "t", store_id=other_shop.store_id, subject="refund", subject_id=ObjectId(), url="u", now=clock.now()
    )
    assert pushed(secure, media_event("t")) == [200]
    check = MediaCheck.find(other_shop.store_id, "t")
    assert check is not None
    assert (check.suggest, check.answered_at) == (None, None)


@pytest.mark.parametrize("changes", [{"trace_id": None}, {"trace_id": {"$ne": 1}}, {"result": "risky"}])
def test_a_judgement_that_cannot_be_read_is_ignored(secure: Shop, changes: dict[str, Any]) -> None:
    assert pushed(secure, {**media_event("t"), **changes}) == [200]
    assert events_in_inbox() == [("wxa_media_check", "ignored", 1)]
