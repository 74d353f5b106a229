"""Control of notifications: sent again on command, held back, released."""

from ecosystem.sandbox.arguments import Arguments, ControlError
from ecosystem.sandbox.delivery import Notifier
from ecosystem.sandbox.events import PAYMENT_OVERRIDES, REFUND_OVERRIDES, Subject
from ecosystem.sandbox.messages import Response, json_response
from ecosystem.sandbox.notices import ENVELOPE_OVERRIDES, NOTICE_FLAWS, Notice, write_letter
from ecosystem.sandbox.state import State

MOST_COPIES = 200
OVERRIDES = (*ENVELOPE_OVERRIDES, *{**PAYMENT_OVERRIDES, **REFUND_OVERRIDES})


class NotificationControl:
    """The calls under notifications/."""

    def __init__(self, state: State, notifier: Notifier) -> None:
        self._state = state
        self._notifier = notifier
        self.routes = (
            ("POST", "notifications/deliver", self._deliver),
            ("POST", "notifications/suspend", self._suspend),
            ("POST", "notifications/resume", self._resume),
        )

    def _deliver(self, arguments: Arguments) -> Response:
        notice_id, subject = arguments.text("id"), _subject(arguments)
        copies = arguments.integer("copies", 1, 0, MOST_COPIES)
        flaw = arguments.choice("flaw", NOTICE_FLAWS, None)
        overrides = arguments.object("overrides", OVERRIDES)
        arguments.finish()
        with self._state.lock:
            notice = self._notice(notice_id, subject)
            _check_overrides(notice, overrides)
            letter = write_letter(notice, self._state.clock, flaw, overrides)
        genuine = flaw is None and not overrides
        attempts = self._notifier.deliver(notice, letter, copies, flaw, genuine)
        sent = {"url": letter.url, "headers": letter.headers, "body": letter.body.decode()}
        answers = [{"status": each.status, "body": each.body, "error": each.error} for each in attempts]
        return json_response({"id": notice.id, "sent": sent, "answers": answers})

    def _suspend(self, arguments: Arguments) -> Response:
        subject = _subject(arguments)
        arguments.finish()
        self._notifier.hold(subject)
        return Response(204)

    def _resume(self, arguments: Arguments) -> Response:
        subject = _subject(arguments)
        arguments.finish()
        self._notifier.release(subject)
        return Response(204)

    def _notice(self, notice_id: str | None, subject: Subject | None) -> Notice:
        """Return the notice of that id, else the latest one, of that payment or refund if given."""
        for notice in reversed(self._state.notices.values()):
            if notice_id in (None, notice.id) and subject in (None, notice.event.subject):
                return notice
        raise ControlError(404, "no such notification: nothing has been paid or refunded under that id or number")


def _subject(arguments: Arguments) -> Subject | None:
    out_trade_no, out_refund_no = arguments.text("outTradeNo"), arguments.text("outRefundNo")
    if out_trade_no is not None and out_refund_no is not None:
        raise ControlError(400, "outTradeNo names a payment, outRefundNo a refund: give one of them")
    if out_refund_no is not None:
        return Subject("refund", out_refund_no)
    return None if out_trade_no is None else Subject("payment", out_trade_no)


def _check_overrides(notice: Notice, overrides: dict[str, object]) -> None:
    strange = overrides.keys() - {*ENVELOPE_OVERRIDES, *notice.event.overridable}
    if strange:
        raise ControlError(400, f"a {notice.event.subject.kind} notification has no {', '.join(sorted(strange))}")
