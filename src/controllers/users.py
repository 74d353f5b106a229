"""The shopper's own account."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.auth import LogoutIn
from src.controllers.schemas.users import PhoneIn, ProfileIn, UserOut
from src.middleware.context import services, shopper, store
from src.utils.errors import LoginCodeInvalid, TextRejected, WeChatUnavailable

blueprint = Blueprint("users", __name__, url_prefix="/api/auth", description="The shopper's own account")


@blueprint.route("/user")
class ProfileView(MethodView):
    @blueprint.operation("getProfile")
    @blueprint.response(200, UserOut)
    def get(self) -> Any:
        """Read the own profile

        With a nickname that waits for staff in `pendingNickname`, which nobody else is shown.
        """
        return services().users.get(shopper())

    @blueprint.operation("updateProfile", TextRejected)
    @blueprint.arguments(ProfileIn)
    @blueprint.response(200, UserOut)
    def put(self, body: dict[str, str]) -> Any:
        """Change the given fields of the own profile

        WeChat judges a new nickname. One that it does not pass waits for the store's staff as pendingNickname.
        """
        return services().users.update(store(), shopper(), body)


@blueprint.route("/phone")
class PhoneView(MethodView):
    @blueprint.operation("bindPhone", LoginCodeInvalid, WeChatUnavailable)
    @blueprint.arguments(PhoneIn)
    @blueprint.response(200, UserOut)
    def post(self, body: dict[str, str]) -> Any:
        """Bind the phone number that WeChat has verified

        The code comes from a getPhoneNumber button; it is not the one of wx.login.
        """
        return services().users.bind_phone(store(), shopper(), body["code"])


@blueprint.route("/logout")
class LogoutView(MethodView):
    @blueprint.operation("logout")
    @blueprint.arguments(LogoutIn)
    @blueprint.response(200)
    def post(self, body: dict[str, bool]) -> None:
        """End this login, or with all the logins of every device

        The tokens of an ended login are refused from then on.
        """
        services().auth.logout(shopper(), everywhere=body["all"])
