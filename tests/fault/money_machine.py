"""Random lives of orders and their money, with a WeChat that fails at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import SearchStrategy

from tests.factories.wechat import heal
from tests.fault.money_end import assert_money_is_conserved, bring_to_an_end, no_refund_exceeds_its_payment
from tests.fault.money_world import SWEEPS, MoneyWorld, Purchase, Trouble

PICKS = st.integers(0, 9)
UNITS = st.sampled_from([(1, 0), (0, 1), (2, 0), (1, 2), (3, 1), (0, 3)])
# How far a new order comes before anything else happens.
STAGES = st.sampled_from(["placed", "started", "paid", "told", "shipped", "refunding"])
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
OUTCOMES = st.sampled_from(["SUCCESS", "CLOSED", "ABNORMAL"])
ACTS = st.sampled_from(["read", "start payment", "pay in WeChat", "cancel", "ship", "confirm"])
FLAWS = st.sampled_from(["forged", "signtest", "stale", "unknown_serial", "garbled"])
# To the next query, the next refund slot, the next expiry, the end of logins, a shop that was closed over night.
PAUSES_S = st.sampled_from([6, 61, 310, 1_860, 7_300, 40_000])
APPROVALS: SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {}, optional={"amount": st.sampled_from([0, 1, 333, 500]), "returnGoods": st.booleans(), "restock": st.booleans()}
)
DECISIONS = st.sampled_from(["approve", "receive", "reject", "retry", "settle-outside"])


def troubles(*endpoints: str) -> SearchStrategy[tuple[str, str, int] | None]:
    """Draws what goes wrong at WeChat the next times: the endpoint, how, and how often."""
    return st.none() | st.tuples(st.sampled_from(endpoints), FAILURES, st.integers(1, 3))


PAYING = troubles("prepay", "query", "close")
PAYING_BACK = troubles("refund", "refund_query")
FOLLOWING_UP = troubles("query", "close", "refund", "refund_query")


def happens(name: str, /, **arguments: SearchStrategy[Any]) -> SearchStrategy[tuple[str, dict[str, Any]]]:
    """Draws a call of a method of `MoneyMachine`."""
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


EVENTS = st.one_of(
    happens("pass_time", seconds=PAUSES_S, are_swept=st.booleans(), trouble=FOLLOWING_UP),
    happens("place", units=UNITS, stage=STAGES, trouble=PAYING),
    happens("act", pick=PICKS, act=ACTS, trouble=PAYING),
    happens("money_comes_late", pick=PICKS, is_expired=st.booleans(), is_told=st.booleans()),
    happens("begin_a_second_attempt", pick=PICKS),
    happens("deliver", pick=PICKS, copies=st.sampled_from([1, 1, 3])),
    happens("deliver_wrongly", pick=PICKS, flaw=FLAWS),
    happens("deliver_wrong_payer", pick=PICKS),
    happens("send_back", pick=PICKS),
    happens(
        "ask_refund",
        pick=PICKS,
        units=st.sampled_from([1, 1, 3]),
        approval=st.none() | APPROVALS,
        trouble=PAYING_BACK,
    ),
    happens("shopper_moves_on", pick=PICKS, action=st.sampled_from(["withdraw", "return"])),
    happens("decide", pick=PICKS, decision=st.none() | DECISIONS, approval=APPROVALS, trouble=PAYING_BACK),
    happens("end_refund", pick=PICKS, outcome=OUTCOMES, is_told=st.booleans()),
    happens("help_twice", pick=PICKS, is_settled_outside=st.booleans()),
    happens("sweep", name=st.sampled_from(SWEEPS), trouble=FOLLOWING_UP),
    happens("wechat_heals"),
)


class MoneyMachine(RuleBasedStateMachine):
    """Each event may be refused; none may crash. At the end everything is driven to its end and counted."""

    def __init__(self, world: MoneyWorld) -> None:
        super().__init__()
        self._world = world
        self._purchases: list[Purchase] = []

    @initialize(units=st.tuples(UNITS, UNITS, UNITS))
    def open_the_shop(self, units: Sequence[Sequence[int]]) -> None:
        """An order of each kind that has the most before it, so that no sequence is about an empty shop."""
        for units_of, stage in zip(units, ("refunding", "shipped", "started"), strict=True):
            self.place(units_of, stage, None)

    @rule(event=EVENTS)
    def happen(self, event: tuple[str, dict[str, Any]]) -> None:
        """One rule for everything: of several rules hypothesis leaves many out of each sequence."""
        name, arguments = event
        getattr(self, name)(**arguments)

    def place(self, units: Sequence[int], stage: str, trouble: Trouble) -> None:
        self._world.fail(trouble)
        if purchase := self._world.place(units):
            self._purchases.append(purchase)
            self._bring_to(stage, purchase)

    def act(self, pick: int, act: str, trouble: Trouble) -> None:
        self._world.fail(trouble)
        purchase = self._purchase(pick)
        match act:
            case "read":
                self._world.read(purchase)
            case "start payment":
                self._world.start_payment(purchase)
            case "pay in WeChat":
                self._world.pay_in_wechat(purchase, pick)
            case "ship":
                self._world.ship(purchase)
            case _:
                self._world.shopper(f"/api/orders/{purchase.id}/{act}")

    def money_comes_late(self, pick: int, is_expired: bool, is_told: bool) -> None:
        if is_expired:
            self._world.pass_time(1_860)
            self._world.sweep("expire_orders")
        if self._world.take_money_after_all(pick) and is_told:
            self._world.deliver(-1)

    def begin_a_second_attempt(self, pick: int) -> None:
        purchase = self._purchase(pick)
        self._world.close_behind_our_back(purchase)
        self._world.pass_time(6)
        self._world.sweep("query_payments")
        self._world.start_payment(purchase)

    def deliver(self, pick: int, copies: int) -> None:
        assert set(self._world.deliver(pick, copies=copies)) <= {200, 404, 503}

    def deliver_wrongly(self, pick: int, flaw: str) -> None:
        assert set(self._world.deliver(pick, flaw=flaw)) <= {401}

    def deliver_wrong_payer(self, pick: int) -> None:
        self._world.deliver_wrong_payer(pick)

    def send_back(self, pick: int) -> None:
        self._world.send_back_held(pick)

    def ask_refund(self, pick: int, units: int, approval: dict[str, object] | None, trouble: Trouble) -> None:
        self._world.fail(trouble)
        request = self._world.ask_refund(self._purchase(pick), units)
        if request is not None and approval is not None:
            self._world.decide(request, "approve", approval)

    def shopper_moves_on(self, pick: int, action: str) -> None:
        self._world.move_on(pick, action)

    def decide(self, pick: int, decision: str | None, approval: dict[str, object], trouble: Trouble) -> None:
        """Staff do what they may do with some refund, or try something else."""
        self._world.fail(trouble)
        self._world.decide_some(pick, decision, approval)

    def end_refund(self, pick: int, outcome: str, is_told: bool) -> None:
        if self._world.end_refund(pick, outcome) and is_told:
            self._world.deliver(-1)

    def help_twice(self, pick: int, is_settled_outside: bool) -> None:
        """A refund becomes abnormal; staff find it another way at WeChat, and may want to pay it themselves too."""
        self.end_refund(pick, "ABNORMAL", is_told=True)
        number = self._world.send_another_way(pick)
        if number is not None and is_settled_outside:
            self._world.settle_outside(number)

    def pass_time(self, seconds: int, are_swept: bool, trouble: Trouble) -> None:
        self._world.fail(trouble)
        self._world.pass_time(seconds)
        for name in SWEEPS if are_swept else ():
            self._world.sweep(name)

    def sweep(self, name: str, trouble: Trouble) -> None:
        self._world.fail(trouble)
        self._world.sweep(name)

    def wechat_heals(self) -> None:
        heal(self._world.shop)

    @invariant()
    def nothing_is_paid_back_twice(self) -> None:
        no_refund_exceeds_its_payment(self._world)

    def teardown(self) -> None:
        bring_to_an_end(self._world)
        assert_money_is_conserved(self._world)

    def _purchase(self, pick: int) -> Purchase:
        """Returns one of the purchases; 0 is the latest."""
        return self._purchases[-1 - pick % len(self._purchases)]

    def _bring_to(self, stage: str, purchase: Purchase) -> None:
        if stage != "placed":
            self._world.start_payment(purchase)
        if stage not in ("placed", "started"):
            self._world.pay_in_wechat(purchase, 0)
        if stage in ("told", "shipped", "refunding"):
            self._world.deliver(-1)
        if stage == "shipped":
            self._world.ship(purchase)
        if stage == "refunding" and (request := self._world.ask_refund(purchase, 1)):
            self._world.decide(request, "approve", {})
