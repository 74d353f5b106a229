"""The control API under /__sandbox__/: what happens outside the two hosts, and what tests command."""

import re
from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import unquote

from ecosystem.sandbox.accounts import KEYS, Account
from ecosystem.sandbox.arguments import Arguments, ControlError
from ecosystem.sandbox.chosen import chosen_account, chosen_user
from ecosystem.sandbox.clock import rfc3339
from ecosystem.sandbox.control_bills import BillControl
from ecosystem.sandbox.control_keys import KeyControl
from ecosystem.sandbox.control_notifications import NotificationControl
from ecosystem.sandbox.control_pushes import PushControl
from ecosystem.sandbox.control_refunds import RefundControl
from ecosystem.sandbox.control_shipping import ShippingControl
from ecosystem.sandbox.control_subscriptions import SubscriptionControl
from ecosystem.sandbox.control_user_data import UserDataControl
from ecosystem.sandbox.delivery import Notifier
from ecosystem.sandbox.faults import Faults
from ecosystem.sandbox.ledger import dump_ledger
from ecosystem.sandbox.messages import Request, Response, json_response
from ecosystem.sandbox.state import State
from ecosystem.sandbox.users import User
from ecosystem.sandbox.wallet import PARAMETERS, PaymentError, request_payment, take_money

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
            ("GET", "ledger", self._ledger),
            ("POST", "reset", self._reset),
            *NotificationControl(state, notifier).routes,
            *RefundControl(state).routes,
            *BillControl(state).routes,
            *KeyControl(state).routes,
            *UserDataControl(state).routes,
            *ShippingControl(state).routes,
            *SubscriptionControl(state).routes,
            *PushControl(state, notifier).routes,
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
        keys = arguments.choice("keys", KEYS, "public_key") or "public_key"
        arguments.finish()
        with self._state.lock:
            return json_response(self._state.accounts.add(keys).credentials(), 201)

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
            take_money(self._state, order)
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
        return chosen_account(self._state, arguments)

    def _user(self, user_id: str) -> User:
        return chosen_user(self._state, user_id)
