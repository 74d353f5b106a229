"""The secrets of a store: sealed at rest, opened to be used, never shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag

from src.models.stores import Store
from src.utils.encryption import FieldCipher

SECRETS = ("app_secret", "merchant_private_key", "api_v3_key", "push_token", "push_aes_key")


def purpose_of(code: str, secret: str) -> str:
    """Returns what a secret of the store with this code is sealed for."""
    return f"store:{code}:{secret}"


class StoreSecrets:
    """Seals and opens what is in SECRETS."""

    def __init__(self, *, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def sealed(self, code: str, given: Mapping[str, str | None]) -> dict[str, str | None]:
        """Returns the stored fields of the given secrets; None for one that is taken away."""
        return {
            f"{name}_sealed": self._cipher.seal(secret, purpose=purpose_of(code, name)) if secret else None
            for name, secret in given.items()
        }

    def open(self, store: Store, name: str) -> str:
        return self._cipher.open(getattr(store, f"{name}_sealed"), purpose=purpose_of(store.code, name))

    def opened(self, store: Store) -> dict[str, str | None]:
        """Returns every secret: None where the store has none, empty where the key that sealed it is gone."""
        return {name: self._opened(store, name) if is_set(store, name) else None for name in SECRETS}

    def changed_at(self, current: Store | None, given: Mapping[str, str | None], now: datetime) -> dict[str, Any]:
        """Returns when each secret was last given another value, with `given` as of now."""
        known = dict(current.secrets_changed_at) if current else {}
        return known | dict.fromkeys(self.changed(current, given), now)

    def changed(self, current: Store | None, given: Mapping[str, str | None]) -> list[str]:
        """Returns the names of those in `given` that are another value than the store has."""
        return [name for name in given if current is None or not self._is_same(current, name, given[name])]

    def _is_same(self, store: Store, name: str, secret: str | None) -> bool:
        if not is_set(store, name):
            return not secret
        return self._opened(store, name) == secret

    def _opened(self, store: Store, name: str) -> str:
        try:
            return self.open(store, name)
        except (KeyError, InvalidTag):  # the secrets are about to be given anew
            return ""


def is_set(store: Store, name: str) -> bool:
    return bool(getattr(store, f"{name}_sealed"))
