"""Everything the sandbox remembers, behind one lock."""

import threading
from collections import defaultdict

from ecosystem.sandbox.accounts import Account, AccountBook
from ecosystem.sandbox.calls import CallLog
from ecosystem.sandbox.clock import Clock
from ecosystem.sandbox.notices import Notice
from ecosystem.sandbox.orders import Orders
from ecosystem.sandbox.sessions import Sessions
from ecosystem.sandbox.tokens import Tokens
from ecosystem.sandbox.users import CodePool, Users


class State:
    """Accounts and clock, and the memory that `reset` empties.

    Hold `lock` for every read or change, and never while sending or waiting.
    """

    def __init__(self, accounts: AccountBook, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.accounts = accounts
        self.clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget everything but the accounts; the clock equals the wall clock again."""
        with self.lock:
            self.clock.reset()
            self.users = Users()
            self.login_codes = CodePool()
            self.phone_codes = CodePool()
            self.sessions = Sessions()
            self.tokens = Tokens()
            self.orders = Orders()
            self.notices: dict[str, Notice] = {}
            self.suspended = False
            self.suspended_orders: set[str] = set()
            self.calls: defaultdict[str, CallLog] = defaultdict(CallLog)

    def is_held(self, notice: Notice) -> bool:
        """Say whether automatic delivery of this notice is suspended."""
        return self.suspended or notice.order.out_trade_no in self.suspended_orders

    def captured(self, account: Account) -> int:
        """Return what the merchant's customers have paid, in fen."""
        return sum(order.total for order in self.orders.all() if order.transaction_id and order.account == account)
