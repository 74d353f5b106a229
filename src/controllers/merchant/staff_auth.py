"""Login of staff."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.auth import RefreshIn, StaffLoginIn, StaffLoginOut, TokensOut
from src.controllers.schemas.staff import AcceptedOut, AcceptIn
from src.middleware.context import origin, services, store
from src.services.accounts.sessions import TokenPair
from src.services.staff.codes import Accepted
from src.services.staff.logins import StaffLogin
from src.utils.errors import (
    BadCredentials,
    NameTaken,
    RefreshTokenInvalid,
    SecondFactorInvalid,
    SecondFactorRequired,
    StaffCodeInvalid,
    StoreLimitReached,
)

blueprint = Blueprint("staff_auth", __name__, url_prefix="/api/staff", description="Login of staff")
refreshing = Blueprint("staff_auth_refresh", __name__, url_prefix="/api/staff", description="Staff staying logged in")


@blueprint.route("/login")
class StaffLoginView(MethodView):
    @blueprint.operation("staffLogin", BadCredentials, SecondFactorRequired, SecondFactorInvalid)
    @blueprint.arguments(StaffLoginIn)
    @blueprint.response(200, StaffLoginOut)
    def post(self, body: dict[str, Any]) -> StaffLogin:
        """Log in with user name and password

        An account with a second factor is answered 40105: ask for a code of the authenticator, or for a recovery code,
        and send everything again. Wrong passwords are limited per address and per account, wrong codes per account.
        """
        return services().staff.logins.login(store(), body["username"], body["password"], body["proof"], origin())


@blueprint.route("/accept")
class StaffAcceptView(MethodView):
    @blueprint.operation("acceptStaffCode", StaffCodeInvalid, NameTaken, StoreLimitReached)
    @blueprint.arguments(AcceptIn)
    @blueprint.response(200, AcceptedOut)
    def post(self, body: dict[str, str]) -> Accepted:
        """Choose a password with an invitation's code, or with one for a new password

        A new password ends all logins made with the old one, and revokes the API keys and the invitations that its
        member has made: whoever knew it made them too.
        """
        return services().staff.codes.accept(store(), body["code"], body["password"])


@refreshing.route("/refresh")
class StaffRefreshView(MethodView):
    @refreshing.operation("refreshStaffLogin", RefreshTokenInvalid)
    @refreshing.arguments(RefreshIn)
    @refreshing.response(200, TokensOut)
    def post(self, body: dict[str, str]) -> TokenPair:
        """Exchange a refresh token for a new pair

        Each refresh token works once; using an old one again ends the login.
        """
        return services().staff.logins.refresh(body["refresh_token"], origin())
