"""Owners whom the platform invites."""

from __future__ import annotations

from bson import ObjectId

from src.models.staff_codes import StaffCode
from src.models.stores import Store
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import PlatformOperator
from src.services.staff.issuing import IssuedCode, Issuer, NewMember, new_code, store_invitation
from src.utils.clock import Clock
from src.utils.errors import NameTaken, NotFound, StoreStateConflict
from src.utils.permissions import Role
from src.utils.store_states import StoreStatus


class OwnerInvitations:
    """Lets whoever runs the platform invite a store's first owner, or another one when none can log in."""

    def __init__(self, *, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    def invite(self, operator: PlatformOperator, store_id: ObjectId, username: str, display_name: str) -> IssuedCode:
        """Issues a code for an owner's account, in place of an open one that the platform issued for the user name.

        Raises:
            NotFound. StoreStateConflict: the store is being deleted.
            NameTaken: by a member, or by an open invitation of the store's own staff.
        """
        _require_kept(store_id)
        wanted, issuer = NewMember(username, Role.OWNER, display_name), Issuer(platform_key_id=operator.key_id)
        issued = new_code(store_id, wanted, issuer, now=self._clock.now())

        def work(session: Session) -> None:
            StaffCode.remove_of_platform(store_id, username, session=session)
            store_invitation(operator.within(store_id), issued.stored, session=session)

        try:
            self._transactions.run(work)
        except AlreadyStored:
            raise NameTaken() from None
        return issued


def _require_kept(store_id: ObjectId) -> None:
    store = Store.find_by_id(store_id)
    if store is None:
        raise NotFound()
    if store.status is StoreStatus.DELETING:
        raise StoreStateConflict({"status": store.status.value})
