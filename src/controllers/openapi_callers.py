"""How the OpenAPI document says who may call an operation."""

from __future__ import annotations

from src.middleware.policies import Audience, Policy
from src.services.staff.api_keys import SCOPES
from src.utils.permissions import PERMISSIONS, Permission, Role

_AUDIENCES = {
    Audience.PUBLIC: "anybody",
    Audience.SHOPPER: "shoppers",
    Audience.STAFF: "all staff of the store",
    Audience.EITHER: "shoppers",
    Audience.REFRESH: "whoever holds the refresh token",
    Audience.PLATFORM: "whoever runs the platform, with a platform key",
    Audience.SYSTEM: "operators and WeChat's servers",
}


def with_callers(description: str | None, policy: Policy) -> str:
    """Returns the description of an operation with a last paragraph about its callers."""
    return "\n\n".join([*([description] if description else []), f"**Callers**: {_callers(policy)}."])


def _callers(policy: Policy) -> str:
    if policy.permission is None:
        return _AUDIENCES[policy.audience]
    shoppers = [_AUDIENCES[policy.audience]] if policy.audience is Audience.EITHER else []
    keys = ["API keys with this scope"] if policy.permission in SCOPES else []
    return "; ".join([*shoppers, _staff(policy.permission), *keys])


def _staff(permission: Permission) -> str:
    roles = ", ".join(role.value for role in Role if permission in PERMISSIONS[role])
    return f"staff with `{permission.value}` ({roles})"
