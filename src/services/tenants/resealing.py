"""Sealing everything anew, so that an old key of ENCRYPTION_KEYS can go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag

from src.models.access_tokens import AccessTokenRecord
from src.models.documents import BaseDocument
from src.models.sealed_values import list_sealed_otherwise, replace_sealed
from src.models.staff import Staff
from src.models.stores import Store
from src.models.users import User
from src.models.webhooks import WebhookEndpoint
from src.services.accounts.auth import session_key_purpose
from src.services.shared_tokens import token_purpose
from src.services.staff.second_factors import totp_purpose
from src.services.stores.secrets import SECRETS, purpose_of
from src.services.webhooks.endpoints import secret_purpose
from src.utils.encryption import FieldCipher

# Told of progress: the collection, and how many values of it were looked at.
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class SealedField:
    """Where sealed values are. `list_field` is set for values in a list of embedded documents."""

    document: type[BaseDocument]
    field: str
    purpose: Callable[[dict[str, Any]], str]
    list_field: str | None = None

    @property
    def label(self) -> str:
        path = f"{self.list_field}.{self.field}" if self.list_field else self.field
        return f"{self.document._get_collection_name()}.{path}"


@dataclass
class Resealed:
    """What became of the values of one field that an older key had sealed."""

    field: str
    done: int = 0
    # Somebody wrote it meanwhile, with the current key.
    written: int = 0
    unreadable: int = 0


def _of_store(secret: str) -> SealedField:
    return SealedField(Store, f"{secret}_sealed", lambda row: purpose_of(row["code"], secret))


SEALED: tuple[SealedField, ...] = (
    *map(_of_store, SECRETS),
    SealedField(User, "session_key_sealed", lambda row: session_key_purpose(row["openid"])),
    SealedField(AccessTokenRecord, "text_sealed", lambda row: token_purpose(row["_id"])),
    SealedField(Staff, "totp_sealed", lambda row: totp_purpose(row["_id"])),
    SealedField(Staff, "totp_pending_sealed", lambda row: totp_purpose(row["_id"])),
    SealedField(WebhookEndpoint, "secret_sealed", lambda row: secret_purpose(row["_id"])),
    SealedField(WebhookEndpoint, "sealed", lambda row: secret_purpose(row["_id"]), list_field="retired_secrets"),
)


class Resealing:
    """Opens what older keys have sealed and seals it with the current one. Doing it again takes up the rest."""

    def __init__(self, *, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def run(self, progress: Progress) -> Iterator[Resealed]:
        """Yields the counts of each field as it is done. Every process must have the current key by now."""
        for place in SEALED:
            counts = Resealed(place.label)
            for looked_at, (row, sealed) in enumerate(self._older(place), start=1):
                self._reseal(place, row, sealed, counts)
                progress(place.label, looked_at)
            yield counts

    def _older(self, place: SealedField) -> Iterator[tuple[dict[str, Any], str]]:
        return list_sealed_otherwise(place.document, place.field, place.list_field, kid=self._cipher.current)

    def _reseal(self, place: SealedField, row: dict[str, Any], sealed: str, counts: Resealed) -> None:
        purpose = place.purpose(row)
        try:
            anew = self._cipher.seal(self._cipher.open(sealed, purpose=purpose), purpose=purpose)
        except (KeyError, ValueError, InvalidTag):
            counts.unreadable += 1
            return
        if replace_sealed(place.document, row["_id"], place.field, place.list_field, before=sealed, after=anew):
            counts.done += 1
        else:
            counts.written += 1
