"""Random lives of orders and their money, with a WeChat that fails at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule
from hypothesis.strategies import SearchStrategy

from tests.factories.refunds import PARCEL
from tests.factories.wechat import fault, heal
from tests.fault.money_end import assert_money_is_conserved, bring_to_an_end, no_refund_exceeds_its_payment
from tests.fault.money_world import SWEEPS, MoneyWorld, Purchase

PICKS = st.integers(0, 9)
UNITS = st.sampled_from([(1, 0), (0, 1), (2, 0), (1, 2), (3, 1), (0, 3)])
ENDPOINTS = st.sampled_from(["prepay", "query", "close", "refund", "refund_query"])
FAILURES = st.sampled_from(
    [
        "reset_before",
        "reset_after",
        "system_error",
        "system_error_after",
        "too_many_requests",
        "bad_gateway",
        "garbage",
        "html",
        "forged",
        "stale",
        "error",
    ]
)
OUTCOMES = st.sampled_from(["SUCCESS", "SUCCESS", "CLOSED", "ABNORMAL"])
FLAWS = st.sampled_from(["forged", "signtest", "stale", "unknown_serial", "garbled"])
# To the next query, the next refund slot, the next expiry, the end of logins, a shop that was closed over night.
PAUSES_S = st.sampled_from([6, 61, 310, 1_860, 7_300, 40_000])
APPROVALS: SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {}, optional={"amount": st.sampled_from([0, 1, 333, 500]), "returnGoods": st.booleans(), "restock": st.booleans()}
)


class MoneyMachine(RuleBasedStateMachine):
    """Each rule may be refused; none may crash. At the end everything is driven to its end and counted."""

    purchases = Bundle("purchases")
    requests = Bundle("requests")

    def __init__(self, open_world: Callable[[], MoneyWorld]) -> None:
        super().__init__()
        self._world = open_world()

    @rule(target=purchases, units=UNITS)
    def place(self, units: Sequence[int]) -> object:
        return _all_of(self._world.place(units))

    @rule(target=purchases, units=UNITS)
    def place_and_pay(self, units: Sequence[int]) -> object:
        purchase = self._world.place(units)
        if purchase is not None:
            self._world.start_payment(purchase)
            self._world.pay_in_wechat(purchase, 0)
        return _all_of(purchase)

    @rule(target=purchases, units=UNITS, is_shipped=st.booleans())
    def sell(self, units: Sequence[int], is_shipped: bool) -> object:
        purchase = self._world.place(units)
        if purchase is not None:
            self._world.start_payment(purchase)
            self._world.pay_in_wechat(purchase, 0)
            self._world.deliver(-1)
        if purchase is not None and is_shipped:
            self._world.ship(purchase)
        return _all_of(purchase)

    @rule(purchase=purchases)
    def start_payment(self, purchase: Purchase) -> None:
        self._world.start_payment(purchase)

    @rule(purchase=purchases, pick=PICKS)
    def pay(self, purchase: Purchase, pick: int) -> None:
        self._world.pay_in_wechat(purchase, pick)

    @rule(pick=PICKS)
    def money_comes_late(self, pick: int) -> None:
        self._world.take_money_after_all(pick)

    @rule(pick=PICKS, copies=st.sampled_from([1, 1, 3]))
    def deliver(self, pick: int, copies: int) -> None:
        assert set(self._world.deliver(pick, copies=copies)) <= {200, 404, 503}

    @rule(pick=PICKS, flaw=FLAWS)
    def forge(self, pick: int, flaw: str) -> None:
        assert set(self._world.deliver(pick, flaw=flaw)) <= {401}

    @rule(pick=PICKS)
    def wrong_payer(self, pick: int) -> None:
        self._world.deliver_wrong_payer(pick)

    @rule(pick=PICKS)
    def send_back(self, pick: int) -> None:
        self._world.send_back_held(pick)

    @rule(purchase=purchases)
    def read(self, purchase: Purchase) -> None:
        self._world.read(purchase)

    @rule(purchase=purchases)
    def cancel(self, purchase: Purchase) -> None:
        self._world.shopper(f"/api/orders/{purchase.id}/cancel")

    @rule(purchase=purchases)
    def ship(self, purchase: Purchase) -> None:
        self._world.ship(purchase)

    @rule(purchase=purchases)
    def confirm(self, purchase: Purchase) -> None:
        self._world.shopper(f"/api/orders/{purchase.id}/confirm")

    @rule(target=requests, purchase=purchases, units=UNITS)
    def ask_refund(self, purchase: Purchase, units: Sequence[int]) -> object:
        return _all_of(self._world.ask_refund(purchase, units))

    @rule(request=requests)
    def withdraw(self, request: str) -> None:
        self._world.shopper(f"/api/refunds/{request}/withdraw")

    @rule(request=requests)
    def send_goods_back(self, request: str) -> None:
        self._world.shopper(f"/api/refunds/{request}/return", PARCEL)

    @rule(request=requests, decision=APPROVALS)
    def approve(self, request: str, decision: dict[str, object]) -> None:
        self._world.decide(request, "approve", decision)

    @rule(request=requests)
    def reject(self, request: str) -> None:
        self._world.decide(request, "reject", {"reason": "不符合"})

    @rule(request=requests, restock=st.booleans())
    def receive(self, request: str, restock: bool) -> None:
        self._world.decide(request, "receive", {"restock": restock})

    @rule(request=requests)
    def retry(self, request: str) -> None:
        self._world.decide(request, "retry", {})

    @rule(request=requests)
    def settle_outside(self, request: str) -> None:
        self._world.settle_outside(request)

    @rule(pick=PICKS, outcome=OUTCOMES)
    def end_refund(self, pick: int, outcome: str) -> None:
        self._world.end_refund(pick, outcome)

    @rule(seconds=PAUSES_S)
    def pass_time(self, seconds: int) -> None:
        self._world.pass_time(seconds)

    @rule(name=st.sampled_from(SWEEPS))
    def sweep(self, name: str) -> None:
        self._world.sweep(name)

    @rule(endpoint=ENDPOINTS, kind=FAILURES, times=st.integers(1, 3))
    def wechat_fails(self, endpoint: str, kind: str, times: int) -> None:
        fault(self._world.shop, endpoint, kind, times=times)

    @rule()
    def wechat_heals(self) -> None:
        heal(self._world.shop)

    @invariant()
    def nothing_is_paid_back_twice(self) -> None:
        no_refund_exceeds_its_payment(self._world)

    def teardown(self) -> None:
        bring_to_an_end(self._world)
        assert_money_is_conserved(self._world)


def _all_of(result: object | None) -> object:
    return multiple() if result is None else result
