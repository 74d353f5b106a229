"""What WeChat pushes to a mini-program's message URL. It gets plain text, not the envelope."""

from __future__ import annotations

import structlog
from flask import Response, request
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.wechat import PUSH_PARAMETERS, PUSHED_MESSAGE, PUSHED_MESSAGE_EXAMPLE
from src.middleware.context import services
from src.services.wechat.errors import BadNotification
from src.services.wechat.message_push import NotJson
from src.utils.errors import NotFound
from src.utils.metrics import NOTIFICATIONS_REFUSED

log = structlog.get_logger(__name__)

blueprint = Blueprint("wechat_messages", __name__, description="What WeChat calls")

_TEXT = {"type": "string"}
_REFUSED = {"content_type": "text/plain", "schema": _TEXT}


@blueprint.route("/api/wechat/messages/<store_code>")
class MessageView(MethodView):
    @blueprint.operation("verifyMessageUrl", NotFound)
    @blueprint.doc(parameters=PUSH_PARAMETERS)
    @blueprint.response(200, _TEXT, content_type="text/plain", description="`echostr`.")
    @blueprint.alt_response(401, **_REFUSED, description="Not signed by WeChat, or too old.")
    def get(self, store_code: str) -> Response:
        """Prove to WeChat that this URL is the store's

        Source: Mini Program guide, message push.
        """
        try:
            return _reply(200, services().pushed_messages.verify(store_code, request.args))
        except BadNotification as error:
            return _refuse(error)

    @blueprint.operation("receiveMessage", NotFound)
    @blueprint.doc(
        parameters=PUSH_PARAMETERS,
        requestBody={
            "required": True,
            "content": {"application/json": {"schema": PUSHED_MESSAGE, "example": PUSHED_MESSAGE_EXAMPLE}},
        },
    )
    @blueprint.response(200, _TEXT, content_type="text/plain", description="`success`: stored; WeChat forgets it.")
    @blueprint.alt_response(401, **_REFUSED, description="Not signed by WeChat, or too old. Nothing is stored.")
    @blueprint.alt_response(415, **_REFUSED, description="XML: set the format to JSON in WeChat's console.")
    def post(self, store_code: str) -> Response:
        """Take a message or an event of a mini-program

        Verified, stored once, applied once; in secure mode if the store has an AES key, else in plain mode.
        Source: Mini Program guide, message push.
        """
        try:
            services().pushed_messages.receive(store_code, request.args, request.get_data())
        except BadNotification as error:
            return _refuse(error)
        return _reply(200, "success")


def _refuse(error: BadNotification) -> Response:
    NOTIFICATIONS_REFUSED.inc()
    log.warning("pushed_message_refused", reason=str(error))
    if isinstance(error, NotJson):
        return _reply(415, "only JSON is understood")
    return _reply(401, "refused")


def _reply(status: int, text: str) -> Response:
    return Response(text, status, mimetype="text/plain")
