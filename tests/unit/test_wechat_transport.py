"""How many threads may wait for WeChat."""

from __future__ import annotations

from threading import BoundedSemaphore

import pytest

from ecosystem.embedded.ports import free_port
from src.services.wechat.errors import OutcomeUnknown
from src.services.wechat.transport import Transport


def transport(slots: BoundedSemaphore) -> Transport:
    nobody = f"http://127.0.0.1:{free_port()}"
    return Transport(nobody, connect_timeout_s=0.1, read_timeout_s=0.1, pool_size=1, slots=slots)


def test_beyond_the_bound_nobody_waits_for_wechat() -> None:
    slots = BoundedSemaphore(1)
    with slots, pytest.raises(OutcomeUnknown, match="too many calls are waiting"):
        transport(slots).send("GET", "/", headers={})


def test_a_failed_call_gives_its_place_back() -> None:
    slots = BoundedSemaphore(1)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown, match="ConnectionError"):
            transport(slots).send("GET", "/", headers={})
    assert slots.acquire(blocking=False)
