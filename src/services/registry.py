"""The services of one process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from config.settings import Settings
from src.models import connection
from src.services.accounts.auth import Auth
from src.services.accounts.users import Users
from src.services.audit.auditing import Audit
from src.services.audit_log_reading import AuditLog
from src.services.catalogue.brands import Brands
from src.services.catalogue.catalog import Catalog
from src.services.catalogue.product_batches import ProductBatches
from src.services.catalogue.product_codes import ProductCodes
from src.services.catalogue.product_editing import ProductEditing
from src.services.catalogue.upgrading import ProductUpgrade
from src.services.categories.editing import CategoryEditing
from src.services.categories.reading import CategoryList
from src.services.demo import Demo
from src.services.exports.exports import Exports
from src.services.health import Health
from src.services.idempotency import Idempotency
from src.services.imports.imports import Imports
from src.services.jobs.hinting import Hints, NoWorkers
from src.services.jobs.purging import Purging
from src.services.jobs.wiring import Jobs, wire_jobs
from src.services.media.wiring import Media
from src.services.messages.pushed_messages import PushedMessages
from src.services.messages.subscriptions import Subscriptions
from src.services.moderation.text_reviews import TextReviews
from src.services.orders.checkout import Checkout
from src.services.orders.closing import Closing
from src.services.orders.delivery_companies import DeliveryCompanyList
from src.services.orders.orders import Orders
from src.services.orders.packing_slips import PackingSlips
from src.services.orders.repricing import OrderRepricing
from src.services.orders.shipping import Shipping
from src.services.orders.store_orders import StoreOrders
from src.services.payments.callbacks import PayCallbacks
from src.services.payments.payments import Payments
from src.services.payments.reconciliation import Reconciliations
from src.services.payments.settlement import Settlements
from src.services.payments.starting import PaymentStarting
from src.services.refunds.decisions import RefundDecisions
from src.services.refunds.execution import RefundExecution
from src.services.refunds.refunds import Refunds
from src.services.refunds.requests import RefundRequests
from src.services.search.histories import SearchHistories
from src.services.staff.wiring import Staffing
from src.services.statistics.wiring import Figuring
from src.services.stock.inventory import Inventory
from src.services.stock.keeping import StockKeeping
from src.services.stock.overview import StockOverview
from src.services.stores.stores import Stores
from src.services.tenants.administration import Tenants
from src.services.tenants.call_counting import CallCounting
from src.services.tenants.platform_keys import PlatformKeys
from src.services.tenants.wiring import StoreUpkeep
from src.services.vitals import JobVitals, MoneyVitals, Vitals
from src.services.webhooks.wiring import Webhooks
from src.services.wiring.features import Features, wire_features
from src.utils.clock import Clock


@dataclass(frozen=True)
class Services:
    """What controllers and commands may call."""

    auth: Auth
    users: Users
    text_reviews: TextReviews
    subscriptions: Subscriptions
    staff: Staffing
    stores: Stores
    tenants: Tenants
    platform_keys: PlatformKeys
    call_counting: CallCounting
    store_upkeep: StoreUpkeep
    catalog: Catalog
    search_histories: SearchHistories
    categories: CategoryList
    category_editing: CategoryEditing
    brands: Brands
    product_editing: ProductEditing
    product_batches: ProductBatches
    product_upgrade: ProductUpgrade
    inventory: Inventory
    stock_keeping: StockKeeping
    stock_overview: StockOverview
    checkout: Checkout
    orders: Orders
    store_orders: StoreOrders
    packing_slips: PackingSlips
    order_repricing: OrderRepricing
    shipping: Shipping
    delivery_companies: DeliveryCompanyList
    product_codes: ProductCodes
    pushed_messages: PushedMessages
    payments: Payments
    payment_starting: PaymentStarting
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
    jobs: Jobs
    vitals: Vitals
    audit: Audit
    audit_log: AuditLog
    media: Media
    imports: Imports
    exports: Exports
    figures: Figuring


def build_services(settings: Settings, clock: Clock | None = None, *, hints: Hints | None = None) -> Services:
    """Returns the services, wired. Nothing is connected yet: the first use does that.

    `hints` tells workers of due jobs, in a process that has a broker.
    """
    clock = clock or Clock()
    connection.connect(settings.mongodb_uri, settings.mongodb_database, pool_size=settings.mongodb_pool_size)
    features = wire_features(settings, clock)
    return _services(features, _jobs(features, hints or NoWorkers()))


def _jobs(features: Features, hints: Hints) -> Jobs:
    settings, clock = features.base.settings, features.base.clock
    keep_jobs, keep_events = timedelta(days=settings.job_keep_days), timedelta(days=settings.event_keep_days)
    return wire_jobs(
        features.job_parts,
        transactions=features.base.transactions,
        clock=clock,
        lease=timedelta(seconds=settings.job_lease_s),
        purging=Purging(keep_jobs=keep_jobs, keep_events=keep_events, clock=clock),
        hints=hints,
    )


def _services(features: Features, jobs: Jobs) -> Services:
    settings, clock = features.base.settings, features.base.clock
    people, selling, refunding = features.people, features.selling, features.refunding
    paying, duties, catalogue = features.paying, features.duties, features.catalogue
    return Services(
        auth=people.auth,
        users=people.users,
        text_reviews=people.text_reviews,
        subscriptions=duties.subscriptions,
        staff=people.staff,
        tenants=features.tenancy.tenants,
        platform_keys=features.tenancy.platform_keys,
        call_counting=features.tenancy.call_counting,
        store_upkeep=features.tenancy.upkeep,
        stores=features.base.stores,
        catalog=selling.catalog,
        search_histories=selling.search_histories,
        categories=catalogue.categories,
        category_editing=catalogue.category_editing,
        brands=catalogue.brands,
        product_editing=catalogue.product_editing,
        product_batches=catalogue.product_batches,
        product_upgrade=catalogue.product_upgrade,
        inventory=selling.inventory,
        stock_keeping=selling.stock_keeping,
        stock_overview=selling.stock_overview,
        checkout=selling.checkout,
        orders=selling.orders,
        store_orders=selling.store_orders,
        packing_slips=selling.packing_slips,
        order_repricing=paying.order_repricing,
        shipping=duties.shipping,
        delivery_companies=duties.delivery_companies,
        product_codes=duties.product_codes,
        pushed_messages=duties.pushed_messages,
        payments=paying.payments,
        payment_starting=paying.payment_starting,
        reconciliations=paying.reconciliations,
        closing=paying.closing,
        settlements=paying.settlements,
        refunds=refunding.refunds,
        refund_requests=refunding.refund_requests,
        refund_decisions=refunding.refund_decisions,
        refund_execution=refunding.refund_execution,
        pay_callbacks=paying.pay_callbacks,
        idempotency=Idempotency(clock=clock, keep=timedelta(hours=settings.idempotency_hours)),
        health=Health(),
        demo=_demo(features),
        webhooks=features.webhooks,
        jobs=jobs,
        vitals=Vitals(JobVitals(works=jobs.scheduling.works, clock=clock).measure, MoneyVitals(clock=clock).measure),
        audit=Audit(clock=clock, keep_events=timedelta(days=settings.event_keep_days)),
        audit_log=features.audit_log,
        media=features.media,
        imports=features.sheets.imports,
        exports=features.sheets.exports,
        figures=features.figures,
    )


def _demo(features: Features) -> Demo:
    return Demo(
        uploads=features.media.uploads,
        writing=features.catalogue.product_writing,
        accounts=features.people.staff.accounts,
        transactions=features.base.transactions,
        clock=features.base.clock,
    )
