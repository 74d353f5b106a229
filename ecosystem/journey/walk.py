"""The whole journey, act by act."""

from ecosystem.journey.calling import Json
from ecosystem.journey.finding import find
from ecosystem.journey.looking_back import LookingBack
from ecosystem.journey.merchant import Merchant
from ecosystem.journey.purchase import Purchase
from ecosystem.journey.stage import Report, Shop, Stage


class Journey:
    """The way of a product onto the shelf, of one order to `completed`, and of a part of its money back."""

    def __init__(self, shop: Shop, report: Report) -> None:
        self._stage = Stage(shop, report)

    def walk(self) -> Json:
        """Return the completed order, of which one piece was refunded. The product is no longer on sale.

        Raises:
            JourneyFailed: a step was not answered as it must be.
            requests.RequestException: the shop or the sandbox is not reachable.
        """
        merchant, owner = Merchant(self._stage), LookingBack(self._stage)
        offer = merchant.offer()
        purchase = Purchase(self._stage)
        find(self._stage, purchase.shopper, offer)
        order = purchase.buy(offer.line)
        purchase.receive(order, merchant.warehouse)
        completed = purchase.send_back(order, merchant.manager)
        owner.check(offer, completed)
        merchant.withdraw(offer)
        return completed
