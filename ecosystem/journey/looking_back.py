"""The owner's act: what was done is found again in the orders, in the figures and in the audit log."""

from ecosystem.journey.calling import JourneyFailed, Json
from ecosystem.journey.merchant import Offer
from ecosystem.journey.purchase import ADDRESS
from ecosystem.journey.stage import Stage, ids_in


class LookingBack:
    """An owner who has looked at the figures before, and looks again afterwards."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._owner = stage.member("owner")
        with stage.step("the owner reads the figures of today"):
            self._before = self._overview()

    def check(self, offer: Offer, order: Json) -> None:
        """Raise JourneyFailed unless the completed `order` of the `offer` is told of everywhere."""
        with self._stage.step("the owner finds the order by phone and by number"):
            for wanted in (f"phone={ADDRESS['phone'][-4:]}", f"orderNo={order['orderNo']}"):
                self._find(f"/api/merchant/orders?{wanted}&size=50", order)
        with self._stage.step("the figures of today show it"):
            self._compare(self._overview(), order)
        with self._stage.step("the audit log names who did what"):
            self._check_log(offer, order)

    def _overview(self) -> Json:
        overview: Json = self._owner.call("GET", "/api/merchant/statistics/overview")
        return overview

    def _find(self, path: str, order: Json) -> None:
        if order["id"] not in ids_in(self._owner.call("GET", path)):
            raise JourneyFailed(f"GET {path} does not list the order {order['id']}")

    def _compare(self, after: Json, order: Json) -> None:
        expected = {
            "orders": 1,
            "paidOrders": 1,
            "gmv": order["totalAmount"],
            "refunds": 1,
            "refundAmount": order["refundedAmount"],
        }
        for name, least in expected.items():
            gained = _gained(self._before, after, name)
            if gained < least:
                raise JourneyFailed(f"the figures show {gained} more {name}, not {least}: {after}")

    def _check_log(self, offer: Offer, order: Json) -> None:
        expected = {
            (offer.product["id"], "product.create"),
            (offer.product["id"], "product.edit"),
            (offer.sku["id"], "stock.receive"),
            (order["id"], "order.ship"),
        }
        entries = self._owner.call("GET", "/api/merchant/audit-log?size=50")["list"]
        missing = expected - {(entry["subjectId"], entry["action"]) for entry in entries}
        if missing:
            raise JourneyFailed(f"GET /api/merchant/audit-log does not have {missing}")


def _gained(before: Json, after: Json, name: str) -> int:
    """Return what has come since the day of `before` began, less what was there: midnight may lie between them."""
    since: str = before["today"]["from"]
    days = [day for day in (after["today"], after["yesterday"]) if day["from"] >= since]
    return sum(int(day[name]) for day in days) - int(before["today"][name])
