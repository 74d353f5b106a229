"""What every feature stands on."""

from __future__ import annotations

from dataclasses import dataclass

from config.settings import Settings
from src.models.transaction import Transactions
from src.services.stores.stores import Stores
from src.services.stores.times import StoreTimes
from src.services.tenants.limits import StoreLimits
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher


@dataclass(frozen=True)
class Foundation:
    settings: Settings
    clock: Clock
    cipher: FieldCipher
    transactions: Transactions
    stores: Stores
    times: StoreTimes
    limits: StoreLimits
