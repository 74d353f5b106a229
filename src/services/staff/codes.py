"""Invitations, and new starts for members who lost their password: codes whose holder chooses a password."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from bson import ObjectId

from src.models.staff import Staff
from src.models.staff_codes import StaffCode
from src.models.stores import Store
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.accounts.sessions import Sessions
from src.services.audit_log import Changes, record_action
from src.services.staff.passwords import Passwords
from src.services.staff.ranks import require_another, require_rank_of
from src.services.staff.room import require_room
from src.services.tenants.limits import StoreLimits
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import NameTaken, NotFound, StaffCodeInvalid
from src.utils.ids import new_secret_id
from src.utils.pages import Page, PageRequest
from src.utils.permissions import PERMISSIONS, Permission, Role

Result = TypeVar("Result")

CODES_LIVE = timedelta(hours=72)
_ABOUT_CODES = (Action.STAFF_INVITE, Action.STAFF_UNINVITE)


@dataclass(frozen=True)
class NewMember:
    """Whom somebody invites."""

    username: str
    role: Role
    display_name: str = ""


@dataclass(frozen=True)
class IssuedCode:
    """A code, for the only time that it is shown."""

    stored: StaffCode
    code: str


class StaffCodes:
    """Issues codes, takes them back, and lets their holders in. A code works once, for CODES_LIVE."""

    def __init__(
        self, *, sessions: Sessions, passwords: Passwords, transactions: Transactions, clock: Clock, limits: StoreLimits
    ) -> None:
        self._limits = limits
        self._sessions = sessions
        self._passwords = passwords
        self._transactions = transactions
        self._clock = clock

    def invite(self, staff: StaffMember, wanted: NewMember) -> IssuedCode:
        """Issues a code for an account that is made when it is used.

        Raises:
            Forbidden: the role may do more than the caller. NameTaken: by a member, or by another open invitation.
        """
        require_rank_of(staff, wanted.role)
        issued = self._issued(staff, wanted, staff_id=None)
        changes = {"username": (None, wanted.username), "role": (None, wanted.role.value)}

        def work(session: Session) -> None:
            now = issued.stored.created_at
            StaffCode.remove_of(staff.store_id, wanted.username, session=session, expired_at=now)
            if Staff.find_by_username(staff.store_id, wanted.username, session=session):
                raise NameTaken()
            issued.stored.insert(session=session)
            self._record(staff, Action.STAFF_INVITE, issued.stored.id, changes, session=session)

        self._run_unless_taken(work)
        return issued

    def reset_password(self, staff: StaffMember, staff_id: ObjectId) -> IssuedCode:
        """Issues a code for a new password, in place of an earlier one; until it is used nothing else changes.

        Raises:
            NotFound. Forbidden: the own password, or the member may do more than the caller.
        """
        member = Staff.find_by_id(staff.store_id, staff_id)
        if member is None:
            raise NotFound()
        require_another(staff, staff_id)
        require_rank_of(staff, member.role)
        issued = self._issued(staff, NewMember(member.username, member.role, member.display_name), staff_id=staff_id)

        def work(session: Session) -> None:
            StaffCode.remove_of(staff.store_id, member.username, session=session)
            issued.stored.insert(session=session)
            self._record(staff, Action.STAFF_PASSWORD_RESET, staff_id, {}, session=session)

        self._run_unless_taken(work)
        return issued

    def list_open(self, staff: StaffMember, page: PageRequest) -> Page[StaffCode]:
        return StaffCode.list_open(staff.store_id, page, now=self._clock.now())

    def revoke(self, staff: StaffMember, code_id: ObjectId) -> None:
        """Makes a code worthless. Raises NotFound: it was used, or there is none."""

        def work(session: Session) -> None:
            found = StaffCode.find_in_store(staff.store_id, code_id, session=session)
            if found is None:
                raise NotFound()
            found.remove(session=session)
            changes = {"username": (found.username, None)}
            self._record(staff, Action.STAFF_UNINVITE, code_id, changes, session=session)

        self._transactions.run(work)

    def accept(self, store: Store, code: str, password: str) -> Staff:
        """Uses the code up: makes the account, or replaces the password and ends all logins made with the old one.

        Raises:
            StaffCodeInvalid. NameTaken: somebody else got the user name meanwhile; the code stays.
            StoreLimitReached; the code stays.
        """
        code_hash = _hash(code)
        if StaffCode.find_open(store.id, code_hash, now=self._clock.now()) is None:
            raise StaffCodeInvalid()
        password_hash = self._passwords.hash(password)
        return self._run_unless_taken(lambda session: self._accepted(store.id, code_hash, password_hash, session))

    def _accepted(self, store_id: ObjectId, code_hash: str, password_hash: str, session: Session) -> Staff:
        found = StaffCode.find_open(store_id, code_hash, now=self._clock.now(), session=session)
        if found is None or not _may_still_give(found, session):
            raise StaffCodeInvalid()
        found.remove(session=session)
        return (self._reset if found.is_reset else self._join)(found, password_hash, session=session)

    def _join(self, invitation: StaffCode, password_hash: str, session: Session) -> Staff:
        require_room(self._limits, invitation.store_id, session=session)
        staff = Staff(
            id=ObjectId(),
            store_id=invitation.store_id,
            username=invitation.username,
            display_name=invitation.display_name,
            password_hash=password_hash,
            role=invitation.role,
            active=True,
            created_at=self._clock.now(),
        ).insert(session=session)
        changes = {"username": (None, staff.username), "role": (None, staff.role.value)}
        self._record(_as_caller(staff), Action.STAFF_JOIN, staff.id, changes, session=session)
        return staff

    def _reset(self, reset: StaffCode, password_hash: str, session: Session) -> Staff:
        staff = Staff.find_by_id(reset.store_id, reset.staff_id, session=session)
        assert staff is not None, "nobody deletes a member"
        staff.edit({"password_hash": password_hash}, session=session)
        self._sessions.end_all(staff.store_id, staff.id, transaction=session)
        self._record(_as_caller(staff), Action.STAFF_PASSWORD_CHANGE, staff.id, {}, session=session)
        return staff

    def _issued(self, staff: StaffMember, wanted: NewMember, *, staff_id: ObjectId | None) -> IssuedCode:
        now, code = self._clock.now(), new_secret_id()
        stored = StaffCode(
            id=ObjectId(),
            store_id=staff.store_id,
            username=wanted.username,
            display_name=wanted.display_name,
            role=wanted.role,
            staff_id=staff_id,
            code_hash=_hash(code),
            created_by=staff.staff_id,
            created_at=now,
            expires_at=now + CODES_LIVE,
        )
        return IssuedCode(stored, code)

    def _run_unless_taken(self, work: Callable[[Session], Result]) -> Result:
        try:
            return self._transactions.run(work)
        except AlreadyStored:
            raise NameTaken() from None

    def _record(
        self, staff: StaffMember, action: Action, subject_id: ObjectId, changes: Changes, *, session: Session
    ) -> None:
        kind = "staff_code" if action in _ABOUT_CODES else "staff"
        record_action(staff, action, kind, subject_id, changes, at=self._clock.now(), session=session)


def _may_still_give(code: StaffCode, session: Session) -> bool:
    """Returns whether who issued the code could issue it now: nobody leaves a way back in behind."""
    issuer = Staff.find_by_id(code.store_id, code.created_by, session=session)
    needed = PERMISSIONS[code.role] | {Permission.STAFF_MANAGE}
    return issuer is not None and issuer.active and needed <= PERMISSIONS[issuer.role]


def _as_caller(staff: Staff) -> StaffMember:
    return StaffMember(staff.store_id, staff.id, "", staff.role)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
