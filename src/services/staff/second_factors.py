"""The second factor of a login."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from src.models.staff import Staff
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_action
from src.services.staff.authenticator_codes import Enrolment, Proof, new_recovery_codes, recovery_digest, step_of
from src.services.staff.passwords import Passwords
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher
from src.utils.errors import (
    BadCredentials,
    SecondFactorInvalid,
    SecondFactorRequired,
    SecondFactorStateConflict,
    Unauthenticated,
)

SECOND_FACTOR_FIELDS = ("totp_sealed", "totp_pending_sealed", "totp_step", "recovery_hashes")


class SecondFactors:
    """Switches second factors on and off, and checks them. Their secrets are sealed, and bound to their member."""

    def __init__(self, *, cipher: FieldCipher, passwords: Passwords, transactions: Transactions, clock: Clock) -> None:
        self._cipher = cipher
        self._passwords = passwords
        self._transactions = transactions
        self._clock = clock

    def begin(self, member: StaffMember, password: str, *, issuer: str) -> Enrolment:
        """Gives the caller a secret, which counts once `confirm` has seen a code made with it.

        Raises:
            BadCredentials. SecondFactorStateConflict: there is a second factor already.
        """
        staff = self._own(member, password)
        enrolment = Enrolment.new(staff.username, issuer)
        sealed = self._cipher.seal(enrolment.secret, purpose=totp_purpose(staff.id))

        def work(session: Session) -> None:
            if staff.edit({"totp_pending_sealed": sealed}, session=session, guard={"totp_sealed": None}) is None:
                raise _conflict(is_on=True)
            self._record(member, Action.STAFF_SECOND_FACTOR_BEGIN, session)

        self._transactions.run(work)
        return enrolment

    def confirm(self, member: StaffMember, code: str) -> list[str]:
        """Switches the second factor on, and returns the recovery codes for the only time that they are shown.

        Raises:
            SecondFactorInvalid: not a code of this moment. SecondFactorStateConflict: it is on, or was not begun.
        """
        staff, recovery_codes = self._own(member), new_recovery_codes()
        pending = staff.totp_pending_sealed
        if not pending:
            raise _conflict(is_on=staff.has_second_factor)
        step = self._step_of(staff, pending, code)
        if step is None:
            raise SecondFactorInvalid()
        hashes = [recovery_digest(recovery_code) for recovery_code in recovery_codes]
        values = {"totp_sealed": pending, "totp_step": step, "recovery_hashes": hashes}

        def work(session: Session) -> None:
            unused = {"totp_pending_sealed": pending}
            if staff.edit(values, session=session, guard=unused, unset=("totp_pending_sealed",)) is None:
                raise _conflict(is_on=True)
            self._record(member, Action.STAFF_SECOND_FACTOR_ON, session)

        self._transactions.run(work)
        return recovery_codes

    def switch_off(self, member: StaffMember, password: str, proof: Proof) -> None:
        """Lets the caller log in with the password alone.

        Raises:
            BadCredentials. SecondFactorRequired. SecondFactorInvalid. SecondFactorStateConflict: there is none.
        """
        staff = self._own(member, password)
        if not staff.has_second_factor:
            raise _conflict(is_on=False)

        def work(session: Session) -> None:
            self.require(staff, proof, session=session)
            take_second_factor_off(member, staff, now=self._clock.now(), session=session)

        self._transactions.run(work)

    def require(self, staff: Staff, proof: Proof, *, session: Session) -> None:
        """Uses the proof up.

        Raises:
            SecondFactorRequired: there is no proof. SecondFactorInvalid: it is wrong, over, or was used before.
        """
        if not proof:
            raise SecondFactorRequired()
        if not self._use(staff, proof, session):
            raise SecondFactorInvalid()

    def _use(self, staff: Staff, proof: Proof, session: Session) -> bool:
        if proof.recovery_code:
            return staff.use_recovery(recovery_digest(proof.recovery_code), session=session)
        step = self._step_of(staff, staff.totp_sealed, proof.totp or "")
        return step is not None and staff.use_step(step, session=session)

    def _step_of(self, staff: Staff, sealed: str, code: str) -> int | None:
        return step_of(self._cipher.open(sealed, purpose=totp_purpose(staff.id)), code, self._clock.now())

    def _own(self, member: StaffMember, password: str | None = None) -> Staff:
        staff = Staff.find_by_id(member.store_id, member.staff_id)
        if staff is None:
            raise Unauthenticated()
        if password is not None and not self._passwords.is_right(staff.password_hash, password):
            raise BadCredentials()
        return staff

    def _record(self, member: StaffMember, action: Action, session: Session) -> None:
        record_action(member, action, "staff", member.staff_id, {}, at=self._clock.now(), session=session)


def take_second_factor_off(actor: StaffMember, staff: Staff, *, now: datetime, session: Session) -> None:
    """Lets the member log in with the password alone."""
    staff.edit({}, session=session, unset=SECOND_FACTOR_FIELDS)
    record_action(actor, Action.STAFF_SECOND_FACTOR_OFF, "staff", staff.id, {}, at=now, session=session)


def totp_purpose(staff_id: ObjectId) -> str:
    """Returns what the secrets of the member's authenticator are sealed for."""
    return f"staff:{staff_id}:totp"


def _conflict(*, is_on: bool) -> SecondFactorStateConflict:
    return SecondFactorStateConflict({"enabled": is_on})
