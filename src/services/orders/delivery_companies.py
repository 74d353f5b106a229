"""Which delivery companies WeChat can follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from src.models.delivery_companies import DeliveryCompanies, StoredCompany
from src.models.stores import Store
from src.services.stores.stores import Stores
from src.services.wechat.errors import WeChatError
from src.services.wechat.shipping import ShippingClient
from src.services.wechat_failures import refusal
from src.utils.clock import Clock

_KEEP = timedelta(days=1)
_REST = timedelta(minutes=1)


class DeliveryCompanyList:
    """WeChat's list. While WeChat is down an old list serves, and one caller a minute asks for a new one."""

    def __init__(self, *, stores: Stores, client: ShippingClient, clock: Clock) -> None:
        self._stores = stores
        self._client = client
        self._clock = clock

    def get(self, store: Store) -> Sequence[StoredCompany]:
        """Returns the companies in WeChat's order. Raises WeChatUnavailable if there was never a list."""
        now = self._clock.now()
        kept = DeliveryCompanies.find(store.appid)
        if kept is not None and not DeliveryCompanies.claim(store.appid, now=now, next_due_at=now + _REST):
            return list(kept.companies)
        try:
            return self._fetch(store)
        except WeChatError as error:
            failure = refusal(error, call="get_delivery_list")
            if kept is None:
                raise failure from error
            return list(kept.companies)

    def _fetch(self, store: Store) -> Sequence[StoredCompany]:
        found = self._client.delivery_companies(self._stores.mini_program(store))
        companies = [StoredCompany(id=company.id, name=company.name) for company in found]
        DeliveryCompanies.put(store.appid, companies, due_at=self._clock.now() + _KEEP)
        return companies
