"""Sending notifications: by schedule in the background, or again on command."""

import http.client
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol
from urllib.parse import urlsplit

from ecosystem.sandbox.clock import Clock, rfc3339
from ecosystem.sandbox.events import Subject
from ecosystem.sandbox.faults import Faults
from ecosystem.sandbox.notices import NOTICE_FLAWS, Attempt, Letter, Notice
from ecosystem.sandbox.state import State

TIMEOUT_S = 5.0
LONGEST_ANSWER = 64 * 1024
SENDERS = 8


class Sending(Protocol):
    """What is tried until it is accepted: a notice of WeChat Pay, or a push of a mini-program."""

    due: float | None
    attempts: list[Attempt]
    acknowledged: bool

    @property
    def fault_endpoint(self) -> str: ...

    def letter(self, clock: Clock, flaw: str | None = None) -> Letter: ...

    def accepts(self, attempt: Attempt) -> bool: ...

    def retry_later(self, scheduled: float) -> None: ...


class Notifier:
    """Delivers every notice and push until it is acknowledged or its last retry failed, and keeps the agenda."""

    def __init__(self, state: State, faults: Faults, timeout_s: float = TIMEOUT_S) -> None:
        self._state = state
        self._faults = faults
        self._timeout_s = timeout_s
        self._changed = state.changed
        self._in_flight = 0
        self._stopped = threading.Event()
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="sandbox-notify")
        self._scheduler = threading.Thread(target=self._run, name="sandbox-schedule", daemon=True)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Start no further delivery; one under way ends by its own timeout."""
        with self._changed:
            self._stopped.set()
            self._changed.notify_all()
        self._senders.shutdown(wait=False, cancel_futures=True)
        self._scheduler.join()

    def hold(self, subject: Subject | None) -> None:
        """Suspend automatic delivery, of one payment or refund or of all."""
        with self._changed:
            if subject is None:
                self._state.suspended = True
            else:
                self._state.suspended_subjects.add(subject)

    def release(self, subject: Subject | None) -> None:
        """Resume automatic delivery; what was held back is due now."""
        with self._changed:
            held = [notice for notice in self._state.notices.values() if self._state.is_held(notice)]
            if subject is None:
                self._state.suspended = False
            else:
                self._state.suspended_subjects.discard(subject)
            self._make_due(held)
            self._changed.notify_all()

    def advance(self, seconds: float, headers: bool = False) -> None:
        """Let that much time pass; what falls due in it has happened, every delivery been tried, on return.

        Time stops at each due moment until its delivery has ended, so a refused notice is tried as
        often as the schedule says, even when a whole day is advanced at once.

        Args:
            seconds: How much time passes for everything that expires or is scheduled.
            headers: Whether the timestamps of signature headers jump as well, at once. For a backend
                whose own clock has been moved by as much before.
        """
        clock = self._state.clock
        with self._changed:
            self._settle()
            end = clock.now() + seconds
            if headers:
                clock.advance_headers(seconds)
            while (due := self._next_due()) is not None and due <= end:
                clock.advance(max(0.0, due - clock.now()))
                self._settle()
            clock.advance(max(0.0, end - clock.now()))
            self._settle()

    def await_first_try(self, notice: Notice) -> None:
        """Return when `notice` has been tried once, is held back, or is forgotten."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    notice.attempts
                    or self._state.is_held(notice)
                    or notice.id not in self._state.notices
                    or self._stopped.is_set()
                )
            )

    def deliver(self, notice: Sending, letter: Letter, copies: int, flaw: str | None, genuine: bool) -> list[Attempt]:
        """Send `letter` now, `copies` times at the same moment; return how each ended."""
        together = threading.Barrier(max(copies, 1))
        attempts: list[Attempt] = []

        def send() -> None:
            together.wait()
            attempt = self._send(letter, flaw, automatic=False)
            with self._changed:
                attempts.append(attempt)
                self._record(notice, attempt, genuine)

        threads = [threading.Thread(target=send, daemon=True) for _ in range(copies)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return attempts

    def ask(self, letter: Letter) -> Attempt:
        """Send `letter` once, now; nobody keeps how it ended."""
        return self._send(letter, None, automatic=False)

    def _run(self) -> None:
        with self._changed:
            while not self._stopped.is_set():
                for happening in self._state.agenda.take_due(self._state.clock.now()):
                    happening()
                    self._changed.notify_all()
                for notice in self._waiting():
                    if notice.due is not None and notice.due <= self._state.clock.now():
                        self._dispatch(notice, notice.due)
                due = self._next_due()
                self._changed.wait(None if due is None else max(0.0, due - self._state.clock.now()))

    def _dispatch(self, notice: Sending, scheduled: float) -> None:
        notice.due = None
        self._in_flight += 1
        self._senders.submit(self._try, notice, scheduled)

    def _try(self, notice: Sending, scheduled: float) -> None:
        attempt = self._attempt(notice)
        with self._changed:
            self._record(notice, attempt, genuine=attempt.flaw is None)
            if not notice.acknowledged:
                notice.retry_later(scheduled)
            self._in_flight -= 1
            self._changed.notify_all()

    def _attempt(self, notice: Sending) -> Attempt:
        with self._changed:
            fault = self._faults.take(notice.fault_endpoint)
        flaw = fault.kind if fault and fault.kind in NOTICE_FLAWS else None
        if fault:
            self._stopped.wait(fault.seconds)
        if fault and fault.kind == "lost":
            return self._ended(None, "", "lost on the way", flaw, automatic=True)
        with self._changed:
            letter = notice.letter(self._state.clock, flaw)
        return self._send(letter, flaw, automatic=True)

    def _send(self, letter: Letter, flaw: str | None, automatic: bool) -> Attempt:
        try:
            status, body = post(letter, self._timeout_s)
        except (OSError, ValueError, http.client.HTTPException) as error:
            return self._ended(None, "", str(error) or type(error).__name__, flaw, automatic)
        return self._ended(status, body, None, flaw, automatic)

    def _ended(self, status: int | None, body: str, error: str | None, flaw: str | None, automatic: bool) -> Attempt:
        return Attempt(rfc3339(self._state.clock.now()), automatic, flaw, status, body, error)

    @staticmethod
    def _record(notice: Sending, attempt: Attempt, genuine: bool) -> None:
        notice.attempts.append(attempt)
        if genuine and notice.accepts(attempt):
            notice.acknowledged = True
            notice.due = None

    def _waiting(self) -> list[Sending]:
        scheduled = [notice for notice in self._state.notices.values() if notice.due is not None]
        pushes = [push for push in self._state.pushes.values() if push.due is not None]
        return [*(notice for notice in scheduled if not self._state.is_held(notice)), *pushes]

    def _next_due(self) -> float | None:
        moments = [self._state.agenda.next_due(), *(notice.due for notice in self._waiting())]
        return min((moment for moment in moments if moment is not None), default=None)

    def _make_due(self, notices: Sequence[Sending]) -> None:
        now = self._state.clock.now()
        for notice in notices:
            if notice.due is not None:
                notice.due = max(notice.due, now)

    def _settle(self) -> None:
        self._changed.notify_all()
        self._changed.wait_for(self._is_settled)

    def _is_settled(self) -> bool:
        due = self._next_due()
        return self._stopped.is_set() or (not self._in_flight and (due is None or due > self._state.clock.now()))


def post(letter: Letter, timeout_s: float) -> tuple[int, str]:
    """Return status and body of the answer; redirects are answers too, none is followed.

    Raises:
        OSError: Not reachable, or not answered within `timeout_s` seconds.
        http.client.HTTPException: Answered by something that is not HTTP.
    """
    deadline = time.monotonic() + timeout_s
    connection = _connection(letter.url, timeout_s)
    try:
        connection.connect()
        connection.sock.settimeout(max(0.001, deadline - time.monotonic()))
        connection.request(letter.method, _target(letter.url), letter.body, dict(letter.headers))
        answer = connection.getresponse()
        return answer.status, answer.read(LONGEST_ANSWER).decode("utf-8", "replace")
    finally:
        connection.close()


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _connection(url: str, timeout_s: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    return make(parts.hostname or "", parts.port, timeout=timeout_s)
