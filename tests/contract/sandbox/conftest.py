from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ecosystem.sandbox.server import RunningSandbox, running_sandbox
from tests.contract.sandbox.backend import Backend
from tests.contract.sandbox.client import Control, Merchant, MiniProgram
from tests.contract.sandbox.push_backend import PushBackend


@pytest.fixture(scope="session")
def served() -> Iterator[RunningSandbox]:
    with running_sandbox(notification_timeout_s=1.0) as sandbox:
        sandbox.state.accounts.add()
        yield sandbox


@pytest.fixture
def sandbox(served: RunningSandbox) -> RunningSandbox:
    served.state.reset()
    served.faults.active.clear()
    return served


@pytest.fixture
def control(sandbox: RunningSandbox) -> Control:
    return Control(sandbox.url)


@pytest.fixture
def program(sandbox: RunningSandbox) -> MiniProgram:
    return MiniProgram(sandbox.url, sandbox.credentials)


@pytest.fixture
def merchant(sandbox: RunningSandbox) -> Merchant:
    return Merchant(sandbox.url, sandbox.credentials)


@pytest.fixture
def other(sandbox: RunningSandbox) -> dict[str, str]:
    """The credentials of a second app with its own merchant."""
    return sandbox.state.accounts.all()[1].credentials()


@pytest.fixture
def user(control: Control) -> str:
    return control.user()


@pytest.fixture
def openid(control: Control, program: MiniProgram, user: str) -> str:
    return program.openid(control, user)


@pytest.fixture
def backend() -> Iterator[Backend]:
    listening = Backend()
    yield listening
    listening.stop()


@pytest.fixture
def push_backend() -> Iterator[PushBackend]:
    listening = PushBackend()
    yield listening
    listening.stop()


@pytest.fixture
def pay(control: Control, merchant: Merchant, backend: Backend, user: str, openid: str) -> Callable[..., str]:
    """Pay a new order of 100 fen that is notified to `backend`; returns its out_trade_no."""

    def paid(**changes: Any) -> str:
        order = merchant.order(openid, notify_url=backend.notify_url, **changes)
        fields = merchant.payment_fields(merchant.prepay(order).json()["prepay_id"])
        assert control.pay(user, fields) == "requestPayment:ok"
        return str(order["out_trade_no"])

    return paid
