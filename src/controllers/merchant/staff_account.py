"""The staff member's own account."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.auth import LogoutIn, StaffOut
from src.middleware.context import services, staff_member

blueprint = Blueprint("staff_account", __name__, url_prefix="/api/staff", description="The own staff account")


@blueprint.route("/me")
class StaffAccountView(MethodView):
    @blueprint.operation("getStaffAccount")
    @blueprint.response(200, StaffOut)
    def get(self) -> Any:
        """Read the own account"""
        return services().staff.get(staff_member())


@blueprint.route("/logout")
class StaffLogoutView(MethodView):
    @blueprint.operation("staffLogout")
    @blueprint.arguments(LogoutIn)
    @blueprint.response(200)
    def post(self, body: dict[str, bool]) -> None:
        """End this login, or with all the logins of every device"""
        services().staff.logout(staff_member(), everywhere=body["all"])
