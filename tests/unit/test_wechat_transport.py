"""How many threads may wait for WeChat."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import BoundedSemaphore, Event, Thread

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


@pytest.fixture
def dripping() -> Iterator[str]:
    """The URL of a server that answers one byte each 50 ms, for 12 s."""
    ended = Event()

    def drip(server: socket.socket) -> None:
        with server.accept()[0] as connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 240\r\n\r\n")
            while not ended.wait(0.05):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = Thread(target=drip, args=(server,))
        answering.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        ended.set()
        answering.join()


def test_an_answer_in_drops_is_not_waited_for(dripping: str) -> None:
    slots = BoundedSemaphore(1)
    calls = Transport(dripping, connect_timeout_s=1, read_timeout_s=0.3, pool_size=1, slots=slots)
    with pytest.raises(OutcomeUnknown, match="the answer is too slow"):
        calls.send("GET", "/", headers={})
    assert slots.acquire(blocking=False)
