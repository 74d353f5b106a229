"""Staff logging in and out."""

from __future__ import annotations

from dataclasses import dataclass

from src.models.sessions import TokenAudience
from src.models.staff import Staff
from src.models.stores import Store
from src.models.transaction import Session, Transactions
from src.services.accounts.callers import StaffMember
from src.services.accounts.origins import Origin
from src.services.accounts.sessions import Sessions, TokenPair
from src.services.staff.authenticator_codes import Proof
from src.services.staff.passwords import Passwords
from src.services.staff.second_factors import SecondFactors
from src.utils.clock import Clock
from src.utils.errors import BadCredentials, Unauthenticated


@dataclass(frozen=True)
class StaffLogin:
    tokens: TokenPair
    staff: Staff


class StaffLogins:
    """Opens, renews and ends logins."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        passwords: Passwords,
        second_factors: SecondFactors,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._passwords = passwords
        self._second_factors = second_factors
        self._transactions = transactions
        self._clock = clock

    def login(self, store: Store, username: str, password: str, proof: Proof, origin: Origin) -> StaffLogin:
        """Opens a login.

        Raises:
            BadCredentials: after the same work whether the name, the password or the account is wrong.
            SecondFactorRequired, SecondFactorInvalid: the password is right.
        """
        staff = Staff.find_by_username(store.id, username)
        is_right = self._passwords.is_right(staff.password_hash if staff else None, password)
        if staff is None or not is_right or not staff.active:
            raise BadCredentials()
        renewed = self._passwords.renewed(staff.password_hash, password)
        values = {"password_hash": renewed} if renewed else {}
        return self._transactions.run(lambda session: self._opened(staff, values, proof, origin, session))

    def _opened(
        self, staff: Staff, values: dict[str, str], proof: Proof, origin: Origin, session: Session
    ) -> StaffLogin:
        if staff.has_second_factor:
            self._second_factors.require(staff, proof, session=session)
        if not staff.note_login(values, now=self._clock.now(), session=session):
            raise BadCredentials()
        tokens = self._sessions.open(TokenAudience.STAFF, staff.store_id, staff.id, origin=origin, transaction=session)
        return StaffLogin(tokens, staff)

    def refresh(self, refresh_token: str, origin: Origin) -> TokenPair:
        """Raises RefreshTokenInvalid."""
        return self._sessions.refresh(refresh_token, TokenAudience.STAFF, address=origin.address)

    def authenticate(self, token: str) -> StaffMember:
        """Returns the member with the role of this moment. Raises TokenExpired or Unauthenticated."""
        claims = self._sessions.authenticate(token, TokenAudience.STAFF)
        staff = Staff.find_by_id(claims.store_id, claims.subject_id)
        if staff is None or not staff.active:
            raise Unauthenticated()
        return StaffMember(claims.store_id, staff.id, claims.session_id, staff.role)

    def logout(self, member: StaffMember, *, everywhere: bool) -> None:
        if everywhere:
            self._sessions.end_all(member.store_id, member.staff_id)
        else:
            self._sessions.end(member.session_id)
