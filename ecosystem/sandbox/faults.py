"""Faults on command: what goes wrong at an endpoint, and how many times."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ecosystem.sandbox.messages import RESET, Response, json_response
from ecosystem.sandbox.mini_program_endpoints import NAMES as MINI_PROGRAM
from ecosystem.sandbox.mini_program_errors import MiniProgramError
from ecosystem.sandbox.notices import NOTICE_FLAWS
from ecosystem.sandbox.pay_errors import PayError
from ecosystem.sandbox.pushes import PUSH_FLAWS
from ecosystem.sandbox.signing import FLAWS

PAY = ("prepay", "query", "close", "refund", "refund_query", "abnormal_refund", "certificates", "tradebill")
UNSIGNED = ("billdownload",)
PUSH = "push"
NOTIFICATIONS = ("notification", "refund_notification")
HTML_TYPE = {"Content-Type": "text/html"}
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"

NOTIFIED_FIRST = "notified_first"
ANY_ANSWER = (
    "latency",
    "slow_answer",
    "too_many_requests",
    "system_error",
    "system_error_after",
    "bad_gateway",
    "reset_before",
    "reset_after",
    "garbage",
    "html",
)
KINDS = {
    **dict.fromkeys(MINI_PROGRAM, (*ANY_ANSWER, "errcode")),
    **dict.fromkeys(PAY, (*ANY_ANSWER, "error", *FLAWS)),
    **dict.fromkeys(UNSIGNED, (*ANY_ANSWER, "error")),
    "prepay": (*ANY_ANSWER, "error", *FLAWS, NOTIFIED_FIRST),
    PUSH: ("latency", "lost", *PUSH_FLAWS),
    **dict.fromkeys(NOTIFICATIONS, ("latency", "lost", *NOTICE_FLAWS)),
}

Effect = Callable[[], Response]


@dataclass
class Fault:
    """One fault of one endpoint; `times` None means until it is removed, `host` None both hosts."""

    id: str
    endpoint: str
    kind: str
    times: int | None = 1
    seconds: float = 0.0
    errcode: int = -1
    errmsg: str | None = None
    status: int = 400
    code: str = "INVALID_REQUEST"
    message: str = "沙箱设定的错误"
    host: str | None = None
    used: int = 0

    def strikes(self, endpoint: str, standby: bool) -> bool:
        return self.endpoint == endpoint and self.host in (None, "standby" if standby else "primary")


@dataclass
class Faults:
    """The faults that are set, oldest first. Guarded by the state's lock."""

    active: list[Fault] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def add(self, endpoint: str, kind: str, **options: Any) -> Fault:
        """Set a fault; ValueError for an endpoint or a kind there is not."""
        if endpoint not in KINDS:
            raise ValueError(f"no endpoint {endpoint!r}; there are {', '.join(KINDS)}")
        if kind not in KINDS[endpoint]:
            raise ValueError(f"no fault {kind!r} for {endpoint}; there are {', '.join(KINDS[endpoint])}")
        fault = Fault(f"fault-{next(self._numbers)}", endpoint, kind, **options)
        self.active.append(fault)
        return fault

    def take(self, endpoint: str, standby: bool = False) -> Fault | None:
        """Return the fault this call meets, and count it."""
        fault = next((fault for fault in self.active if fault.strikes(endpoint, standby)), None)
        if fault is None:
            return None
        fault.used += 1
        if fault.times is not None and fault.used >= fault.times:
            self.active.remove(fault)
        return fault

    def remove(self, fault_id: str) -> bool:
        found = next((fault for fault in self.active if fault.id == fault_id), None)
        if found:
            self.active.remove(found)
        return found is not None


def answer_with(fault: Fault | None, effect: Effect, pause: Callable[[float], object]) -> Response:
    """Return what the caller gets from `effect` when `fault` strikes; `pause` waits real seconds."""
    if fault is None:
        return effect()
    if fault.kind == "slow_answer":
        answer = effect()
        pause(fault.seconds)
        return answer
    pause(fault.seconds)
    if fault.kind in INSTEAD:
        return INSTEAD[fault.kind](fault)
    answer = effect()
    return LOST[fault.kind](fault) if fault.kind in LOST else answer


def spoiled(answer: Response, fault: Fault | None) -> Response:
    """Return the answer as it is signed: under the fault `garbage`, no JSON any more, or half of a bill."""
    if fault is None or fault.kind != "garbage":
        return answer
    if fault.endpoint in UNSIGNED:
        return replace(answer, body=answer.body[: len(answer.body) // 2])
    return replace(answer, status=200, body=b'{"truncated": "')


def _errcode(fault: Fault) -> Response:
    return MiniProgramError(fault.errcode, fault.errmsg).response()


def _error(fault: Fault) -> Response:
    return PayError(fault.status, fault.code, fault.message).response()


def _too_many_requests(fault: Fault) -> Response:
    if fault.endpoint in MINI_PROGRAM:
        return MiniProgramError(45011).response(429)
    return PayError(429, "FREQUENCY_LIMITED", "频率限制，请降低请求频率后重试").response()


def _system_error(fault: Fault) -> Response:
    if fault.endpoint in MINI_PROGRAM:
        return MiniProgramError(-1).response(500)
    return PayError(500, "SYSTEM_ERROR", "系统异常，请使用相同参数重新调用").response()


def _bad_gateway(fault: Fault) -> Response:
    if fault.endpoint in MINI_PROGRAM:
        return Response(502, HTML, HTML_TYPE)
    return json_response({"code": "SERVICE_UNAVAILABLE", "message": "服务不可用，请稍后重试"}, 502)


INSTEAD: Mapping[str, Callable[[Fault], Response]] = {
    "errcode": _errcode,
    "error": _error,
    "too_many_requests": _too_many_requests,
    "system_error": _system_error,
    "bad_gateway": _bad_gateway,
    "reset_before": lambda _: RESET,
}
LOST: Mapping[str, Callable[[Fault], Response]] = {
    "system_error_after": _system_error,
    "reset_after": lambda _: RESET,
    "html": lambda _: Response(200, HTML, HTML_TYPE),
}
