"""Control of bills: a day's bill made now, true or bent."""

import secrets
from datetime import date, datetime, time
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.arguments import Arguments, ControlError
from ecosystem.sandbox.bills import Bends, Entry
from ecosystem.sandbox.chosen import chosen_account
from ecosystem.sandbox.clock import BEIJING
from ecosystem.sandbox.messages import Response
from ecosystem.sandbox.state import State

STRANGER = "oStrangerToThisSandbox000000"


class BillControl:
    """The call bills."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.routes = (("POST", "bills", self._make),)

    def _make(self, arguments: Arguments) -> Response:
        account, day = chosen_account(self._state, arguments), _day(arguments.required_text("date"))
        dropped = [_number(each) for each in arguments.list("drop")]
        amounts = {number: _fen(amount) for number, amount in arguments.mapping("amounts").items()}
        extra = [_extra(account, day, each) for each in arguments.list("extra")]
        arguments.finish()
        with self._state.lock:
            self._state.bills.bends[account.mchid, day] = Bends(dropped, amounts, extra)
        return Response(204)


def _extra(account: Account, day: date, given: Any) -> Entry:
    """Return a payment that never was, at noon of `day`."""
    if not isinstance(given, dict):
        raise ControlError(400, "extra must be a list of objects")
    fields = Arguments(dict(given))
    number, amount = fields.required_text("outTradeNo"), _fen(fields.anything("amount"))
    transaction_id = fields.text("transactionId") or f"4200{secrets.randbelow(10**24):024d}"
    fields.finish()
    noon = datetime.combine(day, time(12), BEIJING).timestamp()
    return Entry(noon, account.appid, account.mchid, transaction_id, number, STRANGER, "沙箱账单", "", amount)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ControlError(400, "date must be a day as 2026-01-05") from None


def _number(value: Any) -> str:
    if not isinstance(value, str):
        raise ControlError(400, "drop must be a list of numbers, each a string")
    return value


def _fen(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ControlError(400, "an amount must be a whole number of fen")
    return value
