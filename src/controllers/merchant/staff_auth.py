"""Login of staff."""

from __future__ import annotations

from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.auth import RefreshIn, StaffLoginIn, StaffLoginOut, TokensOut
from src.middleware.context import services, store
from src.services.sessions import TokenPair
from src.services.staff import StaffLogin
from src.utils.errors import BadCredentials, RefreshTokenInvalid

blueprint = Blueprint("staff_auth", __name__, url_prefix="/api/staff", description="Login of staff")
refreshing = Blueprint("staff_auth_refresh", __name__, url_prefix="/api/staff", description="Staff staying logged in")


@blueprint.route("/login")
class StaffLoginView(MethodView):
    @blueprint.operation("staffLogin", BadCredentials)
    @blueprint.arguments(StaffLoginIn)
    @blueprint.response(200, StaffLoginOut)
    def post(self, body: dict[str, str]) -> StaffLogin:
        """Log in with user name and password

        Wrong passwords are limited per address and per account.
        """
        return services().staff.login(store(), body["username"], body["password"])


@refreshing.route("/refresh")
class StaffRefreshView(MethodView):
    @refreshing.operation("refreshStaffLogin", RefreshTokenInvalid)
    @refreshing.arguments(RefreshIn)
    @refreshing.response(200, TokensOut)
    def post(self, body: dict[str, str]) -> TokenPair:
        """Exchange a refresh token for a new pair"""
        return services().staff.refresh(body["refresh_token"])
