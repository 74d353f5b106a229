"""What a mini-program shop does at WeChat beside selling, wired: shipments, messages, picture checks, share codes."""

from __future__ import annotations

from dataclasses import dataclass

from src.services.catalogue.product_codes import ProductCodes
from src.services.jobs.contracts import JobParts
from src.services.messages.pushed_messages import PushedMessages
from src.services.messages.shop_messages import ShopMessages
from src.services.messages.subscribe_messages import SubscribeMessages
from src.services.messages.subscriptions import Subscriptions
from src.services.moderation.media_checking import MediaChecking
from src.services.orders.delivery_companies import DeliveryCompanyList
from src.services.orders.orders import Orders
from src.services.orders.shipping import Shipping
from src.services.orders.shipping_uploads import ShippingUploads
from src.services.wiring.foundation import Foundation
from src.services.wiring.wechat import MiniProgramClients


@dataclass(frozen=True)
class Duties:
    shipping: Shipping
    shipping_uploads: ShippingUploads
    delivery_companies: DeliveryCompanyList
    subscriptions: Subscriptions
    subscribe_messages: SubscribeMessages
    pushed_messages: PushedMessages
    media_checking: MediaChecking
    product_codes: ProductCodes

    @property
    def job_parts(self) -> JobParts:
        works = (self.subscribe_messages, self.media_checking, self.shipping_uploads)
        return JobParts.of(
            handlers=[work.handler for work in works],
            subscribers=[work.jobs_of for work in works],
            scheduled=(self.pushed_messages.scheduled,),
        )


def wire_duties(base: Foundation, clients: MiniProgramClients, orders: Orders) -> Duties:
    stores, transactions, clock = base.stores, base.transactions, base.clock
    pushed = ShopMessages(orders=orders, clock=clock)
    return Duties(
        shipping=Shipping(stores=stores, orders=orders, transactions=transactions, clock=clock),
        shipping_uploads=ShippingUploads(stores=stores, client=clients.shipping, clock=clock),
        delivery_companies=DeliveryCompanyList(stores=stores, client=clients.shipping, clock=clock),
        subscriptions=Subscriptions(clock=clock),
        subscribe_messages=SubscribeMessages(
            stores=stores, client=clients.subscribe, transactions=transactions, clock=clock
        ),
        pushed_messages=PushedMessages(stores=stores, handlers=pushed.handlers, clock=clock),
        media_checking=MediaChecking(
            stores=stores, client=clients.content_security, clock=clock, public_url=base.settings.public_url
        ),
        product_codes=ProductCodes(stores=stores, client=clients.codes, clock=clock),
    )
