"""Notifications: how they are sealed and signed, when they are tried again."""

import json
import secrets
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from ecosystem.sandbox import crypto
from ecosystem.sandbox.clock import Clock, rfc3339
from ecosystem.sandbox.events import Event
from ecosystem.sandbox.signers import Signer
from ecosystem.sandbox.signing import FLAWS, signature_headers

RETRY_AFTER_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
NOTICE_FLAWS = (*FLAWS, "garbled")
ENVELOPE_OVERRIDES = ("id", "event_type")


@dataclass(frozen=True)
class Letter:
    """One request to a backend as it goes over the wire."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


@dataclass(frozen=True)
class Attempt:
    """One delivery and how it ended: a status with its body, or an error."""

    at: str
    automatic: bool
    flaw: str | None
    status: int | None
    body: str
    error: str | None


@dataclass
class Notice:
    """The notification of one event; `due` is when it is tried next, None when it is not.

    `next_signer` returns who signs the next letter, which changes while keys migrate.
    """

    event: Event
    next_signer: Callable[[], Signer]
    created_at: float
    due: float | None
    id: str = field(default_factory=lambda: f"EV-{secrets.randbelow(10**20):020d}")
    attempts: list[Attempt] = field(default_factory=list)
    retries: int = 0
    acknowledged: bool = False

    def retry_later(self, scheduled: float) -> None:
        """Put the next try after the one that was due at `scheduled`; none after the last."""
        if self.retries < len(RETRY_AFTER_S):
            self.due = scheduled + RETRY_AFTER_S[self.retries]
            self.retries += 1

    def accepts(self, attempt: Attempt) -> bool:
        """Say whether that was answered as WeChat Pay waits for."""
        return attempt.status in (200, 204)

    def letter(self, clock: Clock, flaw: str | None = None) -> Letter:
        return write_letter(self, clock, flaw, {})

    @property
    def fault_endpoint(self) -> str:
        return self.event.fault_endpoint

    @property
    def status(self) -> str:
        if self.acknowledged:
            return "acknowledged"
        return "given_up" if self.retries == len(RETRY_AFTER_S) and self.due is None else "pending"


def write_letter(notice: Notice, clock: Clock, flaw: str | None, overrides: Mapping[str, Any]) -> Letter:
    """Return the notification, signed now; flaw and overrides make it one WeChat would not send."""
    body = json.dumps(_envelope(notice, flaw, overrides), ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "Mozilla/4.0"}
    headers |= signature_headers(notice.next_signer(), body, clock.header_time(), flaw)
    return Letter(notice.event.notify_url, headers, body)


def _envelope(notice: Notice, flaw: str | None, overrides: Mapping[str, Any]) -> dict[str, Any]:
    envelope = {
        "id": notice.id,
        "create_time": rfc3339(notice.created_at),
        "resource_type": "encrypt-resource",
        "event_type": notice.event.type,
        "summary": notice.event.summary,
        "resource": _resource(notice.event, _plaintext(notice.event, overrides), flaw),
    }
    return envelope | {name: overrides[name] for name in ENVELOPE_OVERRIDES if name in overrides}


def _plaintext(event: Event, overrides: Mapping[str, Any]) -> bytes:
    document = deepcopy(dict(event.document))
    for name, path in event.overridable.items():
        if name in overrides:
            owner = document[path[0]] if len(path) > 1 else document
            owner[path[-1]] = overrides[name]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _resource(event: Event, plaintext: bytes, flaw: str | None) -> dict[str, str]:
    nonce = secrets.token_hex(6)
    ciphertext = crypto.seal(event.account.api_v3_key, nonce, event.original_type, plaintext)
    if flaw == "garbled":
        ciphertext = ("B" if ciphertext[0] == "A" else "A") + ciphertext[1:]
    return {
        "original_type": event.original_type,
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": ciphertext,
        "associated_data": event.original_type,
        "nonce": nonce,
    }
