"""The sandbox as one function from request to response: three families of endpoints."""

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from ecosystem.sandbox import billing, certifying, mini_program_endpoints, pay, refunding
from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.authorization import authenticate
from ecosystem.sandbox.control import Control
from ecosystem.sandbox.delivery import Notifier
from ecosystem.sandbox.faults import NOTIFIED_FIRST, Fault, Faults, answer_with, spoiled
from ecosystem.sandbox.messages import Request, Response, parse_json
from ecosystem.sandbox.mini_program_errors import MiniProgramError
from ecosystem.sandbox.pay_errors import PayError
from ecosystem.sandbox.signers import answering_signer
from ecosystem.sandbox.signing import FLAWS, signature_headers
from ecosystem.sandbox.state import State
from ecosystem.sandbox.wallet import take_money

CONTROL = "/__sandbox__/"


@dataclass(frozen=True)
class PayEndpoint:
    """One APIv3 endpoint; groups of the path go to `handle`, percent-decoded."""

    name: str
    method: str
    path: re.Pattern[str]
    handle: Callable[..., Response]
    signed: bool = True


PAY = (
    PayEndpoint("prepay", "POST", re.compile(r"/v3/pay/transactions/jsapi"), pay.prepay),
    PayEndpoint("query", "GET", re.compile(r"/v3/pay/transactions/id/([^/]+)"), pay.query_by_transaction),
    PayEndpoint("query", "GET", re.compile(r"/v3/pay/transactions/out-trade-no/([^/]+)"), pay.query_by_number),
    PayEndpoint("close", "POST", re.compile(r"/v3/pay/transactions/out-trade-no/([^/]+)/close"), pay.close),
    PayEndpoint("refund", "POST", re.compile(r"/v3/refund/domestic/refunds"), refunding.refund),
    PayEndpoint("refund_query", "GET", re.compile(r"/v3/refund/domestic/refunds/([^/]+)"), refunding.query_refund),
    PayEndpoint(
        "abnormal_refund",
        "POST",
        re.compile(r"/v3/refund/domestic/refunds/([^/]+)/apply-abnormal-refund"),
        refunding.apply_abnormal,
    ),
    PayEndpoint("certificates", "GET", re.compile(r"/v3/certificates"), certifying.certificates),
    PayEndpoint("tradebill", "GET", re.compile(r"/v3/bill/tradebill"), billing.trade_bill),
    PayEndpoint("billdownload", "GET", re.compile(r"/v3/billdownload/file"), billing.download_bill, signed=False),
)


class Application:
    """Routes each request to its family and lets faults strike."""

    def __init__(self, state: State, faults: Faults, control: Control, notifier: Notifier) -> None:
        self._state = state
        self._faults = faults
        self._control = control
        self._notifier = notifier
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End the waits of faults under way."""
        self._stopped.set()

    def __call__(self, request: Request) -> Response:
        if request.path.startswith(CONTROL):
            return self._control(request)
        if request.path in mini_program_endpoints.ENDPOINTS:
            return self._mini_program(request)
        endpoint, arguments = _find(request.path)
        if endpoint is None:
            return Response(404)
        if endpoint.method != request.method:
            return Response(405)
        return self._pay(endpoint, request, arguments)

    def _mini_program(self, request: Request) -> Response:
        name, handle = mini_program_endpoints.ENDPOINTS[request.path]
        fault = self._meet(name, request)

        def effect() -> Response:
            try:
                with self._state.lock:
                    return spoiled(handle(self._state, request), fault)
            except MiniProgramError as error:
                return error.response()

        return answer_with(fault, effect, self._stopped.wait)

    def _pay(self, endpoint: PayEndpoint, request: Request, arguments: list[str]) -> Response:
        fault = self._meet(endpoint.name, request)

        def effect() -> Response:
            try:
                _require_user_agent(request)
                account = authenticate(self._state.accounts, self._state.clock, request)
                with self._state.lock:
                    answer = endpoint.handle(self._state, account, request, *arguments)
            except PayError as error:
                return error.response()
            if fault and fault.kind == NOTIFIED_FIRST:
                self._pay_and_notify(account, str(parse_json(request.body)["out_trade_no"]))
            answer = spoiled(answer, fault)
            return self._signed(answer, account, request, fault) if endpoint.signed else answer

        answer = answer_with(fault, effect, self._stopped.wait)
        return answer if "authorization" not in request.headers else _with_request_id(answer)

    def _meet(self, endpoint: str, request: Request) -> Fault | None:
        with self._state.lock:
            self._state.calls[endpoint].record(request, self._state.clock.now())
            return self._faults.take(endpoint, request.standby)

    def _pay_and_notify(self, account: Account, out_trade_no: str) -> None:
        """Have the shopper pay at once, and return when the merchant has been told."""
        with self._state.lock:
            order = self._state.orders.find(account.mchid, out_trade_no)
            assert order is not None
            notice = take_money(self._state, order)
        self._notifier.await_first_try(notice)

    def _signed(self, answer: Response, account: Account, request: Request, fault: Fault | None) -> Response:
        flaw = fault.kind if fault and fault.kind in FLAWS else None
        signer = answering_signer(account, request.headers.get("wechatpay-serial"))
        signature = signature_headers(signer, answer.body, self._state.clock.header_time(), flaw)
        return replace(answer, headers={**answer.headers, **signature})


def _find(path: str) -> tuple[PayEndpoint | None, list[str]]:
    for endpoint in PAY:
        if match := endpoint.path.fullmatch(path):
            return endpoint, [unquote(group) for group in match.groups()]
    return None, []


def _require_user_agent(request: Request) -> None:
    if not request.headers.get("user-agent"):
        raise PayError(400, "PARAM_ERROR", "Http头缺少Accept或User-Agent")


def _with_request_id(answer: Response) -> Response:
    number = 0 if 200 <= answer.status < 300 else 268435461
    return replace(answer, headers={**answer.headers, "Request-ID": f"{secrets.token_hex(18).upper()}-{number}"})
