"""Invitations, and new starts for members who lost their password: codes whose holder chooses a password."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bson import ObjectId

from src.models.api_keys import ApiKey
from src.models.staff import Staff
from src.models.staff_codes import StaffCode
from src.models.stores import Store
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.accounts.sessions import Sessions
from src.services.audit_log import Changes, record_action
from src.services.staff.issuing import (
    SUBJECT,
    IssuedCode,
    Issuer,
    NewMember,
    code_digest,
    may_still_give,
    new_code,
    store_invitation,
)
from src.services.staff.passwords import Passwords
from src.services.staff.ranks import require_another, require_rank_of
from src.services.staff.recovery import revoke_codes_of, revoke_keys_of
from src.services.staff.room import require_room
from src.services.tenants.limits import StoreLimits
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import NameTaken, NotFound, StaffCodeInvalid
from src.utils.pages import Page, PageRequest

Result = TypeVar("Result")


@dataclass(frozen=True)
class Accepted:
    """Who has used a code. `revoked_api_keys` worked with the password before."""

    staff: Staff
    revoked_api_keys: Sequence[ApiKey] = ()


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
        issued = new_code(staff.store_id, wanted, Issuer(staff.staff_id), now=self._clock.now())
        self._run_unless_taken(lambda session: store_invitation(staff, issued.stored, session=session))
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
        wanted, issuer = NewMember(member.username, member.role, member.display_name), Issuer(staff.staff_id)
        issued = new_code(staff.store_id, wanted, issuer, now=self._clock.now(), staff_id=staff_id)

        def work(session: Session) -> None:
            StaffCode.remove_of(staff.store_id, member.username, session=session)
            issued.stored.insert(session=session)
            self._record(staff, Action.STAFF_PASSWORD_RESET, "staff", staff_id, {}, session=session)

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
            self._record(staff, Action.STAFF_UNINVITE, SUBJECT, code_id, changes, session=session)

        self._transactions.run(work)

    def accept(self, store: Store, code: str, password: str) -> Accepted:
        """Uses the code up: makes the account, or replaces the password.

        With a password end all logins, and what its member, or whoever had it, has made to come in again: API keys
        and codes for others.

        Raises:
            StaffCodeInvalid. NameTaken: somebody else got the user name meanwhile; the code stays.
            StoreLimitReached; the code stays.
        """
        code_hash = code_digest(code)
        if StaffCode.find_open(store.id, code_hash, now=self._clock.now()) is None:
            raise StaffCodeInvalid()
        password_hash = self._passwords.hash(password)
        return self._run_unless_taken(lambda session: self._accepted(store.id, code_hash, password_hash, session))

    def _accepted(self, store_id: ObjectId, code_hash: str, password_hash: str, session: Session) -> Accepted:
        found = StaffCode.find_open(store_id, code_hash, now=self._clock.now(), session=session)
        if found is None or not may_still_give(found, session=session):
            raise StaffCodeInvalid()
        found.remove(session=session)
        return (self._reset if found.is_reset else self._join)(found, password_hash, session=session)

    def _join(self, invitation: StaffCode, password_hash: str, session: Session) -> Accepted:
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
        self._record(_as_caller(staff), Action.STAFF_JOIN, "staff", staff.id, changes, session=session)
        return Accepted(staff)

    def _reset(self, reset: StaffCode, password_hash: str, session: Session) -> Accepted:
        staff = Staff.find_by_id(reset.store_id, reset.staff_id, session=session)
        assert staff is not None, "nobody deletes a member"
        staff.edit({"password_hash": password_hash}, session=session)
        self._sessions.end_all(staff.store_id, staff.id, transaction=session)
        caller, now = _as_caller(staff), self._clock.now()
        self._record(caller, Action.STAFF_PASSWORD_CHANGE, "staff", staff.id, {}, session=session)
        revoke_codes_of(caller, staff.id, at=now, session=session)
        return Accepted(staff, revoke_keys_of(caller, staff.id, at=now, session=session))

    def _run_unless_taken(self, work: Callable[[Session], Result]) -> Result:
        try:
            return self._transactions.run(work)
        except AlreadyStored:
            raise NameTaken() from None

    def _record(
        self, staff: StaffMember, action: Action, kind: str, subject_id: ObjectId, changes: Changes, *, session: Session
    ) -> None:
        record_action(staff, action, kind, subject_id, changes, at=self._clock.now(), session=session)


def _as_caller(staff: Staff) -> StaffMember:
    return StaffMember(staff.store_id, staff.id, "", staff.role)
