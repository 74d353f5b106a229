"""The sandbox as one function from request to response: three families of endpoints."""

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from ecosystem.sandbox import mini_program, pay
from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.authorization import authenticate
from ecosystem.sandbox.control import Control
from ecosystem.sandbox.faults import Fault, Faults, answer_with, spoiled
from ecosystem.sandbox.messages import Request, Response
from ecosystem.sandbox.mini_program import MiniProgramError
from ecosystem.sandbox.pay_errors import PayError
from ecosystem.sandbox.signing import FLAWS, signature_headers
from ecosystem.sandbox.state import State

CONTROL = "/__sandbox__/"
MINI_PROGRAM = {
    "/sns/jscode2session": ("code2session", mini_program.code_to_session),
    "/cgi-bin/stable_token": ("stable_token", mini_program.stable_token),
    "/wxa/business/getuserphonenumber": ("phone_number", mini_program.phone_number),
}


@dataclass(frozen=True)
class PayEndpoint:
    """One APIv3 endpoint; groups of the path go to `handle`, percent-decoded."""

    name: str
    method: str
    path: re.Pattern[str]
    handle: Callable[..., Response]


PAY = (
    PayEndpoint("prepay", "POST", re.compile(r"/v3/pay/transactions/jsapi"), pay.prepay),
    PayEndpoint("query", "GET", re.compile(r"/v3/pay/transactions/id/([^/]+)"), pay.query_by_transaction),
    PayEndpoint("query", "GET", re.compile(r"/v3/pay/transactions/out-trade-no/([^/]+)"), pay.query_by_number),
    PayEndpoint("close", "POST", re.compile(r"/v3/pay/transactions/out-trade-no/([^/]+)/close"), pay.close),
)


class Application:
    """Routes each request to its family and lets faults strike."""

    def __init__(self, state: State, faults: Faults, control: Control) -> None:
        self._state = state
        self._faults = faults
        self._control = control
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End the waits of faults under way."""
        self._stopped.set()

    def __call__(self, request: Request) -> Response:
        if request.path.startswith(CONTROL):
            return self._control(request)
        if request.path in MINI_PROGRAM:
            return self._mini_program(request)
        endpoint, arguments = _find(request.path)
        if endpoint is None:
            return Response(404)
        if endpoint.method != request.method:
            return Response(405)
        return self._pay(endpoint, request, arguments)

    def _mini_program(self, request: Request) -> Response:
        name, handle = MINI_PROGRAM[request.path]
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
            return self._signed(spoiled(answer, fault), account, fault)

        answer = answer_with(fault, effect, self._stopped.wait)
        return answer if "authorization" not in request.headers else _with_request_id(answer)

    def _meet(self, endpoint: str, request: Request) -> Fault | None:
        with self._state.lock:
            self._state.calls[endpoint].record(request, self._state.clock.now())
            return self._faults.take(endpoint)

    def _signed(self, answer: Response, account: Account, fault: Fault | None) -> Response:
        flaw = fault.kind if fault and fault.kind in FLAWS else None
        signature = signature_headers(account, answer.body, self._state.clock.header_time(), flaw)
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
