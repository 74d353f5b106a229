"""Looking names up ends in time, whatever the system's resolver does."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from src.services.webhooks.resolving import CannotResolve, Resolver


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Name servers that answer 127.0.0.1 once the event is set."""
    answering = Event()

    def look_up(host: str, port: int, **kwargs: Any) -> list[Any]:
        answering.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield answering
    answering.set()


def test_a_name() -> None:
    assert "127.0.0.1" in Resolver()("localhost", 443)


@pytest.mark.parametrize("host", ["nobody.invalid", "a" * 64 + ".example", "x\u0000.example", ".."])
def test_a_name_of_nobody(host: str) -> None:
    with pytest.raises(CannotResolve, match="unknown host"):
        Resolver()(host, 443)


def test_each_address_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (address, 443)) for address in ("1.1.1.1", "1.0.0.1", "1.1.1.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    assert Resolver()("one.one.one.one", 443) == ["1.1.1.1", "1.0.0.1"]


def test_a_slow_one_is_not_waited_for(hanging: Event) -> None:
    began = time.monotonic()
    with pytest.raises(CannotResolve, match="no answer in time"):
        Resolver(timeout_s=0.1)("erp.example.com", 443)
    assert time.monotonic() - began < 2


def test_only_so_many_hang_at_a_time(hanging: Event) -> None:
    resolver = Resolver(timeout_s=0.05, most=2)
    for _ in range(2):
        with pytest.raises(CannotResolve, match="no answer in time"):
            resolver("erp.example.com", 443)
    with pytest.raises(CannotResolve, match="too many"):
        resolver("erp.example.com", 443)
    hanging.set()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            assert resolver("erp.example.com", 443) == ["127.0.0.1"]
            return
        except CannotResolve:
            continue
    raise AssertionError("the slots never came back")
