"""One POST to receivers of every kind: what is bounded, what is refused, what counts as an answer."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from ipaddress import ip_address

import pytest

from ecosystem.embedded.ports import free_port
from src.services.webhooks.addresses import Target
from src.services.webhooks.sending import Limits, NoReply, Reply, Sender
from tests.factories.certificates import Authority
from tests.factories.receivers import (
    Answer,
    Receiver,
    drops,
    endless,
    raw,
    running_receiver,
    silence,
    status,
)

LOOPBACK = ip_address("127.0.0.1")
LIMITS = Limits(connect_s=0.5, read_s=0.4, total_s=0.8)
# The receivers below never end by themselves; a busy machine needs its time besides.
ENDED_S = 10
HOST = "erp.example.com"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("certificates"))


def post(receiver: Receiver, sender: Sender | None = None, *, path: str = "/hooks", body: bytes = b"{}") -> Reply:
    """Posts to HOST, which the caller has found to be at the receiver's address."""
    secure = receiver.scheme == "https"
    target = Target(secure, HOST, receiver.port, f"{HOST}:{receiver.port}", path)
    return (sender or Sender(limits=LIMITS)).post(target, [LOOPBACK], body, {"Content-Type": "application/json"})


def failure_of(receiver: Receiver, sender: Sender | None = None) -> str:
    """Returns why there was no reply; the receiver could not make it last."""
    began = time.monotonic()
    with pytest.raises(NoReply) as caught:
        post(receiver, sender)
    assert time.monotonic() - began < ENDED_S
    return str(caught.value)


def test_what_arrives(receiver: Receiver) -> None:
    assert post(receiver, path="/hooks?a=b", body="{茶}".encode()) == Reply(204, "")
    (received,) = receiver.received
    assert (received.path, received.body) == ("/hooks?a=b", "{茶}".encode())
    assert received.headers == {
        "Host": f"{HOST}:{receiver.port}",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "Connection": "close",
        "Content-Length": "5",
    }


@pytest.mark.parametrize("code", [200, 201, 299, 301, 302, 307, 308, 400, 401, 404, 410, 429, 500, 503])
def test_every_status_is_an_answer(receiver: Receiver, code: int) -> None:
    receiver.answers = [status(code, b"said")]
    assert post(receiver) == Reply(code, "said")


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    with running_receiver() as inside:
        receiver.answers = [status(307, Location=inside.url)]
        assert post(receiver).status == 307
        assert inside.received == []


def test_no_proxy_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_receiver() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setitem(os.environ, name, proxy.url)
        assert post(receiver).status == 204
        assert proxy.received == []


def test_silence_ends() -> None:
    with running_receiver(silence) as receiver:
        assert failure_of(receiver) == "no answer in time"


@pytest.mark.parametrize("beginning", [b"", b"H", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX-Drop: "])
def test_a_head_in_drops_ends(beginning: bytes) -> None:
    with running_receiver(drops(beginning)) as receiver:
        assert failure_of(receiver) in ("no answer in time", "the answer is not HTTP")


def test_interim_answers_for_ever_end() -> None:
    with running_receiver(raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000)) as receiver:
        assert failure_of(receiver) == "the connection broke"


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"])
def test_after_the_status_a_body_in_drops_does_not_matter(head: bytes) -> None:
    began = time.monotonic()
    with running_receiver(drops(head)) as receiver:
        reply = post(receiver)
    assert reply.status == 200
    assert set(reply.excerpt) == {"x"}
    assert time.monotonic() - began < ENDED_S


@pytest.mark.parametrize(
    "answer",
    [
        endless,
        status(200, b"x" * 5_000_000),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n" + b"x" * 5000),
    ],
)
def test_of_a_huge_body_two_kilobytes_are_read(answer: Answer) -> None:
    with running_receiver(answer) as receiver:
        assert post(receiver) == Reply(200, "x" * 2_048)


def test_an_excerpt_that_is_no_text(receiver: Receiver) -> None:
    receiver.answers = [status(500, b"\xff\x00\xe8\x8c\xb6")]
    assert post(receiver) == Reply(500, "\ufffd\ufffd茶")


def test_a_chunked_body(receiver: Receiver) -> None:
    receiver.answers = [raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    assert post(receiver) == Reply(200, "ok")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "the connection broke"),
        (b"+OK redis says\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 abc\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000, "the answer is not HTTP"),
    ],
)
def test_what_is_no_answer(receiver: Receiver, answer: bytes, reason: str) -> None:
    receiver.answers = [raw(answer)]
    assert failure_of(receiver) == reason


def test_nobody_listens() -> None:
    assert failure_of(Receiver(port=free_port())) == "connection refused"


def test_the_next_address_is_tried_if_one_takes_no_connection(receiver: Receiver) -> None:
    target = Target(False, HOST, receiver.port, HOST, "/hooks")
    addresses = [ip_address("127.0.0.2"), LOOPBACK]
    assert Sender(limits=LIMITS).post(target, addresses, b"{}", {}).status == 204


def test_a_certificate_of_the_urls_host(authority: Authority) -> None:
    with running_receiver(tls=authority.server_context(HOST)) as receiver:
        assert post(receiver, Sender(limits=LIMITS, tls=authority.client_context())).status == 204


@pytest.mark.parametrize(
    ("host", "valid_for"),
    [("other.example.com", timedelta(days=1)), ("127.0.0.1", timedelta(days=1)), (HOST, timedelta(days=-1))],
    ids=["other-host", "its-address", "expired"],
)
def test_another_certificate_is_refused(authority: Authority, host: str, valid_for: timedelta) -> None:
    with running_receiver(tls=authority.server_context(host, valid_for=valid_for)) as receiver:
        reason = failure_of(receiver, Sender(limits=LIMITS, tls=authority.client_context()))
        assert reason.startswith("certificate refused: ")
        assert receiver.received == []


def test_a_certificate_of_nobody_the_system_trusts(authority: Authority) -> None:
    with running_receiver(tls=authority.server_context(HOST)) as receiver:
        assert failure_of(receiver).startswith("certificate refused: ")


def test_plain_http_on_a_secure_port_is_no_connection(receiver: Receiver) -> None:
    receiver.scheme = "https"
    assert failure_of(receiver) == "no secure connection"


def test_a_handshake_that_never_answers_ends() -> None:
    # A TLS client's greeting is not a POST, so this server waits for more.
    with running_receiver(silence) as receiver:
        receiver.scheme = "https"
        assert failure_of(receiver) in ("no answer in time", "no secure connection")
