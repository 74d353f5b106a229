"""Staff of a store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, EnumField, IntField, ListField, StringField

from src.models.documents import StoreDocument
from src.models.transaction import Session
from src.utils.pages import Page, PageRequest
from src.utils.permissions import PERMISSIONS, Permission, Role


class Staff(StoreDocument):
    """A person who works for a store and logs in with a password.

    `totp_sealed` is set while a second factor is on; `totp_pending_sealed` waits for its first code. `totp_step` is
    the latest time step whose code was used, `recovery_hashes` are of the recovery codes that were not used yet.
    `owner_checks` counts the changes of the store's owners that this one took part in: it makes racing ones conflict.
    """

    meta = {
        "collection": "staff",
        "indexes": [{"fields": ["store_id", "username"], "unique": True}],
    }

    username = StringField(required=True)
    display_name = StringField(default="")
    password_hash = StringField(required=True)
    role = EnumField(Role, required=True)
    active = BooleanField(required=True, default=True)
    totp_sealed = StringField()
    totp_pending_sealed = StringField()
    totp_step = IntField()
    recovery_hashes = ListField(StringField())
    owner_checks = IntField()
    created_at = DateTimeField(required=True)
    last_login_at = DateTimeField()

    @property
    def has_second_factor(self) -> bool:
        return bool(self.totp_sealed)

    @property
    def permissions(self) -> list[Permission]:
        return sorted(PERMISSIONS[self.role])

    @classmethod
    def find_by_id(cls, store_id: ObjectId, staff_id: ObjectId, *, session: Session | None = None) -> Staff | None:
        return cls.find_document({"_id": staff_id, "store_id": store_id}, session=session)

    @classmethod
    def find_by_username(cls, store_id: ObjectId, username: str, *, session: Session | None = None) -> Staff | None:
        return cls.find_document({"store_id": store_id, "username": username}, session=session)

    @classmethod
    def list_in_store(cls, store_id: ObjectId, page: PageRequest) -> Page[Staff]:
        """Returns a page of the store's members, by user name."""
        return cls.find_page({"store_id": store_id}, [("username", 1)], page)

    @classmethod
    def count_active(cls, store_id: ObjectId, session: Session) -> int:
        return cls.collection().count_documents({"store_id": store_id, "active": True}, session=session)

    @classmethod
    def touch_owners(cls, store_id: ObjectId, *, session: Session) -> int:
        """Returns how many active owners the store has; transactions that ask at the same time conflict."""
        owners = {"store_id": store_id, "role": Role.OWNER.value, "active": True}
        return cls.collection().update_many(owners, {"$inc": {"owner_checks": 1}}, session=session).matched_count

    def edit(
        self,
        values: dict[str, Any],
        *,
        session: Session,
        unset: tuple[str, ...] = (),
        guard: dict[str, Any] | None = None,
    ) -> Staff | None:
        """Returns this member as it is with `values` and without `unset`; None if `guard` did not match."""
        update = {"$set": values} if values else {}
        if unset:
            update["$unset"] = dict.fromkeys(unset, "")
        return self.change({"_id": self.id, "store_id": self.store_id, **(guard or {})}, update, session=session)

    def note_login(self, values: dict[str, Any], *, now: datetime, session: Session) -> bool:
        """Returns whether the member may still log in with the password that was checked.

        Whoever changes the password or locks the member out at the same time conflicts with this.
        """
        unchanged = {"active": True, "password_hash": self.password_hash}
        return self.edit({**values, "last_login_at": now}, session=session, guard=unchanged) is not None

    def use_step(self, step: int, *, session: Session) -> bool:
        """Returns whether no code of this time step, or of a later one, was used before."""
        unused = {"totp_sealed": self.totp_sealed, "totp_step": {"$not": {"$gte": step}}}
        return self.edit({"totp_step": step}, session=session, guard=unused) is not None

    def use_recovery(self, digest: str, *, session: Session) -> bool:
        """Returns whether `digest` is of a recovery code that was not used before."""
        unused = {"_id": self.id, "store_id": self.store_id, "recovery_hashes": digest}
        return self.change(unused, {"$pull": {"recovery_hashes": digest}}, session=session) is not None
