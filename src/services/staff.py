"""Staff logins."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from bson import ObjectId

from src.models.sessions import TokenAudience
from src.models.staff import Staff
from src.models.stores import Store
from src.models.transaction import AlreadyStored, Transactions
from src.services.callers import StaffMember
from src.services.sessions import Sessions, TokenPair
from src.utils.clock import Clock
from src.utils.errors import BadCredentials, NotFound, Unauthenticated
from src.utils.permissions import Role

MAX_USERNAME_LENGTH = 64
MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 128


class UsernameTaken(Exception):
    """The store has a staff member of this name."""


@dataclass(frozen=True)
class StaffLogin:
    tokens: TokenPair
    staff: Staff


class StaffAccounts:
    """Makes staff accounts and logs staff in and out."""

    def __init__(self, *, sessions: Sessions, transactions: Transactions, clock: Clock) -> None:
        self._sessions = sessions
        self._transactions = transactions
        self._clock = clock
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._hash_of_nobody = self._hasher.hash("nobody has this password")

    def create(self, store: Store, username: str, password: str, role: Role) -> Staff:
        """Makes an account.

        Raises:
            UsernameTaken. ValueError: the user name or the password is too short or too long.
        """
        if not 1 <= len(username) <= MAX_USERNAME_LENGTH:
            raise ValueError(f"a user name has 1 to {MAX_USERNAME_LENGTH} characters")
        staff = Staff(
            id=ObjectId(),
            store_id=store.id,
            username=username,
            password_hash=self._hash(password),
            role=role,
            active=True,
            created_at=self._clock.now(),
        )
        try:
            return self._transactions.run(lambda session: staff.insert(session=session))
        except AlreadyStored:
            raise UsernameTaken(username) from None

    def set_password(self, store: Store, username: str, password: str) -> None:
        """Replaces the password and ends all logins made with the old one.

        Raises:
            NotFound. ValueError: the password is too short or too long.
        """
        staff = _found(Staff.find_by_username(store.id, username))
        Staff.set_password_hash(staff.id, self._hash(password))
        self._sessions.end_all(store.id, staff.id)

    def set_active(self, store: Store, username: str, *, active: bool) -> None:
        """Locks the member out, with all logins, or lets it in again. Raises NotFound."""
        staff = _found(Staff.find_by_username(store.id, username))
        Staff.set_active(staff.id, active=active)
        self._sessions.end_all(store.id, staff.id)

    def login(self, store: Store, username: str, password: str) -> StaffLogin:
        """Raises BadCredentials, after the same work whether the name, the password or the account is wrong."""
        staff = Staff.find_by_username(store.id, username)
        try:
            self._hasher.verify(staff.password_hash if staff else self._hash_of_nobody, password)
        except VerificationError:
            raise BadCredentials() from None
        if staff is None or not staff.active:
            raise BadCredentials()
        if self._hasher.check_needs_rehash(staff.password_hash):
            Staff.set_password_hash(staff.id, self._hasher.hash(password))
        Staff.mark_login(staff.id, self._clock.now())
        return StaffLogin(self._sessions.open(TokenAudience.STAFF, store.id, staff.id), staff)

    def refresh(self, refresh_token: str) -> TokenPair:
        """Raises RefreshTokenInvalid."""
        return self._sessions.refresh(refresh_token, TokenAudience.STAFF)

    def authenticate(self, token: str) -> StaffMember:
        """Returns the member with the role of this moment. Raises TokenExpired or Unauthenticated."""
        claims = self._sessions.authenticate(token, TokenAudience.STAFF)
        staff = Staff.find_by_id(claims.store_id, claims.subject_id)
        if staff is None or not staff.active:
            raise Unauthenticated()
        return StaffMember(claims.store_id, staff.id, claims.session_id, staff.role)

    def get(self, member: StaffMember) -> Staff:
        staff = Staff.find_by_id(member.store_id, member.staff_id)
        if staff is None:
            raise Unauthenticated()
        return staff

    def logout(self, member: StaffMember, *, everywhere: bool) -> None:
        if everywhere:
            self._sessions.end_all(member.store_id, member.staff_id)
        else:
            self._sessions.end(member.session_id)

    def _hash(self, password: str) -> str:
        if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
            raise ValueError(f"a password has {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters")
        return self._hasher.hash(password)


def _found(staff: Staff | None) -> Staff:
    if staff is None:
        raise NotFound()
    return staff
