"""The logins that members have open, and ending them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from src.models.sessions import LoginSession
from src.models.staff import Staff
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.accounts.sessions import Sessions
from src.services.audit_log import record_action
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import NotFound


@dataclass(frozen=True)
class ListedLogin:
    """A login as lists show it; its own id is part of its tokens and stays inside."""

    id: ObjectId
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    is_current: bool
    user_agent: str | None
    address: str | None
    last_address: str | None

    @classmethod
    def of(cls, login: LoginSession, *, seen_from: str) -> ListedLogin:
        return cls(
            id=login.listed_id,
            created_at=login.created_at,
            refreshed_at=login.rotated_at,
            expires_at=login.expires_at,
            is_current=bool(login.id == seen_from),
            user_agent=login.user_agent,
            address=login.address,
            last_address=login.last_address,
        )


class LoginLists:
    """Shows and ends the logins of the caller or, for those who manage staff, of anybody in the store."""

    def __init__(self, *, sessions: Sessions, transactions: Transactions, clock: Clock) -> None:
        self._sessions = sessions
        self._transactions = transactions
        self._clock = clock

    def list_of(self, staff: StaffMember, staff_id: ObjectId) -> list[ListedLogin]:
        """Returns the logins that can still be used, the newest first. Raises NotFound: no such member."""
        if Staff.find_by_id(staff.store_id, staff_id) is None:
            raise NotFound()
        live = self._sessions.list_live(staff.store_id, staff_id)
        return [ListedLogin.of(login, seen_from=staff.session_id) for login in live]

    def end(self, staff: StaffMember, staff_id: ObjectId, listed_id: ObjectId) -> None:
        """Ends one login. Raises NotFound: it is none of this member's, or has ended."""

        def work(session: Session) -> None:
            if not self._sessions.end_listed(staff.store_id, staff_id, listed_id, transaction=session):
                raise NotFound()
            self._record(staff, staff_id, session)

        self._transactions.run(work)

    def end_all(self, staff: StaffMember, staff_id: ObjectId) -> None:
        """Ends all logins of a member. Repeatable. Raises NotFound: no such member."""

        def work(session: Session) -> None:
            if Staff.find_by_id(staff.store_id, staff_id, session=session) is None:
                raise NotFound()
            if self._sessions.end_all(staff.store_id, staff_id, transaction=session):
                self._record(staff, staff_id, session)

        self._transactions.run(work)

    def _record(self, staff: StaffMember, staff_id: ObjectId, session: Session) -> None:
        now = self._clock.now()
        record_action(staff, Action.STAFF_LOGINS_END, "staff", staff_id, {}, at=now, session=session)
