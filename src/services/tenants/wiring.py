"""The administration of stores as one process has it."""

from __future__ import annotations

from dataclasses import dataclass

from src.services.jobs.contracts import JobParts
from src.services.media.wiring import Media
from src.services.tenants.administration import Tenants
from src.services.tenants.call_counting import CallCounting
from src.services.tenants.deletion import StoreDeletion
from src.services.tenants.export import StoreExport
from src.services.tenants.platform_keys import PlatformKeys
from src.services.tenants.resealing import Resealing
from src.services.tenants.settings import TenantSettings
from src.services.tenants.usage import Usage
from src.services.wiring.foundation import Foundation


@dataclass(frozen=True)
class StoreUpkeep:
    """What operators do with whole stores."""

    settings: TenantSettings
    export: StoreExport
    deletion: StoreDeletion
    resealing: Resealing


@dataclass(frozen=True)
class Tenancy:
    tenants: Tenants
    platform_keys: PlatformKeys
    call_counting: CallCounting
    usage: Usage
    upkeep: StoreUpkeep

    @property
    def job_parts(self) -> JobParts:
        return JobParts.of(scheduled=(self.usage.scheduled,))


def wire_tenants(base: Foundation, media: Media) -> Tenancy:
    stores, clock = base.stores, base.clock
    call_counting = CallCounting(clock=clock)
    usage = Usage(call_counting=call_counting, clock=clock)
    settings = TenantSettings(stores=stores, transactions=base.transactions, clock=clock)
    return Tenancy(
        tenants=Tenants(stores=stores, settings=settings, usage=usage, transactions=base.transactions, clock=clock),
        platform_keys=PlatformKeys(clock=clock),
        call_counting=call_counting,
        usage=usage,
        upkeep=StoreUpkeep(
            settings=settings,
            export=StoreExport(transactions=base.transactions, clock=clock),
            deletion=StoreDeletion(stores=stores, sweep=media.sweeping.run, objects=media.objects, clock=clock),
            resealing=Resealing(cipher=base.cipher),
        ),
    )
