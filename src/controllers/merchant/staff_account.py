"""The staff member's own account. A program with an API key has none."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.auth import LogoutIn
from src.controllers.schemas.staff import LoginListOut, OwnAccountOut
from src.middleware.context import services, staff_member
from src.utils.errors import NotFound

blueprint = Blueprint("staff_account", __name__, url_prefix="/api/staff", description="The own staff account")


@blueprint.route("/me")
class StaffAccountView(MethodView):
    @blueprint.operation("getStaffAccount")
    @blueprint.response(200, OwnAccountOut)
    def get(self) -> Any:
        """Read the own account, and what it may do

        `permissions` are those of its role at this moment.
        """
        return services().staff.accounts.get(staff_member())


@blueprint.route("/logout")
class StaffLogoutView(MethodView):
    @blueprint.operation("staffLogout")
    @blueprint.arguments(LogoutIn)
    @blueprint.response(200)
    def post(self, body: dict[str, bool]) -> None:
        """End this login, or with all the logins of every device

        The tokens of an ended login are refused from then on.
        """
        services().staff.logins.logout(staff_member(), everywhere=body["all"])


@blueprint.route("/sessions")
class OwnLoginsView(MethodView):
    @blueprint.operation("listOwnLogins")
    @blueprint.response(200, LoginListOut)
    def get(self) -> Any:
        """List the own logins that can still be used, the newest first

        Each with its device and addresses. The one that asks is marked as the current one.
        """
        staff = staff_member()
        return {"list": services().staff.login_lists.list_of(staff, staff.staff_id)}


@blueprint.route("/sessions/<id:own_login_id>")
class OwnLoginView(MethodView):
    @blueprint.operation("endOwnLogin", NotFound)
    @blueprint.response(200)
    def delete(self, own_login_id: ObjectId) -> None:
        """End one of the own logins

        Its tokens are refused from then on; the one that asks may be ended too.
        """
        staff = staff_member()
        services().staff.login_lists.end(staff, staff.staff_id, own_login_id)
