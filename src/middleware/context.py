"""What a request knows: the services of its process, its store and its caller."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request

from src.services.accounts.callers import PlatformOperator, Shopper, StaffMember
from src.services.accounts.origins import Origin
from src.services.registry import Services
from src.utils.errors import Unauthenticated


def services() -> Services:
    found: Services = current_app.extensions["minimall"]
    return found


def origin() -> Origin:
    """Returns where this request comes from."""
    return Origin.of(request.remote_addr or "", request.user_agent.string)


def store() -> Any:
    """Returns the store this request is for."""
    return g.store


def caller() -> Shopper | StaffMember | PlatformOperator | None:
    found: Shopper | StaffMember | PlatformOperator | None = g.get("caller")
    return found


def shopper() -> Shopper:
    """Returns the logged-in shopper of a route whose policy asks for one."""
    found = caller()
    if not isinstance(found, Shopper):
        raise Unauthenticated()
    return found


def staff_member() -> StaffMember:
    """Returns the logged-in staff member of a route whose policy asks for one."""
    found = caller()
    if not isinstance(found, StaffMember):
        raise Unauthenticated()
    return found


def platform_operator() -> PlatformOperator:
    """Returns who holds the platform key of a route whose policy asks for one."""
    found = caller()
    if not isinstance(found, PlatformOperator):
        raise Unauthenticated()
    return found
