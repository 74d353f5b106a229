"""Invitations to the store's staff, and codes for new passwords."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.base import PageQuery
from src.controllers.schemas.staff import InvitationIn, IssuedCodeOut, StaffCodePageOut
from src.middleware.context import services, staff_member
from src.services.staff.issuing import IssuedCode, NewMember
from src.utils.errors import NameTaken, NotFound

blueprint = Blueprint(
    "staff_invitations", __name__, url_prefix="/api/merchant/staff/invitations", description="Who may join the staff"
)


@blueprint.route("")
class InvitationsView(MethodView):
    @blueprint.operation("listStaffCodes")
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, StaffCodePageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List invitations and codes for new passwords that can still be used, by user name

        In pages, without the codes themselves: only the answer that issued a code shows it.
        """
        return services().staff.codes.list_open(staff_member(), query["page"])

    @blueprint.operation("inviteStaff", NameTaken)
    @blueprint.arguments(InvitationIn)
    @blueprint.response(201, IssuedCodeOut)
    def post(self, body: NewMember) -> IssuedCode:
        """Invite somebody

        The code is in this answer and in no other one: hand it over, it works once, for 72 hours. The account is made
        when its holder chooses a password (`POST /api/staff/accept`), provided that the inviter may still invite then.
        """
        return services().staff.codes.invite(staff_member(), body)


@blueprint.route("/<id:invitation_id>")
class InvitationView(MethodView):
    @blueprint.operation("revokeStaffCode", NotFound)
    @blueprint.response(200)
    def delete(self, invitation_id: ObjectId) -> None:
        """Make an invitation, or a code for a new password, worthless

        The member's old password goes on working.
        """
        services().staff.codes.revoke(staff_member(), invitation_id)
