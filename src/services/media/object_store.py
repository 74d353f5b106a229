"""Where the bytes of pictures are: a folder of this server, or a bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

INCOMING = ".incoming"
FORM_LIFETIME = timedelta(minutes=5)


class StorageDown(Exception):
    """The object store failed. `nothing_happened`: it is certain that no object was written."""

    def __init__(self, reason: str, *, nothing_happened: bool = False) -> None:
        super().__init__(reason)
        self.nothing_happened = nothing_happened


class ObjectMissing(Exception):
    """There is no object of this name."""


@dataclass(frozen=True)
class UploadForm:
    """Where a client posts one file to, after these fields, within FORM_LIFETIME."""

    url: str
    fields: dict[str, str]


class ObjectStore(Protocol):
    """Objects by name. All of it may be repeated; all of it raises StorageDown."""

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Stores the object as a whole or not at all; afterwards it survives a crash."""

    def get(self, key: str, *, most: int) -> bytes:
        """Returns the object, or the first `most` + 1 bytes of a larger one.

        Raises:
            ObjectMissing: there is none.
        """

    def delete(self, keys: Sequence[str]) -> None:
        """Afterwards none of these objects is there."""

    def form(self, key: str, content_type: str, *, most: int) -> UploadForm:
        """Returns the permission to store just this object: of this type and of 1 to `most` bytes."""
