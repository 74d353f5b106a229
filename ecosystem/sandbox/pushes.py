"""Message push: events an app's backend is told of, how they are written, when they are tried again."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.clock import Clock
from ecosystem.sandbox.notices import Attempt, Letter
from ecosystem.sandbox.push_crypto import encrypt, signature

RETRY_AFTER_S = (5, 5, 5)
PUSH_FLAWS = ("forged", "stale", "garbled")
MODES = ("plain", "secure")
STALE_S = 301
JSON_HEADERS = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "Mozilla/4.0"}


@dataclass(frozen=True)
class PushTarget:
    """Where an app wants its messages, as entered in the console of the mini-program."""

    url: str
    token: str
    aes_key: str | None = None
    mode: str = "plain"


@dataclass
class Push:
    """One event on its way; `due` is when it is tried next, None when it is not."""

    account: Account
    target: PushTarget
    event: Mapping[str, Any]
    due: float | None
    id: str = field(default_factory=lambda: f"push-{secrets.token_hex(8)}")
    attempts: list[Attempt] = field(default_factory=list)
    retries: int = 0
    acknowledged: bool = False

    @classmethod
    def on_command(cls, account: Account, target: PushTarget, event: Mapping[str, Any]) -> "Push":
        """Return a push that is never tried by itself."""
        return cls(account, target, event, due=None, retries=len(RETRY_AFTER_S))

    def retry_later(self, scheduled: float) -> None:
        """Put the next try after the one that was due at `scheduled`; none after the last."""
        if self.retries < len(RETRY_AFTER_S):
            self.due = scheduled + RETRY_AFTER_S[self.retries]
            self.retries += 1

    def accepts(self, attempt: Attempt) -> bool:
        """Say whether that is the answer WeChat waits for: nothing, or `success`."""
        return attempt.status == 200 and attempt.body in ("", "success")

    @property
    def fault_endpoint(self) -> str:
        return "push"

    @property
    def status(self) -> str:
        if self.acknowledged:
            return "acknowledged"
        return "given_up" if self.retries == len(RETRY_AFTER_S) and self.due is None else "pending"

    def letter(self, clock: Clock, flaw: str | None = None) -> Letter:
        """Return the event as it goes over the wire, signed now; a flaw makes it one WeChat would not send."""
        message = json.dumps(self.event, ensure_ascii=False, separators=(",", ":")).encode()
        if flaw == "garbled" and self.target.mode == "plain":
            message = message[:-1]
        encrypted = self._encrypted(message, flaw) if self.target.mode == "secure" else None
        body = message if encrypted is None else self._envelope(encrypted)
        moment = clock.header_time() - (STALE_S if flaw == "stale" else 0)
        url = with_query(self.target.url, self._query(moment, encrypted, flaw))
        return Letter(url, JSON_HEADERS, body)

    def _encrypted(self, message: bytes, flaw: str | None) -> str:
        assert self.target.aes_key is not None
        encrypted = encrypt(self.target.aes_key, self.account.appid, message)
        if flaw != "garbled":
            return encrypted
        return ("B" if encrypted[0] == "A" else "A") + encrypted[1:]

    def _envelope(self, encrypted: str) -> bytes:
        return json.dumps({"ToUserName": self.event["ToUserName"], "Encrypt": encrypted}).encode()

    def _query(self, moment: float, encrypted: str | None, flaw: str | None) -> dict[str, str]:
        token = "another token" if flaw == "forged" else self.target.token
        timestamp, nonce = str(int(moment)), str(secrets.randbelow(10**10))
        query = {"signature": signature(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        query["openid"] = str(self.event["FromUserName"])
        if encrypted is not None:
            query |= {"encrypt_type": "aes", "msg_signature": signature(token, timestamp, nonce, encrypted)}
        return query


def event_message(account: Account, now: float, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event in its frame; what the event says itself goes before."""
    frame = {
        "ToUserName": original_id(account.appid),
        "FromUserName": "o" + secrets.token_hex(14)[:27],
        "CreateTime": int(now),
        "MsgType": "event",
    }
    return {**frame, **event}


def original_id(appid: str) -> str:
    """Return the gh_… name of the app."""
    return f"gh_{hashlib.sha256(appid.encode()).hexdigest()[:12]}"


def verification(target: PushTarget, clock: Clock, echo: str) -> Letter:
    """Return the request that tests a new URL, as when it is entered in the console; `echo` is the right answer."""
    timestamp, nonce = str(int(clock.header_time())), str(secrets.randbelow(10**10))
    signed = {"signature": signature(target.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    return Letter(with_query(target.url, {**signed, "echostr": echo}), JSON_HEADERS, b"", "GET")


def with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
