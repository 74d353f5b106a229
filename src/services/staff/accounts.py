"""Accounts of staff, as operators make and mend them and as their holders see them."""

from __future__ import annotations

from bson import ObjectId

from src.models.api_keys import ApiKey
from src.models.staff import Staff
from src.models.staff_codes import StaffCode
from src.models.stores import Store
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import StaffMember, command_within
from src.services.accounts.sessions import Sessions
from src.services.audit_log import record_action
from src.services.staff.passwords import Passwords
from src.services.staff.ranks import keep_an_owner
from src.services.staff.recovery import revoke_codes_of, revoke_keys_of
from src.services.staff.room import require_room
from src.services.staff.second_factors import SECOND_FACTOR_FIELDS
from src.services.tenants.limits import StoreLimits
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import BadCredentials, NameTaken, NotFound, Unauthenticated
from src.utils.permissions import Role

MAX_USERNAME_LENGTH = 64


class StaffAccounts:
    """Makes accounts, and changes what no colleague may change."""

    def __init__(
        self, *, sessions: Sessions, passwords: Passwords, transactions: Transactions, clock: Clock, limits: StoreLimits
    ) -> None:
        self._limits = limits
        self._sessions = sessions
        self._passwords = passwords
        self._transactions = transactions
        self._clock = clock

    def create(self, store: Store, username: str, password: str, role: Role) -> Staff:
        """Makes an account.

        Raises:
            NameTaken. StoreLimitReached. ValueError: the user name or the password is too short or too long.
        """
        if not 1 <= len(username) <= MAX_USERNAME_LENGTH:
            raise ValueError(f"a user name has 1 to {MAX_USERNAME_LENGTH} characters")
        staff = Staff(
            id=ObjectId(),
            store_id=store.id,
            username=username,
            password_hash=self._passwords.hash(password),
            role=role,
            active=True,
            created_at=self._clock.now(),
        )
        try:
            return self._transactions.run(lambda session: self._insert(staff, session))
        except AlreadyStored:
            raise NameTaken() from None

    def _insert(self, staff: Staff, session: Session) -> Staff:
        require_room(self._limits, staff.store_id, session=session)
        return staff.insert(session=session)

    def has_password(self, staff: Staff, password: str) -> bool:
        return self._passwords.is_right(staff.password_hash, password)

    def set_password(self, store: Store, username: str, password: str) -> None:
        """Replaces the password and ends all logins made with the old one; an open code for a new one is void.

        So are the member's API keys, and the codes for others.

        Raises:
            NotFound. ValueError: the password is too short or too long.
        """
        password_hash = self._passwords.hash(password)

        def work(session: Session) -> None:
            staff = _found(Staff.find_by_username(store.id, username, session=session))
            staff.edit({"password_hash": password_hash}, session=session)
            StaffCode.remove_of(store.id, username, session=session)
            self._sessions.end_all(store.id, staff.id, transaction=session)
            actor, now = command_within(store.id), self._clock.now()
            record_action(actor, Action.STAFF_PASSWORD_CHANGE, "staff", staff.id, {}, at=now, session=session)
            revoke_codes_of(actor, staff.id, at=now, session=session)
            revoke_keys_of(actor, staff.id, at=now, session=session)

        self._transactions.run(work)

    def set_active(self, store: Store, username: str, *, active: bool) -> None:
        """Locks the member out, with all logins, or lets it in again.

        Raises:
            NotFound. LastOwner. StoreLimitReached.
        """

        def work(session: Session) -> None:
            staff = _found(Staff.find_by_username(store.id, username, session=session))
            if not active:
                keep_an_owner(staff, session=session)
            elif not staff.active:
                require_room(self._limits, store.id, session=session)
            staff.edit({"active": active}, session=session)
            StaffCode.remove_of(store.id, username, session=session)
            self._sessions.end_all(store.id, staff.id, transaction=session)

        self._transactions.run(work)

    def switch_off_second_factor(self, store: Store, username: str) -> bool:
        """Lets the member log in with the password alone; returns whether that is new. Raises NotFound."""

        def work(session: Session) -> bool:
            staff = _found(Staff.find_by_username(store.id, username, session=session))
            staff.edit({}, session=session, unset=SECOND_FACTOR_FIELDS)
            return staff.has_second_factor

        return self._transactions.run(work)

    def get(self, member: StaffMember) -> Staff:
        """Returns the caller's own account."""
        staff = Staff.find_by_id(member.store_id, member.staff_id)
        if staff is None:
            raise Unauthenticated()
        return staff

    def change_password(self, member: StaffMember, old: str, new: str, *, keep_api_keys: bool) -> list[ApiKey]:
        """Replaces the own password and ends all other logins; returns the API keys that this revoked.

        Raises:
            BadCredentials: `old` is not the password.
        """
        staff = self.get(member)
        if not self._passwords.is_right(staff.password_hash, old):
            raise BadCredentials()
        password_hash = self._passwords.hash(new)

        def work(session: Session) -> list[ApiKey]:
            self._replace_password(member, staff, password_hash, session)
            if keep_api_keys:
                return []
            return revoke_keys_of(member, staff.id, at=self._clock.now(), session=session)

        return self._transactions.run(work)

    def _replace_password(self, member: StaffMember, staff: Staff, password_hash: str, session: Session) -> None:
        unchanged = {"password_hash": staff.password_hash}
        if staff.edit({"password_hash": password_hash}, session=session, guard=unchanged) is None:
            raise BadCredentials()
        StaffCode.remove_of(staff.store_id, staff.username, session=session)
        self._sessions.end_all(staff.store_id, staff.id, but=member.session_id, transaction=session)
        now = self._clock.now()
        record_action(member, Action.STAFF_PASSWORD_CHANGE, "staff", staff.id, {}, at=now, session=session)


def _found(staff: Staff | None) -> Staff:
    if staff is None:
        raise NotFound()
    return staff
