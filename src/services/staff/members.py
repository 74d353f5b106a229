"""The members of a store's staff, as those see them who manage staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from src.models.staff import Staff
from src.models.staff_codes import StaffCode
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.accounts.sessions import Sessions
from src.services.audit_log import Changes, changes_between, record_action
from src.services.staff.ranks import keep_an_owner, require_another, require_rank_of
from src.services.staff.room import require_room
from src.services.staff.second_factors import take_second_factor_off
from src.services.tenants.limits import StoreLimits
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import NotFound
from src.utils.pages import Page, PageRequest
from src.utils.permissions import Role

_API_NAMES = {"role": "role", "display_name": "displayName"}


class StaffMembers:
    """Shows and changes members. Nobody changes who may do more, nor the own role."""

    def __init__(self, *, sessions: Sessions, transactions: Transactions, clock: Clock, limits: StoreLimits) -> None:
        self._limits = limits
        self._sessions = sessions
        self._transactions = transactions
        self._clock = clock

    def list_page(self, staff: StaffMember, page: PageRequest) -> Page[Staff]:
        return Staff.list_in_store(staff.store_id, page)

    def get(self, staff: StaffMember, staff_id: ObjectId) -> Staff:
        """Raises NotFound, for another store's member too."""
        return _member(staff, staff_id, session=None)

    def edit(self, staff: StaffMember, staff_id: ObjectId, values: Mapping[str, Any]) -> Staff:
        """Changes `role`, `display_name` or both; a role counts from the member's next request on.

        Raises:
            NotFound. LastOwner.
            Forbidden: the own role, or the member or the role may do more than the caller.
        """

        def work(session: Session) -> Staff:
            before = _member(staff, staff_id, session=session)
            changes = {_API_NAMES[name]: pair for name, pair in changes_between(_facts(before), values, values).items()}
            if not changes:
                return before
            if "role" in changes:
                self._allow_role(staff, before, Role(values["role"]), session)
            return self._changed(staff, before, Action.STAFF_EDIT, values, changes=changes, session=session)

        return self._transactions.run(work)

    def set_active(self, staff: StaffMember, staff_id: ObjectId, *, active: bool) -> Staff:
        """Locks the member out, with all logins and API keys, or lets it in again. Repeatable.

        Raises:
            NotFound. LastOwner. Forbidden: the member may do more than the caller.
        """

        def work(session: Session) -> Staff:
            before = _member(staff, staff_id, session=session)
            require_rank_of(staff, before.role)
            if before.active == active:
                return before
            if active:
                require_room(self._limits, staff.store_id, session=session)
            else:
                keep_an_owner(before, session=session)
                StaffCode.remove_of(staff.store_id, before.username, session=session)
            self._sessions.end_all(staff.store_id, staff_id, transaction=session)
            action = Action.STAFF_ENABLE if active else Action.STAFF_DISABLE
            changes = {"active": (not active, active)}
            return self._changed(staff, before, action, {"active": active}, changes=changes, session=session)

        return self._transactions.run(work)

    def switch_off_second_factor(self, staff: StaffMember, staff_id: ObjectId) -> None:
        """Lets a member who lost the authenticator log in with the password alone.

        Raises:
            NotFound: no such member, or it has none. Forbidden: the own one, or the member may do more than the caller.
        """

        def work(session: Session) -> None:
            member = _member(staff, staff_id, session=session)
            require_another(staff, staff_id)
            require_rank_of(staff, member.role)
            if not member.has_second_factor:
                raise NotFound()
            take_second_factor_off(staff, member, now=self._clock.now(), session=session)

        self._transactions.run(work)

    @staticmethod
    def _allow_role(staff: StaffMember, before: Staff, role: Role, session: Session) -> None:
        require_another(staff, before.id)
        require_rank_of(staff, before.role)
        require_rank_of(staff, role)
        keep_an_owner(before, session=session)

    def _changed(
        self,
        staff: StaffMember,
        before: Staff,
        action: Action,
        values: Mapping[str, Any],
        *,
        changes: Changes,
        session: Session,
    ) -> Staff:
        after = before.edit(dict(values), session=session)
        assert after is not None, "nobody deletes a member"
        record_action(staff, action, "staff", before.id, changes, at=self._clock.now(), session=session)
        return after


def _facts(staff: Staff) -> dict[str, Any]:
    return {"role": staff.role.value, "display_name": staff.display_name}


def _member(staff: StaffMember, staff_id: ObjectId, *, session: Session | None) -> Staff:
    member = Staff.find_by_id(staff.store_id, staff_id, session=session)
    if member is None:
        raise NotFound()
    return member
