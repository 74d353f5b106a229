"""The control API under /__sandbox__/: what happens outside the two hosts, and what tests command."""

import re
from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import unquote

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.arguments import Arguments, ControlError
from ecosystem.sandbox.clock import rfc3339
from ecosystem.sandbox.delivery import Notifier
from ecosystem.sandbox.faults import Faults
from ecosystem.sandbox.ledger import dump_ledger
from ecosystem.sandbox.messages import Request, Response, json_response
from ecosystem.sandbox.notices import ENVELOPE_OVERRIDES, NOTICE_FLAWS, PLAIN_OVERRIDES, Notice, write_letter
from ecosystem.sandbox.state import State
from ecosystem.sandbox.users import User
from ecosystem.sandbox.wallet import PARAMETERS, PaymentError, request_payment

MOST_COPIES = 200
Handler = Callable[..., Response]


class Control:
    """Answers the control API; JSON in, JSON out."""

    def __init__(self, state: State, faults: Faults, notifier: Notifier) -> None:
        self._state = state
        self._faults = faults
        self._notifier = notifier
        self._routes: tuple[tuple[str, str, Handler], ...] = (
            ("POST", "accounts", self._add_account),
            ("POST", "users", self._add_user),
            ("POST", "users/([^/]+)/login-code", self._login_code),
            ("POST", "users/([^/]+)/phone-code", self._phone_code),
            ("POST", "users/([^/]+)/request-payment", self._request_payment),
            ("GET", "clock", self._show_clock),
            ("POST", "clock/advance", self._advance_clock),
            ("POST", "faults", self._add_fault),
            ("DELETE", "faults", self._clear_faults),
            ("DELETE", "faults/([^/]+)", self._remove_fault),
            ("POST", "notifications/deliver", self._deliver),
            ("POST", "notifications/suspend", self._suspend),
            ("POST", "notifications/resume", self._resume),
            ("GET", "ledger", self._ledger),
            ("POST", "reset", self._reset),
        )

    def __call__(self, request: Request) -> Response:
        try:
            handler, groups = self._route(request)
            arguments = Arguments.parse(request.body)
            return handler(arguments, *groups)
        except ControlError as error:
            return json_response({"error": error.reason}, error.status)

    def _route(self, request: Request) -> tuple[Handler, list[str]]:
        path = request.path.removeprefix("/__sandbox__/")
        matches = [(method, handler, re.fullmatch(route, path)) for method, route, handler in self._routes]
        found = [(method, handler, match) for method, handler, match in matches if match]
        if not found:
            raise ControlError(404, f"no control endpoint {request.path}")
        for method, handler, match in found:
            if method == request.method:
                return handler, [unquote(group) for group in match.groups()]
        raise ControlError(405, f"{request.path} takes {found[0][0]}")

    def _add_account(self, arguments: Arguments) -> Response:
        arguments.finish()
        with self._state.lock:
            return json_response(self._state.accounts.add().credentials(), 201)

    def _add_user(self, arguments: Arguments) -> Response:
        user_id, phone = arguments.text("user"), arguments.text("phone")
        arguments.finish()
        with self._state.lock:
            return json_response({"user": self._state.users.ensure(user_id, phone).id}, 201)

    def _login_code(self, arguments: Arguments, user_id: str) -> Response:
        with self._state.lock:
            account = self._only_account(arguments)
            code = self._state.login_codes.mint(account.appid, self._user(user_id), self._state.clock.now())
        return json_response({"code": code})

    def _phone_code(self, arguments: Arguments, user_id: str) -> Response:
        with self._state.lock:
            account = self._only_account(arguments)
            code = self._state.phone_codes.mint(account.appid, self._user(user_id), self._state.clock.now())
        return json_response({"code": code})

    def _request_payment(self, arguments: Arguments, user_id: str) -> Response:
        user, account = self._user(user_id), self._account(arguments)
        outcome = arguments.choice("outcome", ("ok", "cancel"), "ok")
        fields = {name: arguments.anything(name) for name in PARAMETERS}
        arguments.finish()
        with self._state.lock:
            try:
                order = request_payment(self._state, account, user, fields)
            except PaymentError as failure:
                return json_response({"errMsg": f"requestPayment:fail {failure}"})
            if outcome == "cancel":
                return json_response({"errMsg": "requestPayment:fail cancel"})
            order.mark_paid(self._state.clock.now())
            self._notifier.announce(order)
        return json_response({"errMsg": "requestPayment:ok"})

    def _show_clock(self, arguments: Arguments) -> Response:
        arguments.finish()
        clock = self._state.clock
        return json_response({"now": rfc3339(clock.now()), "unix": clock.now(), "aheadSeconds": clock.ahead_s})

    def _advance_clock(self, arguments: Arguments) -> Response:
        seconds, headers = arguments.number("seconds"), arguments.flag("headers")
        arguments.finish()
        self._notifier.advance(seconds, headers)
        return self._show_clock(Arguments({}))

    def _add_fault(self, arguments: Arguments) -> Response:
        endpoint, kind = arguments.required_text("endpoint"), arguments.required_text("kind")
        options = arguments.fault_options()
        arguments.finish()
        with self._state.lock:
            try:
                return json_response(asdict(self._faults.add(endpoint, kind, **options)), 201)
            except ValueError as error:
                raise ControlError(400, str(error)) from None

    def _clear_faults(self, arguments: Arguments) -> Response:
        arguments.finish()
        with self._state.lock:
            self._faults.active.clear()
        return Response(204)

    def _remove_fault(self, arguments: Arguments, fault_id: str) -> Response:
        arguments.finish()
        with self._state.lock:
            if not self._faults.remove(fault_id):
                raise ControlError(404, f"no active fault {fault_id}")
        return Response(204)

    def _deliver(self, arguments: Arguments) -> Response:
        notice_id, out_trade_no = arguments.text("id"), arguments.text("outTradeNo")
        copies = arguments.integer("copies", 1, 0, MOST_COPIES)
        flaw = arguments.choice("flaw", NOTICE_FLAWS, None)
        overrides = arguments.object("overrides", (*ENVELOPE_OVERRIDES, *PLAIN_OVERRIDES))
        arguments.finish()
        with self._state.lock:
            notice = self._notice(notice_id, out_trade_no)
            letter = write_letter(notice, self._state.clock, flaw, overrides)
        genuine = flaw is None and not overrides
        attempts = self._notifier.deliver(notice, letter, copies, flaw, genuine)
        sent = {"url": letter.url, "headers": letter.headers, "body": letter.body.decode()}
        answers = [{"status": each.status, "body": each.body, "error": each.error} for each in attempts]
        return json_response({"id": notice.id, "sent": sent, "answers": answers})

    def _suspend(self, arguments: Arguments) -> Response:
        out_trade_no = arguments.text("outTradeNo")
        arguments.finish()
        self._notifier.hold(out_trade_no)
        return Response(204)

    def _resume(self, arguments: Arguments) -> Response:
        out_trade_no = arguments.text("outTradeNo")
        arguments.finish()
        self._notifier.release(out_trade_no)
        return Response(204)

    def _ledger(self, arguments: Arguments) -> Response:
        arguments.finish()
        return json_response(dump_ledger(self._state, self._faults))

    def _reset(self, arguments: Arguments) -> Response:
        arguments.finish()
        with self._state.lock:
            self._state.reset()
            self._faults.active.clear()
        return Response(204)

    def _only_account(self, arguments: Arguments) -> Account:
        account = self._account(arguments)
        arguments.finish()
        return account

    def _account(self, arguments: Arguments) -> Account:
        appid = arguments.text("appid")
        account = self._state.accounts.default if appid is None else self._state.accounts.by_appid(appid)
        if account is None:
            raise ControlError(404, f"no app {appid}")
        return account

    def _user(self, user_id: str) -> User:
        user = self._state.users.find(user_id)
        if user is None:
            raise ControlError(404, f"no user {user_id}")
        return user

    def _notice(self, notice_id: str | None, out_trade_no: str | None) -> Notice:
        """Return the notice of that id, else the latest one, of that order if given."""
        for notice in reversed(self._state.notices.values()):
            if notice_id in (None, notice.id) and out_trade_no in (None, notice.order.out_trade_no):
                return notice
        raise ControlError(404, "no such notification: nothing has been paid under that id or number")
