"""All features of the shop, wired in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from config.settings import Settings
from src.models.transaction import Transactions
from src.services.audit_log_reading import AuditLog
from src.services.jobs.contracts import JobParts
from src.services.media.wiring import Media, Storage, wire_media
from src.services.moderation.moderation import Moderation
from src.services.statistics.wiring import Figuring, wire_figures
from src.services.stores.stores import Stores
from src.services.stores.times import StoreTimes
from src.services.tenants.limits import StoreLimits
from src.services.tenants.wiring import Tenancy, wire_tenants
from src.services.webhooks.wiring import Webhooks, wire_webhooks
from src.services.wiring.catalogue import Catalogue, wire_catalogue
from src.services.wiring.duties import Duties, wire_duties
from src.services.wiring.foundation import Foundation
from src.services.wiring.payments import Paying, wire_payments
from src.services.wiring.people import People, wire_people
from src.services.wiring.refunds import Refunding, wire_refunds
from src.services.wiring.selling import Selling, wire_selling
from src.services.wiring.sheets import Sheets, wire_sheets
from src.services.wiring.wechat import WeChatClients, wire_wechat
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher


@dataclass(frozen=True)
class Features:
    base: Foundation
    people: People
    selling: Selling
    catalogue: Catalogue
    refunding: Refunding
    paying: Paying
    duties: Duties
    webhooks: Webhooks
    media: Media
    audit_log: AuditLog
    sheets: Sheets
    tenancy: Tenancy
    figures: Figuring

    @property
    def job_parts(self) -> JobParts:
        """What the features have done beside requests."""
        return JobParts.joined(
            self.selling.job_parts,
            self.catalogue.job_parts,
            self.refunding.job_parts,
            self.paying.job_parts,
            self.duties.job_parts,
            self.webhooks.job_parts,
            self.media.job_parts,
            self.sheets.job_parts,
            JobParts.of(scheduled=(self.audit_log.purging,)),
            self.tenancy.job_parts,
            self.figures.job_parts,
        )


def wire_features(settings: Settings, clock: Clock) -> Features:
    cipher = FieldCipher(settings.encryption_keys.keys)
    wechat = wire_wechat(settings, cipher=cipher, clock=clock)
    base = _foundation(settings, wechat, cipher, clock)
    moderation = Moderation(stores=base.stores, client=wechat.program.content_security)
    selling = wire_selling(base)
    refunding = wire_refunds(base, wechat.pay.refunds, selling, moderation)
    media = _media(base)
    return Features(
        base=base,
        people=wire_people(base, wechat.program.mini_program, moderation),
        selling=selling,
        catalogue=wire_catalogue(base, selling.inventory),
        refunding=refunding,
        paying=wire_payments(base, wechat.pay, selling, refunding.refund_execution),
        duties=wire_duties(base, wechat.program, selling.orders),
        webhooks=_webhooks(base),
        media=media,
        sheets=wire_sheets(base, selling.inventory, media.objects),
        tenancy=wire_tenants(base, media),
        figures=wire_figures(base, selling.stock_overview),
        audit_log=AuditLog(
            keep=timedelta(days=settings.audit_log_keep_days), transactions=base.transactions, clock=clock
        ),
    )


def _foundation(settings: Settings, wechat: WeChatClients, cipher: FieldCipher, clock: Clock) -> Foundation:
    stores = Stores(cipher=cipher, certificates=wechat.pay.certificates, clock=clock)
    return Foundation(
        settings=settings,
        clock=clock,
        cipher=cipher,
        transactions=Transactions(timeout_s=settings.transaction_timeout_s),
        stores=stores,
        times=StoreTimes(
            stores=stores,
            order_ttl=timedelta(minutes=settings.order_ttl_minutes),
            confirm_after=timedelta(days=settings.confirm_receipt_days),
        ),
        limits=StoreLimits(stores=stores, upload_bytes=settings.media_quota_mb * 2**20),
    )


def _webhooks(base: Foundation) -> Webhooks:
    return wire_webhooks(
        stores=base.stores,
        cipher=base.cipher,
        transactions=base.transactions,
        clock=base.clock,
        allow_private=base.settings.webhooks_allow_private,
    )


def _media(base: Foundation) -> Media:
    settings = base.settings
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
        transactions=base.transactions,
        clock=base.clock,
        quota_bytes=base.limits.upload_bytes,
        orphans_live=timedelta(days=settings.media_orphan_days),
    )
