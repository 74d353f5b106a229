"""What every feature stands on."""

from __future__ import annotations

from dataclasses import dataclass

from config.settings import Settings
from src.models.transaction import Transactions
from src.services.stores import Stores
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher


@dataclass(frozen=True)
class Foundation:
    settings: Settings
    clock: Clock
    cipher: FieldCipher
    transactions: Transactions
    stores: Stores
