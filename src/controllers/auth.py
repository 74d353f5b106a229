"""Login of shoppers."""

from __future__ import annotations

from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.auth import LoginIn, LoginOut, RefreshIn, TokensOut
from src.middleware.context import services, store
from src.services.accounts.auth import Login
from src.services.accounts.sessions import TokenPair
from src.utils.errors import LoginBlocked, LoginCodeInvalid, RefreshTokenInvalid, WeChatUnavailable

blueprint = Blueprint("auth", __name__, url_prefix="/api/auth", description="Login with WeChat")
refreshing = Blueprint("auth_refresh", __name__, url_prefix="/api/auth", description="Staying logged in")


@blueprint.route("/login")
class LoginView(MethodView):
    @blueprint.operation("login", LoginCodeInvalid, LoginBlocked, WeChatUnavailable)
    @blueprint.arguments(LoginIn)
    @blueprint.response(200, LoginOut)
    def post(self, body: dict[str, str]) -> Login:
        """Log in with the code of wx.login

        The first login makes the user. The code works once and for five minutes.
        """
        return services().auth.login(store(), body["code"])


@refreshing.route("/refresh")
class RefreshView(MethodView):
    @refreshing.operation("refreshLogin", RefreshTokenInvalid)
    @refreshing.arguments(RefreshIn)
    @refreshing.response(200, TokensOut)
    def post(self, body: dict[str, str]) -> TokenPair:
        """Exchange a refresh token for a new pair

        Each refresh token works once; using an old one again ends the login.
        """
        return services().auth.refresh(body["refresh_token"])
