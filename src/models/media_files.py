"""Pictures that are kept, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, EnumField, IntField, StringField
from pymongo.client_session import ClientSession

from src.models.documents import StoreDocument
from src.utils.media_kinds import MediaState, Purpose, Variant, variant_of


class MediaFile(StoreDocument):
    """One cleaned picture. `digest` is the SHA-256 of its bytes; a store keeps the same bytes once.

    `key` names its object. It belongs to this document alone: deleting one picture never takes another's object.
    `due_at` is when the sweep looks at it next, unset if never; `unused_since` when it first found nothing that
    shows the picture.
    """

    meta = {
        "collection": "media_files",
        "indexes": [
            {
                "fields": ["store_id", "digest"],
                "unique": True,
                "partialFilterExpression": {"state": MediaState.STORED.value},
            },
            ["due_at"],
        ],
    }

    holder = StringField(required=True)
    purpose = EnumField(Purpose, required=True)
    state = EnumField(MediaState, required=True)
    digest = StringField(required=True)
    key = StringField(required=True)
    url = StringField(required=True)
    content_type = StringField(required=True)
    width = IntField(required=True)
    height = IntField(required=True)
    bytes = IntField(required=True)
    variants_ready = BooleanField(required=True, default=False)
    variant_bytes = IntField(required=True, default=0)
    unused_since = DateTimeField()
    due_at = DateTimeField()
    created_at = DateTimeField(required=True)

    @property
    def keys(self) -> list[str]:
        """Returns the names of all objects that this picture may have."""
        return [self.key, *(variant_of(self.key, variant) for variant in Variant)]

    @property
    def all_urls(self) -> list[str]:
        return [self.url, *self.variants.values()]

    @property
    def variants(self) -> dict[str, str]:
        """Returns the address of each variant; it answers once `variants_ready`."""
        return {variant.value: variant_of(self.url, variant) for variant in Variant}

    @classmethod
    def find_stored(cls, store_id: ObjectId, file_id: ObjectId) -> MediaFile | None:
        return cls.find_document({"_id": file_id, "store_id": store_id, "state": MediaState.STORED.value})

    @classmethod
    def stored_of(cls, store_id: ObjectId, digests: Iterable[str]) -> dict[str, MediaFile]:
        """Returns those of the digests that the store has already."""
        query = {"store_id": store_id, "digest": {"$in": list(digests)}, "state": MediaState.STORED.value}
        return {raw["digest"]: cls._from_son(raw) for raw in cls.collection().find(query)}

    @classmethod
    def stored_keys(cls, store_id: ObjectId) -> Iterator[str]:
        """Yields the names of all objects that the store's pictures have."""
        for raw in cls.collection().find({"store_id": store_id, "state": MediaState.STORED.value}):
            file = cls._from_son(raw)
            yield from file.keys if file.variants_ready else [file.key]

    @classmethod
    def settle(cls, file_id: ObjectId, *, due_at: datetime, session: ClientSession) -> MediaFile | None:
        """Makes an arriving picture a stored one; None if it was given up meanwhile."""
        values = {"state": MediaState.STORED.value, "due_at": due_at}
        return cls.change({"_id": file_id, "state": MediaState.ARRIVING.value}, {"$set": values}, session=session)

    @classmethod
    def touch(cls, file_id: ObjectId, *, due_at: datetime, session: ClientSession | None) -> MediaFile | None:
        """Has the sweep leave a stored picture alone until then; None if it is being removed."""
        update = {"$set": {"due_at": due_at}, "$unset": {"unused_since": ""}}
        return cls.change({"_id": file_id, "state": MediaState.STORED.value}, update, session=session)

    @classmethod
    def list_due(cls, *, now: datetime, limit: int) -> list[MediaFile]:
        found = cls.collection().find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
        return [cls._from_son(raw) for raw in found]

    def keep_forever(self) -> None:
        """Has the sweep never look at it again."""
        self.collection().update_one(
            {"_id": self.id, "state": MediaState.STORED.value}, {"$unset": {"due_at": "", "unused_since": ""}}
        )

    def doubt(self, *, since: datetime, due_at: datetime) -> None:
        """Notes that nothing shows this picture, unless it has been touched since it was read."""
        self._change_as_read({"unused_since": since, "due_at": due_at})

    def claim_removal(self, *, due_at: datetime) -> bool:
        """Returns whether the caller is to remove it; if it fails to, somebody else may from `due_at` on.

        From now on it cannot be used any more, unless it has been touched since it was read.
        """
        return self._change_as_read({"state": MediaState.REMOVING.value, "due_at": due_at})

    def _change_as_read(self, values: dict[str, Any]) -> bool:
        as_read = {"_id": self.id, "state": self.state.value, "due_at": self.due_at}
        return self.collection().update_one(as_read, {"$set": values}).modified_count == 1

    @classmethod
    def claim_abandoned(cls, file_ids: Sequence[ObjectId], *, due_at: datetime) -> list[MediaFile]:
        """Returns those of the pictures that were still arriving and are now to be removed by the caller."""
        arriving = {"state": MediaState.ARRIVING.value}
        removing = {"$set": {"state": MediaState.REMOVING.value, "due_at": due_at}}
        claimed = (cls.change({"_id": file_id, **arriving}, removing, session=None) for file_id in file_ids)
        return [file for file in claimed if file is not None]

    @classmethod
    def remove_all(cls, store_id: ObjectId, now: datetime) -> None:
        """Has the sweep remove all pictures of a store with their objects, from `now` on."""
        removing = {"state": MediaState.REMOVING.value, "due_at": now}
        cls.collection().update_many({"store_id": store_id}, {"$set": removing})

    def delete_removed(self, *, session: ClientSession) -> bool:
        """Forgets a picture whose objects are gone; returns False if somebody else has."""
        removed = {"_id": self.id, "state": MediaState.REMOVING.value}
        return self.collection().delete_one(removed, session=session).deleted_count == 1

    def add_variants(self, size: int, *, session: ClientSession) -> bool:
        """Notes that the variants are there, `size` bytes together; returns False if they were or it is removed."""
        missing = {"_id": self.id, "state": MediaState.STORED.value, "variants_ready": False}
        values = {"variants_ready": True, "variant_bytes": size}
        return self.collection().update_one(missing, {"$set": values}, session=session).modified_count == 1
