"""Webhook endpoints of the store, and what was sent there."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.base import NoArguments
from src.controllers.schemas.webhooks import (
    DeliveryDetailOut,
    DeliveryOut,
    DeliveryPageOut,
    DeliveryQuery,
    WebhookEditIn,
    WebhookIn,
    WebhookListOut,
    WebhookOut,
    WebhookSecretOut,
)
from src.middleware.context import services, staff_member, store
from src.services.webhooks.endpoints import NewWebhook
from src.utils.errors import NotFound, TooManyWebhooks, WebhookStateConflict

blueprint = Blueprint("webhooks", __name__, url_prefix="/api/merchant/webhooks", description="Events sent elsewhere")


@blueprint.route("")
class WebhooksView(MethodView):
    @blueprint.operation("listWebhooks")
    @blueprint.response(200, WebhookListOut)
    def get(self) -> Any:
        """List the store's webhook endpoints, the oldest first

        Without their secrets.
        """
        return {"list": services().webhooks.endpoints.list_all(staff_member())}

    @blueprint.operation("createWebhook", TooManyWebhooks)
    @blueprint.arguments(WebhookIn)
    @blueprint.response(201, WebhookSecretOut)
    def post(self, body: NewWebhook) -> Any:
        """Add a webhook endpoint

        The secret is in this answer and in no other one.
        """
        return services().webhooks.endpoints.create(staff_member(), body)


@blueprint.route("/<id:webhook_id>")
class WebhookView(MethodView):
    @blueprint.operation("getWebhook", NotFound)
    @blueprint.response(200, WebhookOut)
    def get(self, webhook_id: ObjectId) -> Any:
        """Read a webhook endpoint

        Without its secret.
        """
        return services().webhooks.endpoints.get(staff_member(), webhook_id)

    @blueprint.operation("updateWebhook", NotFound)
    @blueprint.arguments(WebhookEditIn)
    @blueprint.response(200, WebhookOut)
    def put(self, body: dict[str, Any], webhook_id: ObjectId) -> Any:
        """Change the given fields of a webhook endpoint

        A new address starts without failures; `isActive` switches an endpoint on again that was switched off.
        """
        return services().webhooks.endpoints.edit(staff_member(), webhook_id, body)

    @blueprint.operation("deleteWebhook", NotFound)
    @blueprint.response(200)
    def delete(self, webhook_id: ObjectId) -> None:
        """Delete a webhook endpoint

        What is on its way there is dropped.
        """
        services().webhooks.endpoints.delete(staff_member(), webhook_id)


@blueprint.route("/<id:webhook_id>/rotate-secret")
class WebhookSecretView(MethodView):
    @blueprint.operation("rotateWebhookSecret", NotFound)
    @blueprint.arguments(NoArguments)
    @blueprint.response(200, WebhookSecretOut)
    def post(self, body: dict[str, Any], webhook_id: ObjectId) -> Any:
        """Replace the secret

        For 24 hours the old one signs beside the new one.
        """
        return services().webhooks.endpoints.rotate_secret(staff_member(), webhook_id)


@blueprint.route("/<id:webhook_id>/ping")
class WebhookPingView(MethodView):
    @blueprint.operation("pingWebhook", NotFound)
    @blueprint.arguments(NoArguments)
    @blueprint.response(202, DeliveryOut)
    def post(self, body: dict[str, Any], webhook_id: ObjectId) -> Any:
        """Send a test event

        It is tried once; the delivery shows what came of it.
        """
        return services().webhooks.deliveries.ping(store(), staff_member(), webhook_id)


@blueprint.route("/<id:webhook_id>/deliveries")
class WebhookDeliveriesView(MethodView):
    @blueprint.operation("listWebhookDeliveries", NotFound)
    @blueprint.arguments(DeliveryQuery, location="query")
    @blueprint.response(200, DeliveryPageOut)
    def get(self, query: dict[str, Any], webhook_id: ObjectId) -> Any:
        """List what was sent to an endpoint in the last 30 days, the newest first

        In pages, of one state if it is given.
        """
        return services().webhooks.deliveries.list_of_endpoint(
            staff_member(), webhook_id, query["state"], query["page"]
        )


@blueprint.route("/deliveries/<id:delivery_id>")
class WebhookDeliveryView(MethodView):
    @blueprint.operation("getWebhookDelivery", NotFound)
    @blueprint.response(200, DeliveryDetailOut)
    def get(self, delivery_id: ObjectId) -> Any:
        """Read a delivery with its attempts

        What was sent, and what the endpoint answered each time.
        """
        return services().webhooks.deliveries.get(staff_member(), delivery_id)


@blueprint.route("/deliveries/<id:delivery_id>/redeliver")
class WebhookRedeliveryView(MethodView):
    @blueprint.operation("redeliverWebhook", NotFound, WebhookStateConflict)
    @blueprint.arguments(NoArguments)
    @blueprint.response(202, DeliveryOut)
    def post(self, body: dict[str, Any], delivery_id: ObjectId) -> Any:
        """Send a delivery once more

        The same event under the same delivery id, with all retries.
        """
        return services().webhooks.deliveries.redeliver(staff_member(), delivery_id)
