"""The object graph of one process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore

from config.settings import Settings
from src.models import connection
from src.models.sessions import TokenAudience
from src.models.transaction import Transactions
from src.services.audit.auditing import Audit
from src.services.auth import Auth
from src.services.catalog import Catalog
from src.services.certificate_refresh import CertificateRefresh
from src.services.checkout import Checkout
from src.services.closing import Closing
from src.services.delivery_companies import DeliveryCompanyList
from src.services.demo import Demo
from src.services.health import Health
from src.services.idempotency import Idempotency
from src.services.inventory import Inventory
from src.services.jobs.contracts import JobParts, ScheduledWork
from src.services.jobs.hinting import Hints, NoWorkers
from src.services.jobs.purging import Purging
from src.services.jobs.wiring import Jobs, wire_jobs
from src.services.media.wiring import Media, Storage, wire_media
from src.services.media_checking import MediaChecking
from src.services.moderation import Moderation
from src.services.orders import Orders
from src.services.paid_cancelling import PaidCancelling
from src.services.pay_callbacks import PayCallbacks
from src.services.payments import Payments
from src.services.product_codes import ProductCodes
from src.services.product_editing import ProductEditing
from src.services.pushed_messages import PushedMessages
from src.services.reconciliation import Reconciliations
from src.services.reconciliation_jobs import ReconciliationJobs
from src.services.refund_decisions import RefundDecisions
from src.services.refund_execution import RefundExecution
from src.services.refund_requests import RefundRequests, apply_review
from src.services.refunds import Refunds
from src.services.sessions import Lifetimes, Sessions
from src.services.settlement import Settlements
from src.services.shared_tokens import StoredTokens
from src.services.shipping import Shipping
from src.services.shipping_uploads import ShippingUploads
from src.services.shop_messages import ShopMessages
from src.services.staff import StaffAccounts
from src.services.stores import Stores
from src.services.subscribe_messages import SubscribeMessages
from src.services.subscriptions import Subscriptions
from src.services.text_reviews import TextReviews
from src.services.tokens import AccessTokens, RefreshTokens
from src.services.users import Users
from src.services.vitals import JobVitals, Vitals, measure_money
from src.services.webhooks.wiring import Webhooks, wire_webhooks
from src.services.wechat.access_token import WeChatTokens
from src.services.wechat.bills import BillClient
from src.services.wechat.certificates import CertificateClient
from src.services.wechat.codes import CodeClient
from src.services.wechat.content_security import ContentSecurityClient
from src.services.wechat.mini_program import MiniProgramClient
from src.services.wechat.pay import PayClient
from src.services.wechat.pay_calls import PayCalls
from src.services.wechat.refunds import RefundClient
from src.services.wechat.shipping import ShippingClient
from src.services.wechat.subscribe import SubscribeClient
from src.services.wechat.transport import Transport
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher
from src.utils.text_review_states import ReviewKind

PAY_NOTIFY_PATH = "/api/wechat/pay/notify"
REFUND_NOTIFY_PATH = "/api/wechat/refund/notify"
_THREADS_KEPT_FREE = 2
_SHOPPER_IDLE, _SHOPPER_ABSOLUTE = timedelta(days=30), timedelta(days=90)
_STAFF_IDLE, _STAFF_ABSOLUTE = timedelta(hours=1), timedelta(hours=12)


@dataclass(frozen=True)
class Services:
    """What controllers and commands may call."""

    auth: Auth
    users: Users
    text_reviews: TextReviews
    subscriptions: Subscriptions
    staff: StaffAccounts
    stores: Stores
    catalog: Catalog
    product_editing: ProductEditing
    inventory: Inventory
    checkout: Checkout
    orders: Orders
    shipping: Shipping
    delivery_companies: DeliveryCompanyList
    product_codes: ProductCodes
    pushed_messages: PushedMessages
    payments: Payments
    reconciliations: Reconciliations
    closing: Closing
    settlements: Settlements
    refunds: Refunds
    refund_requests: RefundRequests
    refund_decisions: RefundDecisions
    refund_execution: RefundExecution
    pay_callbacks: PayCallbacks
    idempotency: Idempotency
    health: Health
    demo: Demo
    webhooks: Webhooks
    media: Media
    jobs: Jobs
    vitals: Vitals
    audit: Audit


def build_services(settings: Settings, clock: Clock | None = None, *, hints: Hints | None = None) -> Services:
    """Returns the services, wired. Nothing is connected yet: the first use does that.

    `hints` tells workers of due jobs, in a process that has a broker.
    """
    clock = clock or Clock()
    connection.connect(settings.mongodb_uri, settings.mongodb_database, pool_size=settings.mongodb_pool_size)
    # However slow WeChat is, some threads stay free for everything else.
    slots = BoundedSemaphore(max(1, settings.web_threads - _THREADS_KEPT_FREE))
    cipher = FieldCipher(settings.encryption_keys.keys)
    transactions = Transactions(timeout_s=settings.transaction_timeout_s)
    sessions = _sessions(settings, clock)
    wechat_pay = _transport(settings, settings.wechat_pay_url, slots, standby_url=settings.wechat_pay_standby_url)
    pay_calls = PayCalls(transport=wechat_pay, clock=clock)
    certificates = CertificateClient(pay_calls)
    stores = Stores(cipher=cipher, certificates=certificates, clock=clock)
    wechat_api = _transport(settings, settings.wechat_api_url, slots)
    access_tokens = WeChatTokens(transport=wechat_api, shared=StoredTokens(cipher=cipher, clock=clock), clock=clock)
    mini_program = MiniProgramClient(transport=wechat_api, access_tokens=access_tokens)
    content_security = ContentSecurityClient(transport=wechat_api, access_tokens=access_tokens)
    moderation = Moderation(stores=stores, client=content_security)
    subscribe_messages = SubscribeMessages(
        stores=stores,
        client=SubscribeClient(transport=wechat_api, access_tokens=access_tokens),
        transactions=transactions,
        clock=clock,
    )
    media_checking = MediaChecking(
        stores=stores, client=content_security, clock=clock, public_url=settings.public_url
    )
    media = _media(settings, transactions, clock)
    users = Users(
        stores=stores, mini_program=mini_program, moderation=moderation, transactions=transactions, clock=clock
    )
    inventory = Inventory(transactions=transactions, clock=clock, low_stock_at=settings.low_stock_threshold)
    product_editing = ProductEditing(transactions=transactions, inventory=inventory, clock=clock)
    orders = Orders(transactions=transactions, clock=clock, confirm_after=timedelta(days=settings.confirm_receipt_days))
    shipping_client = ShippingClient(transport=wechat_api, access_tokens=access_tokens)
    shipping_uploads = ShippingUploads(stores=stores, client=shipping_client, clock=clock)
    pushed_messages = PushedMessages(
        stores=stores, handlers=ShopMessages(orders=orders, clock=clock).handlers, clock=clock
    )
    settlements = Settlements(transactions=transactions, inventory=inventory, clock=clock)
    payments = Payments(
        stores=stores,
        orders=orders,
        settlements=settlements,
        pay=PayClient(pay_calls),
        transactions=transactions,
        clock=clock,
        notify_url=settings.public_url + PAY_NOTIFY_PATH,
    )
    refunds = Refunds(orders=orders)
    refund_execution = RefundExecution(
        stores=stores,
        client=RefundClient(pay_calls),
        transactions=transactions,
        clock=clock,
        notify_url=settings.public_url + REFUND_NOTIFY_PATH,
    )
    pay_callbacks = PayCallbacks(stores=stores, settlements=settlements, refund_execution=refund_execution, clock=clock)
    closing = Closing(
        stores=stores,
        orders=orders,
        payments=payments,
        paid_cancelling=PaidCancelling(
            inventory=inventory, execution=refund_execution, transactions=transactions, clock=clock
        ),
        inventory=inventory,
        transactions=transactions,
        clock=clock,
    )
    webhooks = wire_webhooks(
        stores=stores,
        cipher=cipher,
        transactions=transactions,
        clock=clock,
        allow_private=settings.webhooks_allow_private,
    )
    reconciliations = Reconciliations(
        stores=stores, bills=BillClient(pay_calls), transactions=transactions, clock=clock
    )
    reconciliation_jobs = ReconciliationJobs(reconciliations=reconciliations, stores=stores, clock=clock)
    certificate_refresh = CertificateRefresh(stores=stores, certificates=certificates, clock=clock)
    jobs = wire_jobs(
        JobParts.of(
            handlers=(
                subscribe_messages.handler,
                media_checking.handler,
                webhooks.handler,
                media.handler,
                reconciliation_jobs.handler,
                shipping_uploads.handler,
            ),
            subscribers=(
                subscribe_messages.jobs_of,
                media_checking.jobs_of,
                webhooks.subscriber,
                shipping_uploads.jobs_of,
            ),
            scheduled=(
                *_money_works(closing, payments, refund_execution, pay_callbacks, orders),
                certificate_refresh.scheduled,
                reconciliation_jobs.scheduled,
                webhooks.purging,
                media.sweeping,
                pushed_messages.scheduled,
            ),
        ),
        transactions=transactions,
        clock=clock,
        lease=timedelta(seconds=settings.job_lease_s),
        purging=_purging(settings, clock),
        hints=hints or NoWorkers(),
    )
    return Services(
        auth=Auth(stores=stores, mini_program=mini_program, sessions=sessions, cipher=cipher, clock=clock),
        users=users,
        subscriptions=Subscriptions(clock=clock),
        text_reviews=TextReviews(
            appliers={ReviewKind.NICKNAME: users.settle_nickname, ReviewKind.REFUND_REASON: apply_review},
            transactions=transactions,
            clock=clock,
        ),
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
        shipping=Shipping(stores=stores, orders=orders, transactions=transactions, clock=clock),
        delivery_companies=DeliveryCompanyList(stores=stores, client=shipping_client, clock=clock),
        product_codes=ProductCodes(
            stores=stores, client=CodeClient(transport=wechat_api, access_tokens=access_tokens), clock=clock
        ),
        pushed_messages=pushed_messages,
        payments=payments,
        reconciliations=reconciliations,
        closing=closing,
        settlements=settlements,
        refunds=refunds,
        refund_requests=RefundRequests(
            refunds=refunds, orders=orders, moderation=moderation, transactions=transactions, clock=clock
        ),
        refund_decisions=RefundDecisions(
            refunds=refunds,
            inventory=inventory,
            execution=refund_execution,
            transactions=transactions,
            clock=clock,
        ),
        refund_execution=refund_execution,
        pay_callbacks=pay_callbacks,
        idempotency=Idempotency(clock=clock, keep=timedelta(hours=settings.idempotency_hours)),
        health=Health(),
        demo=Demo(product_editing=product_editing),
        webhooks=webhooks,
        media=media,
        jobs=jobs,
        vitals=Vitals(JobVitals(works=jobs.scheduling.works, clock=clock).measure, measure_money),
        audit=Audit(clock=clock, keep_events=timedelta(days=settings.event_keep_days)),
    )


def _money_works(
    closing: Closing,
    payments: Payments,
    refund_execution: RefundExecution,
    pay_callbacks: PayCallbacks,
    orders: Orders,
) -> Iterable[ScheduledWork]:
    """What moves orders and money on without anybody asking; each finds what is due in the documents themselves."""
    return (
        ScheduledWork("expire_orders", timedelta(seconds=20), lambda limit: closing.expire_due(limit=limit).ended),
        ScheduledWork("query_payments", timedelta(seconds=30), payments.query_due),
        ScheduledWork("drive_refunds", timedelta(seconds=10), refund_execution.drive_due),
        ScheduledWork("apply_notifications", timedelta(seconds=30), pay_callbacks.apply_stored),
        ScheduledWork("confirm_receipts", timedelta(hours=1), orders.confirm_due, limit=500),
    )


def _media(settings: Settings, transactions: Transactions, clock: Clock) -> Media:
    storage = Storage(
        bucket=settings.storage,
        folder=Path(settings.media_dir),
        media_url=settings.media_url,
        public_url=settings.public_url,
        form_keys=settings.jwt_keys.keys,
        pool_size=settings.web_threads,
    )
    return wire_media(
        storage,
        transactions=transactions,
        clock=clock,
        quota_bytes=settings.media_quota_mb * 2**20,
        orphans_live=timedelta(days=settings.media_orphan_days),
    )


def _purging(settings: Settings, clock: Clock) -> Purging:
    keep_jobs, keep_events = timedelta(days=settings.job_keep_days), timedelta(days=settings.event_keep_days)
    return Purging(keep_jobs=keep_jobs, keep_events=keep_events, clock=clock)


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


def _transport(
    settings: Settings, base_url: str, slots: BoundedSemaphore, *, standby_url: str | None = None
) -> Transport:
    return Transport(
        base_url,
        standby_url=standby_url,
        connect_timeout_s=settings.wechat_connect_timeout_s,
        read_timeout_s=settings.wechat_read_timeout_s,
        pool_size=settings.web_threads,
        slots=slots,
    )
