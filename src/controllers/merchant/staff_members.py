"""The members of the store's staff."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.base import NoArguments, PageQuery
from src.controllers.schemas.staff import IssuedCodeOut, LoginListOut, MemberEditIn, MemberOut, MemberPageOut
from src.middleware.context import services, staff_member
from src.services.staff.issuing import IssuedCode
from src.utils.errors import LastOwner, NotFound, StoreLimitReached

blueprint = Blueprint("staff_members", __name__, url_prefix="/api/merchant/staff", description="The store's staff")


@blueprint.route("")
class MembersView(MethodView):
    @blueprint.operation("listStaff")
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, MemberPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the members by user name

        In pages; those who are locked out too.
        """
        return services().staff.members.list_page(staff_member(), query["page"])


@blueprint.route("/<id:staff_id>")
class MemberView(MethodView):
    @blueprint.operation("getStaffMember", NotFound)
    @blueprint.response(200, MemberOut)
    def get(self, staff_id: ObjectId) -> Any:
        """Read a member

        With the role, the last login, and whether the member may log in.
        """
        return services().staff.members.get(staff_member(), staff_id)

    @blueprint.operation("updateStaffMember", NotFound, LastOwner)
    @blueprint.arguments(MemberEditIn)
    @blueprint.response(200, MemberOut)
    def put(self, body: dict[str, Any], staff_id: ObjectId) -> Any:
        """Change role or name of a member

        A role counts from the member's next request on. Nobody changes the own role (403).
        """
        return services().staff.members.edit(staff_member(), staff_id, body)


@blueprint.route("/<id:staff_id>/disable")
class MemberOffView(MethodView):
    @blueprint.operation("disableStaffMember", NotFound, LastOwner)
    @blueprint.arguments(NoArguments)
    @blueprint.response(200, MemberOut)
    def post(self, body: dict[str, Any], staff_id: ObjectId) -> Any:
        """Lock a member out

        All logins end; API keys and invitations that the member made stop working.
        """
        return services().staff.members.set_active(staff_member(), staff_id, active=False)


@blueprint.route("/<id:staff_id>/enable")
class MemberOnView(MethodView):
    @blueprint.operation("enableStaffMember", NotFound, StoreLimitReached)
    @blueprint.arguments(NoArguments)
    @blueprint.response(200, MemberOut)
    def post(self, body: dict[str, Any], staff_id: ObjectId) -> Any:
        """Let a member in again

        With the API keys that the member made.
        """
        return services().staff.members.set_active(staff_member(), staff_id, active=True)


@blueprint.route("/<id:staff_id>/password-reset")
class MemberPasswordView(MethodView):
    @blueprint.operation("resetStaffPassword", NotFound)
    @blueprint.arguments(NoArguments)
    @blueprint.response(201, IssuedCodeOut)
    def post(self, body: dict[str, Any], staff_id: ObjectId) -> IssuedCode:
        """Issue a code with which a member chooses a new password

        Until it is used the old password works. An earlier code of the member does not work any more.
        """
        return services().staff.codes.reset_password(staff_member(), staff_id)


@blueprint.route("/<id:staff_id>/totp")
class MemberSecondFactorView(MethodView):
    @blueprint.operation("disableStaffSecondFactor", NotFound)
    @blueprint.response(200)
    def delete(self, staff_id: ObjectId) -> None:
        """Switch off the second factor of a member who lost it

        From then on the password is enough. Not for the own account (403).
        """
        services().staff.members.switch_off_second_factor(staff_member(), staff_id)


@blueprint.route("/<id:staff_id>/sessions")
class MemberLoginsView(MethodView):
    @blueprint.operation("listStaffLogins", NotFound)
    @blueprint.response(200, LoginListOut)
    def get(self, staff_id: ObjectId) -> Any:
        """List a member's logins that can still be used, the newest first

        By the ids with which they can be ended.
        """
        return {"list": services().staff.login_lists.list_of(staff_member(), staff_id)}

    @blueprint.operation("endStaffLogins", NotFound)
    @blueprint.response(200)
    def delete(self, staff_id: ObjectId) -> None:
        """End all logins of a member

        Their tokens are refused from then on. Repeatable.
        """
        services().staff.login_lists.end_all(staff_member(), staff_id)


@blueprint.route("/<id:staff_id>/sessions/<id:login_id>")
class MemberLoginView(MethodView):
    @blueprint.operation("endStaffLogin", NotFound)
    @blueprint.response(200)
    def delete(self, staff_id: ObjectId, login_id: ObjectId) -> None:
        """End one login of a member

        Its tokens are refused from then on.
        """
        services().staff.login_lists.end(staff_member(), staff_id, login_id)
