"""What the staff member logs in with. Every call proves anew who is calling, and is limited like a login."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.staff import (
    EnrolmentOut,
    PasswordChangeIn,
    PasswordChangeOut,
    RecoveryCodesOut,
    SecondFactorConfirmIn,
    SecondFactorIn,
    SecondFactorOffIn,
)
from src.middleware.context import services, staff_member, store
from src.services.staff.authenticator_codes import Enrolment
from src.utils.errors import (
    BadCredentials,
    SecondFactorInvalid,
    SecondFactorRequired,
    SecondFactorStateConflict,
)

blueprint = Blueprint(
    "staff_credentials", __name__, url_prefix="/api/staff", description="Password and second factor of the own account"
)


@blueprint.route("/password")
class OwnPasswordView(MethodView):
    @blueprint.operation("changeOwnPassword", BadCredentials)
    @blueprint.arguments(PasswordChangeIn)
    @blueprint.response(200, PasswordChangeOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Replace the own password

        All other logins end, and the API keys that the caller has made are revoked unless `keepApiKeys` is given: who
        knew the old password may have made some. The answer names them, so that programs get new ones.
        """
        old, new, keep = body["old_password"], body["new_password"], body["keep_api_keys"]
        revoked = services().staff.accounts.change_password(staff_member(), old, new, keep_api_keys=keep)
        return {"revoked_api_keys": revoked}


@blueprint.route("/totp")
class SecondFactorView(MethodView):
    @blueprint.operation("beginSecondFactor", BadCredentials, SecondFactorStateConflict)
    @blueprint.arguments(SecondFactorIn)
    @blueprint.response(201, EnrolmentOut)
    def post(self, body: dict[str, str]) -> Enrolment:
        """Get a secret for an authenticator app

        The secret is in this answer and in no other one. Nothing changes before a code made with it is confirmed.
        """
        return services().staff.second_factors.begin(staff_member(), body["password"], issuer=store().name)


@blueprint.route("/totp/confirm")
class SecondFactorConfirmView(MethodView):
    @blueprint.operation("confirmSecondFactor", SecondFactorInvalid, SecondFactorStateConflict)
    @blueprint.arguments(SecondFactorConfirmIn)
    @blueprint.response(200, RecoveryCodesOut)
    def post(self, body: dict[str, str]) -> Any:
        """Switch the second factor on

        The recovery codes are in this answer and in no other one: each lets its holder in once without the app.
        """
        return {"recovery_codes": services().staff.second_factors.confirm(staff_member(), body["totp"])}


@blueprint.route("/totp/disable")
class SecondFactorOffView(MethodView):
    @blueprint.operation(
        "disableSecondFactor", BadCredentials, SecondFactorRequired, SecondFactorInvalid, SecondFactorStateConflict
    )
    @blueprint.arguments(SecondFactorOffIn)
    @blueprint.response(200)
    def post(self, body: dict[str, Any]) -> None:
        """Switch the second factor off

        Needs the password, and a code of the app or a recovery code.
        """
        services().staff.second_factors.switch_off(staff_member(), body["password"], body["proof"])
