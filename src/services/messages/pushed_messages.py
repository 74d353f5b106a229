"""The messages that WeChat pushes: stored once, applied once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from src.models.connection import deadline
from src.models.pushed_messages import MessageState, PushedMessage
from src.models.stores import Store
from src.services.jobs.contracts import ScheduledWork
from src.services.stores.stores import Stores
from src.services.wechat.errors import BadNotification
from src.services.wechat.message_push import Push, PushKeys, read_push, request_identity, verified_echo
from src.utils.clock import Clock
from src.utils.errors import NotFound
from src.utils.metrics import WECHAT_MESSAGES

log = structlog.get_logger(__name__)

# What one kind of message does; it may run twice about one message. False: the message means nothing to us.
Apply = Callable[[Store, dict[str, Any]], bool]

# WeChat waits five seconds. What is not applied by then is stored, and applied by scheduled work.
_DEADLINE_S = 4.0
_MAX_ATTEMPTS = 10
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
_EVERY = timedelta(seconds=20)
_OTHER = "other"


class PushedMessages:
    """Receives what WeChat posts to a store's message URL. `handlers`: what to do, by event."""

    def __init__(self, *, stores: Stores, handlers: Mapping[str, Apply], clock: Clock) -> None:
        self._stores = stores
        self._handlers = handlers
        self._clock = clock
        self.scheduled = ScheduledWork("apply_messages", _EVERY, self.apply_due)

    def verify(self, store_code: str, query: Mapping[str, str]) -> str:
        """Returns what to answer when WeChat verifies the URL of a store.

        Raises:
            NotFound: there is no such store, or it takes no messages. BadNotification: it is not WeChat who asks.
        """
        store, keys = self._addressee(store_code)
        now = self._clock.now()
        echo = verified_echo(keys, query=query, now=now)
        # Its signature, which stands in access logs, would also fit a forged message with this nonce.
        PushedMessage.use_up(store.id, request_identity(query), now=now)
        return echo

    def receive(self, store_code: str, query: Mapping[str, str], body: bytes) -> None:
        """Verifies, stores and applies a message.

        Once this returns, the message is majority-written. One that could not be applied is tried again later by
        `apply_due`; a repeated delivery finds the stored one.

        Raises:
            NotFound: there is no such store, or it takes no messages.
            BadNotification: it is not WeChat's, too old, or unreadable; nothing is stored.
        """
        with deadline(_DEADLINE_S):
            store, keys = self._addressee(store_code)
            push = read_push(keys, query=query, body=body, now=self._clock.now())
            self._try(self._stored(store, push))

    def apply_due(self, limit: int) -> int:
        """Applies what is stored and was not applied yet; returns how many messages it tried."""
        due = PushedMessage.list_due(self._clock.now(), limit=limit)
        for message in due:
            self._try(message)
        return len(due)

    def _addressee(self, store_code: str) -> tuple[Store, PushKeys]:
        store = self._stores.resolve(code=store_code, host="")
        keys = self._stores.push_keys(store)
        if keys is None:
            raise NotFound()
        return store, keys

    def _stored(self, store: Store, push: Push) -> PushedMessage:
        event = _event_of(push.message)
        now = self._clock.now()
        stored = PushedMessage.receive(
            store.id,
            f"{store.id}:{_identity(push.message)}",
            event=event,
            content=json.dumps(push.message),
            nonce=push.nonce,
            now=now,
            due_at=now,
        )
        if stored is None:
            raise BadNotification("the nonce was used for another message")
        return stored

    def _try(self, message: PushedMessage) -> None:
        """Applies a message unless somebody else has, or does at this moment."""
        now = self._clock.now()
        claimed = PushedMessage.claim(message.id, now=now, next_due_at=now + _pause(message.attempts))
        if claimed is None:
            return
        try:
            state = self._apply(claimed)
        except Exception:  # whatever it was: the message is kept
            log.exception("pushed_message_not_applied", message=message.id, event_name=message.event)
            state = MessageState.FAILED if claimed.attempts >= _MAX_ATTEMPTS else MessageState.STORED
        self._count(claimed, state)
        if state is not MessageState.STORED:
            PushedMessage.finish(claimed.id, state)

    def _apply(self, message: PushedMessage) -> MessageState:
        handler = self._handlers.get(message.event)
        if handler is None:
            log.info("pushed_message_ignored", event_name=message.event)
            return MessageState.IGNORED
        applied = handler(self._stores.get(message.store_id), json.loads(message.content))
        return MessageState.APPLIED if applied else MessageState.IGNORED

    def _count(self, message: PushedMessage, state: MessageState) -> None:
        event = message.event if message.event in self._handlers else _OTHER
        WECHAT_MESSAGES.labels(event=event, result=state.value).inc()


def _event_of(message: dict[str, Any]) -> str:
    name = str(message.get("Event") or message.get("MsgType") or "")[:64]
    return name.encode(errors="replace").decode()


def _identity(message: dict[str, Any]) -> str:
    """Returns a digest that repeated deliveries of one message share, and no two messages.

    Events have no id. WeChat tells them apart by user and second, but one order can have two in a second; so all
    that an event says counts.
    Source: Mini Program guide, message push, "deduplicate by MsgId, events by FromUserName + CreateTime".
    """
    told_apart_by = message.get("MsgId") or message
    return hashlib.sha256(json.dumps(told_apart_by, sort_keys=True).encode()).hexdigest()


def _pause(attempts: int) -> timedelta:
    doublings: int = min(attempts, _MAX_ATTEMPTS)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)
