from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ecosystem.sandbox.server import RunningSandbox, running_sandbox
from tests.contract.sandbox.backend import Backend
from tests.contract.sandbox.client import Control, Merchant, MiniProgram
from tests.contract.sandbox.push_backend import TOKEN, PushBackend
from tests.contract.sandbox.shipping import PARCEL, UPLOAD


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
def plain(control: Control, push_backend: PushBackend) -> PushBackend:
    """A backend whose push URL is set, in plain mode."""
    control.post("push", url=push_backend.url, token=TOKEN)
    return push_backend


@pytest.fixture
def pay(control: Control, merchant: Merchant, backend: Backend, user: str, openid: str) -> Callable[..., str]:
    """Pay a new order of 100 fen that is notified to `backend`; returns its out_trade_no."""

    def paid(**changes: Any) -> str:
        order = merchant.order(openid, notify_url=backend.notify_url, **changes)
        fields = merchant.payment_fields(merchant.prepay(order).json()["prepay_id"])
        assert control.pay(user, fields) == "requestPayment:ok"
        return str(order["out_trade_no"])

    return paid


@pytest.fixture
def shippable(control: Control, pay: Callable[..., str]) -> str:
    """The out_trade_no of a paid order that has arrived at the shipping management."""
    paid = pay()
    control.advance(3)
    return paid


@pytest.fixture
def form(shippable: str, control: Control, openid: str) -> dict[str, Any]:
    return {
        "order_key": {"order_number_type": 2, "transaction_id": control.order(shippable)["transactionId"]},
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [PARCEL],
        "upload_time": "2026-01-05T13:29:35.120+08:00",
        "payer": {"openid": openid},
    }


@pytest.fixture
def shipped(control: Control, program: MiniProgram, pay: Callable[..., str], openid: str) -> Callable[..., str]:
    """Pay an order and upload its shipping data, once for each way it goes; returns its out_trade_no."""

    def ship(*logistics_types: int) -> str:
        number = pay()
        control.advance(3)
        key = {"order_number_type": 2, "transaction_id": control.order(number)["transactionId"]}
        upload = {"order_key": key, "delivery_mode": 1, "shipping_list": [PARCEL], "payer": {"openid": openid}}
        for second, way in enumerate(logistics_types or (1,)):
            changes = {"logistics_type": way, "upload_time": f"2026-01-05T13:29:{second:02d}.120+08:00"}
            assert program.errcode(UPLOAD, **upload, **changes) == 0
        return number

    return ship
