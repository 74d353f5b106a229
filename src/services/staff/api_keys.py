"""API keys: how other programs call the API for a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bson import ObjectId

from src.models.api_keys import ApiKey
from src.models.sessions import LoginSession
from src.models.staff import Staff
from src.models.transaction import AlreadyStored, Session, Transactions
from src.services.accounts.callers import Integration, StaffMember
from src.services.audit_log import record_action
from src.services.staff.recovery import KEY, revocation_of
from src.utils.actions import Action
from src.utils.bearer_keys import has_hash, new_key, prefix_of
from src.utils.clock import Clock
from src.utils.errors import BadRequest, Forbidden, NotFound, TooManyApiKeys, Unauthenticated
from src.utils.permissions import Permission

KEY_START = "mk_"
MAX_KEYS = 50
LONGEST_LIFE = timedelta(days=5 * 365)
SCOPES = tuple(scope for scope in Permission if scope not in (Permission.STAFF_MANAGE, Permission.API_KEYS_MANAGE))
_USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class NewApiKey:
    """What somebody asks for."""

    name: str
    scopes: Sequence[Permission]
    expires_at: datetime | None = None


@dataclass(frozen=True)
class IssuedKey:
    """A key, for the only time that it is shown."""

    stored: ApiKey
    key: str


class ApiKeys:
    """Makes, lists and revokes keys, and knows their bearers. A key reads `mk_<prefix>_<secret>`."""

    def __init__(self, *, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    def list_all(self, staff: StaffMember) -> list[ApiKey]:
        return ApiKey.list_in_store(staff.store_id)

    def create(self, staff: StaffMember, wanted: NewApiKey) -> IssuedKey:
        """Makes a key that may do what is in its scopes, as long as its maker may.

        Raises:
            Forbidden: a scope is more than the caller may. BadRequest: it would have expired, or lives too long.
            TooManyApiKeys: the store has MAX_KEYS already. Unauthenticated: the caller's login has ended meanwhile.
        """
        if not staff.permissions.issuperset(wanted.scopes):
            raise Forbidden()
        self._check_life(wanted.expires_at)
        while True:
            issued = self._issued(staff, wanted)
            try:
                self._transactions.run(partial(self._insert, staff, issued.stored))
            except AlreadyStored:  # another key took the slot meanwhile
                continue
            return issued

    def revoke(self, staff: StaffMember, key_id: ObjectId) -> None:
        """Removes a key: its bearer is refused at the next request. Raises NotFound."""

        def work(session: Session) -> None:
            stored = ApiKey.find_in_store(staff.store_id, key_id, session=session)
            if stored is None:
                raise NotFound()
            stored.remove(session=session)
            changes, now = revocation_of(stored), self._clock.now()
            record_action(staff, Action.API_KEY_REVOKE, KEY, key_id, changes, at=now, session=session)

        self._transactions.run(work)

    def authenticate(self, key: str) -> Integration:
        """Returns who bears the key, with what its maker may do at this moment.

        Raises:
            Unauthenticated: not a key of ours, revoked or expired, or its maker was locked out.
        """
        now, stored = self._clock.now(), ApiKey.find_by_prefix(prefix_of(key, KEY_START))
        if stored is None or not has_hash(key, stored.key_hash) or _is_over(stored, now):
            raise Unauthenticated()
        maker = Staff.find_by_id(stored.store_id, stored.staff_id)
        if maker is None or not maker.active:
            raise Unauthenticated()
        stored.note_use(now, at_most_every=_USE_NOTED_EVERY)
        return Integration(stored.store_id, maker.id, "", maker.role, stored.id, frozenset(stored.scopes))

    def _check_life(self, expires_at: datetime | None) -> None:
        now = self._clock.now()
        if expires_at is not None and not now < expires_at <= now + LONGEST_LIFE:
            raise BadRequest.for_field("expiresAt", f"Must be within {LONGEST_LIFE.days} days from now.")

    def _issued(self, staff: StaffMember, wanted: NewApiKey) -> IssuedKey:
        made = new_key(KEY_START)
        stored = ApiKey(
            id=ObjectId(),
            store_id=staff.store_id,
            slot=_free_slot(staff.store_id),
            name=wanted.name,
            prefix=made.prefix,
            key_hash=made.key_hash,
            scopes=sorted(wanted.scopes),
            staff_id=staff.staff_id,
            created_at=self._clock.now(),
            expires_at=wanted.expires_at,
        )
        return IssuedKey(stored, made.key)

    def _insert(self, staff: StaffMember, stored: ApiKey, session: Session) -> None:
        if not LoginSession.note_key(staff.session_id, session=session):
            raise Unauthenticated()
        stored.insert(session=session)
        made = {
            "name": stored.name,
            "prefix": stored.prefix,
            "scopes": [scope.value for scope in stored.scopes],
            "expiresAt": stored.expires_at,
        }
        changes = {name: (None, value) for name, value in made.items()}
        record_action(staff, Action.API_KEY_CREATE, KEY, stored.id, changes, at=stored.created_at, session=session)


def _free_slot(store_id: ObjectId) -> int:
    taken = {key.slot for key in ApiKey.list_in_store(store_id)}
    free = [slot for slot in range(1, MAX_KEYS + 1) if slot not in taken]
    if not free:
        raise TooManyApiKeys({"limit": MAX_KEYS})
    return free[0]


def _is_over(stored: ApiKey, now: datetime) -> bool:
    return stored.expires_at is not None and stored.expires_at <= now
