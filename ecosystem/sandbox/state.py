"""Everything the sandbox remembers, behind one lock."""

import itertools
import threading
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from ecosystem.sandbox.accounts import Account, AccountBook
from ecosystem.sandbox.agenda import Agenda
from ecosystem.sandbox.bill_files import BillFiles
from ecosystem.sandbox.calls import CallLog
from ecosystem.sandbox.clock import Clock
from ecosystem.sandbox.events import Event, Subject
from ecosystem.sandbox.notices import Notice
from ecosystem.sandbox.orders import Order, Orders
from ecosystem.sandbox.pushes import Push, PushTarget, event_message
from ecosystem.sandbox.refunds import Plans, Refunds
from ecosystem.sandbox.security_checks import SecurityChecks
from ecosystem.sandbox.sessions import Sessions
from ecosystem.sandbox.shipments import Shipments
from ecosystem.sandbox.signers import CALLBACK_KEYS, Signer, notifying_signer
from ecosystem.sandbox.subscriptions import Subscriptions
from ecosystem.sandbox.tokens import Tokens
from ecosystem.sandbox.users import CodePool, Users


class State:
    """Accounts and clock, and the memory that `reset` empties.

    Hold `lock` for every read or change, and never while sending or waiting. `changed` wakes the
    scheduler; waiting on it gives the lock up.
    """

    def __init__(self, accounts: AccountBook, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.accounts = accounts
        self.clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget everything but the accounts; the clock equals the wall clock again."""
        with self.lock:
            self.clock.reset()
            self.agenda = Agenda(self.changed)
            self.users = Users()
            self.login_codes = CodePool()
            self.phone_codes = CodePool()
            self.sessions = Sessions()
            self.tokens = Tokens()
            self.orders = Orders()
            self.refunds = Refunds()
            self.refund_plans = Plans()
            self.bills = BillFiles()
            self.callback_keys: dict[str, str] = {}
            self.letters = itertools.count()
            self.notices: dict[str, Notice] = {}
            self.suspended = False
            self.suspended_subjects: set[Subject] = set()
            self.shipments = Shipments()
            self.subscriptions = Subscriptions()
            self.security_checks = SecurityChecks()
            self.push_targets: dict[str, PushTarget] = {}
            self.pushes: dict[str, Push] = {}
            self.program_codes: list[dict[str, Any]] = []
            self.calls: defaultdict[str, CallLog] = defaultdict(CallLog)

    def announce(self, event: Event) -> Notice:
        """Have the merchant notified of `event`, from now on."""
        with self.changed:
            now = self.clock.now()
            notice = Notice(event, lambda: self._next_signer(event.account), now, due=now)
            self.notices[notice.id] = notice
            self.changed.notify_all()
        return notice

    def push(self, account: Account, event: Mapping[str, Any]) -> None:
        """Have the app's backend told of `event`, from now on; nothing happens while it has no push URL."""
        target = self.push_targets.get(account.appid)
        if target is None:
            return
        with self.changed:
            now = self.clock.now()
            push = Push(account, target, event_message(account, now, event), due=now)
            self.pushes[push.id] = push
            self.changed.notify_all()

    def callbacks_of(self, account: Account) -> str:
        """Return with which keys the account's notifications are signed: as commanded, or as fits its keys."""
        return self.callback_keys.get(account.appid, CALLBACK_KEYS[account.keys][0])

    def _next_signer(self, account: Account) -> Signer:
        return notifying_signer(account, self.callbacks_of(account), next(self.letters))

    def is_held(self, notice: Notice) -> bool:
        """Say whether automatic delivery of this notice is suspended."""
        return self.suspended or notice.event.subject in self.suspended_subjects

    def captured(self, account: Account) -> int:
        """Return what the merchant's customers have paid, in fen."""
        return sum(order.total for order in self.orders.all() if order.transaction_id and order.account == account)

    def is_refunded(self, order: Order) -> bool:
        """Say whether all that was paid has gone back."""
        ended = [refund for refund in self.refunds.of(order) if refund.status == "SUCCESS"]
        return sum(refund.amount for refund in ended) >= order.total

    def refunded(self, account: Account) -> int:
        """Return what has gone back to the merchant's customers, in fen."""
        ended = [refund for refund in self.refunds.all() if refund.status == "SUCCESS"]
        return sum(refund.amount for refund in ended if refund.order.account == account)
