"""Subscribe messages: what to ask a shopper for, and what the shopper has answered."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.subscriptions import GrantsIn, TemplatesOut
from src.middleware.context import services, shopper, store

blueprint = Blueprint("subscriptions", __name__, url_prefix="/api/subscriptions", description="Subscribe messages")


@blueprint.route("/templates")
class TemplatesView(MethodView):
    @blueprint.operation("listMessageTemplates")
    @blueprint.response(200, TemplatesOut)
    def get(self) -> Any:
        """List the templates to pass to wx.requestSubscribeMessage

        With how many messages of each the shopper has accepted. Tell of new ones with `POST /api/subscriptions`.
        """
        return {"list": services().subscriptions.templates(store(), shopper())}


@blueprint.route("")
class GrantsView(MethodView):
    @blueprint.operation("grantMessages")
    @blueprint.arguments(GrantsIn)
    @blueprint.response(200, TemplatesOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Say what wx.requestSubscribeMessage answered

        Each accept is one message. Templates that the store does not use are ignored.
        """
        return {"list": services().subscriptions.record(store(), shopper(), body["results"])}
