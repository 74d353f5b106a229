"""Codes that let their holder choose a password."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId
from mongoengine import DateTimeField, EnumField, ObjectIdField, StringField

from src.models.documents import StoreDocument
from src.models.transaction import Session
from src.utils.pages import Page, PageRequest
from src.utils.permissions import Role


class StaffCode(StoreDocument):
    """An invitation, or with `staff_id` the new start of a member who lost the password. Used once: it is removed then.

    `created_by` is the member who issued it; one of the platform has `platform_key_id` instead. Only a hash of the code
    is kept.
    """

    meta = {
        "collection": "staff_codes",
        "indexes": [
            {"fields": ["store_id", "code_hash"], "unique": True},
            {"fields": ["store_id", "username"], "unique": True},
            {"fields": ["expires_at"], "expireAfterSeconds": 0},
        ],
    }

    username = StringField(required=True)
    display_name = StringField(default="")
    role = EnumField(Role, required=True)
    staff_id = ObjectIdField()
    code_hash = StringField(required=True)
    created_by = ObjectIdField()
    platform_key_id = ObjectIdField()
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)

    @property
    def is_reset(self) -> bool:
        return self.staff_id is not None

    @classmethod
    def list_open(cls, store_id: ObjectId, page: PageRequest, *, now: datetime) -> Page[StaffCode]:
        """Returns a page of the codes that can still be used, by user name."""
        return cls.find_page({"store_id": store_id, "expires_at": {"$gt": now}}, [("username", 1)], page)

    @classmethod
    def find_open(
        cls, store_id: ObjectId, code_hash: str, *, now: datetime, session: Session | None = None
    ) -> StaffCode | None:
        return cls.find_document(
            {"store_id": store_id, "code_hash": code_hash, "expires_at": {"$gt": now}}, session=session
        )

    @classmethod
    def find_in_store(cls, store_id: ObjectId, code_id: ObjectId, *, session: Session) -> StaffCode | None:
        return cls.find_document({"_id": code_id, "store_id": store_id}, session=session)

    @classmethod
    def list_of_issuer(
        cls, store_id: ObjectId, staff_id: ObjectId, *, now: datetime, session: Session
    ) -> list[StaffCode]:
        """Returns the codes of this member that can still be used."""
        query = {"store_id": store_id, "created_by": staff_id, "expires_at": {"$gt": now}}
        return [cls._from_son(raw) for raw in cls.collection().find(query, session=session)]

    def remove(self, *, session: Session) -> None:
        self.collection().delete_one({"_id": self.id, "store_id": self.store_id}, session=session)

    @classmethod
    def remove_of(
        cls, store_id: ObjectId, username: str, *, session: Session, expired_at: datetime | None = None
    ) -> None:
        """Removes the code for this user name; with `expired_at` only if it has expired by then."""
        of_name = {"store_id": store_id, "username": username}
        expired = {"expires_at": {"$lte": expired_at}} if expired_at else {}
        cls.collection().delete_many({**of_name, **expired}, session=session)

    @classmethod
    def remove_of_platform(cls, store_id: ObjectId, username: str, *, session: Session) -> None:
        """Removes the code for this user name if the platform has issued it."""
        of_name = {"store_id": store_id, "username": username}
        cls.collection().delete_many({**of_name, "platform_key_id": {"$ne": None}}, session=session)
