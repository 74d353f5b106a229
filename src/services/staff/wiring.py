"""Staff as one process has them."""

from __future__ import annotations

from dataclasses import dataclass

from src.models.transaction import Transactions
from src.services.accounts.sessions import Sessions
from src.services.staff.accounts import StaffAccounts
from src.services.staff.api_keys import ApiKeys
from src.services.staff.codes import StaffCodes
from src.services.staff.login_lists import LoginLists
from src.services.staff.logins import StaffLogins
from src.services.staff.members import StaffMembers
from src.services.staff.owner_invitations import OwnerInvitations
from src.services.staff.passwords import Passwords
from src.services.staff.second_factors import SecondFactors
from src.services.tenants.limits import StoreLimits
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher


@dataclass(frozen=True)
class Staffing:
    """What controllers and commands call for those who work in stores."""

    accounts: StaffAccounts
    logins: StaffLogins
    login_lists: LoginLists
    second_factors: SecondFactors
    members: StaffMembers
    codes: StaffCodes
    owner_invitations: OwnerInvitations
    api_keys: ApiKeys


def wire_staff(
    *, sessions: Sessions, cipher: FieldCipher, transactions: Transactions, clock: Clock, limits: StoreLimits
) -> Staffing:
    passwords = Passwords()
    second_factors = SecondFactors(cipher=cipher, passwords=passwords, transactions=transactions, clock=clock)
    return Staffing(
        accounts=StaffAccounts(
            sessions=sessions, passwords=passwords, transactions=transactions, clock=clock, limits=limits
        ),
        logins=StaffLogins(
            sessions=sessions,
            passwords=passwords,
            second_factors=second_factors,
            transactions=transactions,
            clock=clock,
        ),
        login_lists=LoginLists(sessions=sessions, transactions=transactions, clock=clock),
        second_factors=second_factors,
        members=StaffMembers(sessions=sessions, transactions=transactions, clock=clock, limits=limits),
        codes=StaffCodes(sessions=sessions, passwords=passwords, transactions=transactions, clock=clock, limits=limits),
        owner_invitations=OwnerInvitations(transactions=transactions, clock=clock),
        api_keys=ApiKeys(transactions=transactions, clock=clock),
    )
