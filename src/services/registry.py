"""The object graph of one process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from threading import BoundedSemaphore

from config.settings import Settings
from src.models import connection
from src.models.sessions import TokenAudience
from src.models.transaction import Transactions
from src.services.auth import Auth
from src.services.catalog import Catalog
from src.services.checkout import Checkout
from src.services.closing import Closing
from src.services.demo import Demo
from src.services.health import Health
from src.services.idempotency import Idempotency
from src.services.inventory import Inventory
from src.services.orders import Orders
from src.services.pay_callbacks import PayCallbacks
from src.services.payments import Payments
from src.services.product_editing import ProductEditing
from src.services.sessions import Lifetimes, Sessions
from src.services.settlement import Settlements
from src.services.staff import StaffAccounts
from src.services.stores import Stores
from src.services.tokens import AccessTokens, RefreshTokens
from src.services.users import Users
from src.services.wechat.access_token import WeChatTokens
from src.services.wechat.mini_program import MiniProgramClient
from src.services.wechat.pay import PayClient
from src.services.wechat.pay_calls import PayCalls
from src.services.wechat.transport import Transport
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher

PAY_NOTIFY_PATH = "/api/wechat/pay/notify"
_THREADS_KEPT_FREE = 2
_SHOPPER_IDLE, _SHOPPER_ABSOLUTE = timedelta(days=30), timedelta(days=90)
_STAFF_IDLE, _STAFF_ABSOLUTE = timedelta(hours=1), timedelta(hours=12)


@dataclass(frozen=True)
class Services:
    """What controllers and commands may call."""

    auth: Auth
    users: Users
    staff: StaffAccounts
    stores: Stores
    catalog: Catalog
    product_editing: ProductEditing
    inventory: Inventory
    checkout: Checkout
    orders: Orders
    payments: Payments
    closing: Closing
    pay_callbacks: PayCallbacks
    idempotency: Idempotency
    health: Health
    demo: Demo


def build_services(settings: Settings, clock: Clock | None = None) -> Services:
    """Returns the services, wired. Nothing is connected yet: the first use does that."""
    clock = clock or Clock()
    connection.connect(settings.mongodb_uri, settings.mongodb_database, pool_size=settings.mongodb_pool_size)
    # However slow WeChat is, some threads stay free for everything else.
    slots = BoundedSemaphore(max(1, settings.web_threads - _THREADS_KEPT_FREE))
    cipher = FieldCipher(settings.encryption_keys.keys)
    transactions = Transactions(timeout_s=settings.transaction_timeout_s)
    sessions = _sessions(settings, clock)
    stores = Stores(cipher=cipher, clock=clock)
    mini_program = _mini_program(settings, clock, slots)
    inventory = Inventory(transactions=transactions, clock=clock)
    product_editing = ProductEditing(transactions=transactions, inventory=inventory, clock=clock)
    orders = Orders(transactions=transactions, clock=clock)
    settlements = Settlements(transactions=transactions, inventory=inventory, clock=clock)
    pay_calls = PayCalls(transport=_transport(settings, settings.wechat_pay_url, slots), clock=clock)
    payments = Payments(
        stores=stores,
        orders=orders,
        settlements=settlements,
        pay=PayClient(pay_calls),
        transactions=transactions,
        clock=clock,
        notify_url=settings.public_url + PAY_NOTIFY_PATH,
    )
    return Services(
        auth=Auth(stores=stores, mini_program=mini_program, sessions=sessions, cipher=cipher, clock=clock),
        users=Users(stores=stores, mini_program=mini_program, clock=clock),
        staff=StaffAccounts(sessions=sessions, transactions=transactions, clock=clock),
        stores=stores,
        catalog=Catalog(),
        product_editing=product_editing,
        inventory=inventory,
        checkout=Checkout(
            transactions=transactions,
            inventory=inventory,
            clock=clock,
            ttl=timedelta(minutes=settings.order_ttl_minutes),
        ),
        orders=orders,
        payments=payments,
        closing=Closing(
            stores=stores,
            orders=orders,
            payments=payments,
            inventory=inventory,
            transactions=transactions,
            clock=clock,
        ),
        pay_callbacks=PayCallbacks(stores=stores, settlements=settlements, clock=clock),
        idempotency=Idempotency(clock=clock, keep=timedelta(hours=settings.idempotency_hours)),
        health=Health(),
        demo=Demo(product_editing=product_editing),
    )


def _sessions(settings: Settings, clock: Clock) -> Sessions:
    access, staff_access = settings.access_token_minutes, settings.staff_token_minutes
    return Sessions(
        access_tokens=AccessTokens(keys=settings.jwt_keys.keys, clock=clock),
        refresh_tokens=RefreshTokens(keys=settings.jwt_keys.keys),
        clock=clock,
        lifetimes={
            TokenAudience.SHOP: Lifetimes(timedelta(minutes=access), _SHOPPER_IDLE, _SHOPPER_ABSOLUTE),
            TokenAudience.STAFF: Lifetimes(timedelta(minutes=staff_access), _STAFF_IDLE, _STAFF_ABSOLUTE),
        },
    )


def _mini_program(settings: Settings, clock: Clock, slots: BoundedSemaphore) -> MiniProgramClient:
    transport = _transport(settings, settings.wechat_api_url, slots)
    return MiniProgramClient(transport=transport, access_tokens=WeChatTokens(transport=transport, clock=clock))


def _transport(settings: Settings, base_url: str, slots: BoundedSemaphore) -> Transport:
    return Transport(
        base_url,
        connect_timeout_s=settings.wechat_connect_timeout_s,
        read_timeout_s=settings.wechat_read_timeout_s,
        pool_size=settings.web_threads,
        slots=slots,
    )
