"""docs/permissions.md: which role may call which route of staff, from the policies that the application obeys."""

from src.app import documented_policies
from src.controllers.openapi import CamelCasePaths
from src.middleware.policies import Audience, Policy
from src.services.staff.api_keys import SCOPES
from src.utils.permissions import PERMISSIONS, Role

_HEAD = """\
# Permissions

Who may call the routes of staff, by role: anybody else is answered 401, a role that may not 403, and nothing happens.
Without a permission a route is about the own account. An API key (`mk_…`) may call what is in its scopes as long as the
member who made it may; staff, API keys and the own account are closed to every key. Uploads are open to shoppers too.
An import needs the permission to write what its rows bring as well, an export the one to read what its rows show.

"""
_YES, _NO = "✓", "403"


def permission_table() -> str:
    """Return the page: a row per route, in the order of permissions and paths."""
    routes = [(route, policy) for route, policy in documented_policies().items() if _is_of_staff(policy)]
    rows = [_row(route, policy) for route, policy in sorted(routes, key=_place)]
    columns = ["Route", "Permission", *(role.value for role in Role), "API key"]
    return _HEAD + _line(columns) + _line(["---"] * len(columns)) + "".join(rows)


def _is_of_staff(policy: Policy) -> bool:
    return policy.audience in (Audience.STAFF, Audience.EITHER)


def _place(of: tuple[str, Policy]) -> tuple[str, str, str]:
    route, policy = of
    method, _, path = route.partition(" ")
    return policy.permission or "", path, method


def _row(route: str, policy: Policy) -> str:
    needed = policy.permission
    roles = [_YES if needed is None or needed in PERMISSIONS[role] else _NO for role in Role]
    key = "scope" if needed in SCOPES else _NO
    shown = CamelCasePaths.flaskpath2openapi(route)
    return _line([f"`{shown}`", f"`{needed}`" if needed else "", *roles, key])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
